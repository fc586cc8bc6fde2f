import { existsSync } from "node:fs";
import path from "node:path";
import { localKeys } from "../scripts/local-keys.ts";
import type { LocalState } from "../scripts/local-state.ts";
import { ROOT } from "../scripts/local-state.ts";
import { knownOn, sideOf } from "./asking.ts";
import { seededClinics } from "./data.ts";
import type { Measured } from "./goals.ts";
import { LISTS, SELECTIVE, TABLE, WRITES } from "./lists.ts";
import { compared, type Comparison } from "./pairs.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { serve } from "./server.ts";

/** What these parts are called among the scenarios. */
export const AGAINST_NAME = "against: an earlier commit";
export const LIMITS_NAME = "limits: the commit before them";

export interface AgainstFigures {
  readonly results: readonly (Comparison & { readonly scenario: string; readonly patients: number })[];
  readonly measured: Measured;
}

/** An earlier commit, and what either side's database is filled with. */
interface Earlier {
  /** A checkout of it whose packages are installed. */
  readonly before: string;
  readonly states: { readonly now: LocalState; readonly before: LocalState };
  readonly sizes: readonly number[];
}
type Measuring = { readonly pairs: number; readonly cpuSeconds: number };
type Result = AgainstFigures["results"][number];

/** Compares lists, and reads and writes of one patient, with those of an earlier commit, in the largest of the clinics. */
export async function benchAgainst(
  earlier: Earlier,
  measuring: Measuring,
  tell: (line: string) => void,
): Promise<AgainstFigures> {
  const all = [...SCENARIOS, ...LISTS, ...SELECTIVE, TABLE, ...WRITES];
  const results = await comparedWith(all, [earlier.sizes.at(-1)!], earlier, measuring, tell);
  return { results, measured: sinceLists(results) };
}

/** Requests that limits, tags and the trail may not make dearer. */
const SIMPLE = new Set(["GetClinic", "GetPatient", "ListPatients, first page"]);

/** Compares simple reads with those of the commit before limits, tags and the trail, in clinics of all sizes. */
export async function benchLimits(
  earlier: Earlier,
  measuring: Measuring,
  tell: (line: string) => void,
): Promise<AgainstFigures> {
  const simple = SCENARIOS.filter(({ name }) => SIMPLE.has(name));
  const results = await comparedWith(simple, earlier.sizes, earlier, measuring, tell);
  return { results, measured: { sinceBefore: Math.max(...results.map(({ ratio }) => ratio)) } };
}

/** Compares the same requests, each to the database that its own code has filled from the same seed, in interleaved pairs. */
async function comparedWith(
  scenarios: readonly Scenario[],
  wanted: readonly number[],
  { before, states, sizes }: Earlier,
  { pairs, cpuSeconds }: Measuring,
  tell: (line: string) => void,
): Promise<Result[]> {
  if (!existsSync(path.join(before, "node_modules"))) throw new Error(`${before} has no packages: run npm ci there`);
  const worlds = [];
  for (const [root, state] of [
    [ROOT, states.now],
    [before, states.before],
  ] as const) {
    const clinics = await seededClinics(state, sizes, tell, root);
    const keys = await localKeys(state);
    worlds.push({ clinics, keys, server: await serve("product", state, keys.jwks, {}, root) });
  }
  const [now, then] = worlds as [(typeof worlds)[number], (typeof worlds)[number]];
  try {
    const results: Result[] = [];
    for (const [at, { patients }] of now.clinics.entries()) {
      if (!wanted.includes(patients)) continue;
      for (const scenario of scenarios) {
        if (scenario.requestsMax !== undefined) continue;
        if (scenario.onlyAt !== undefined && scenario.onlyAt !== patients) continue;
        const sides = [];
        for (const { clinics, keys, server } of [now, then])
          sides.push(sideOf(await knownOn(server, clinics[at]!, keys), scenario));
        const result = await compared(sides[0]!, sides[1]!, pairs, cpuSeconds);
        results.push({ scenario: scenario.name, patients, ...result });
        tell(
          `${result.ratio.toFixed(3)} CPU, ${result.timeRatio.toFixed(3)} time  ${scenario.name}, ${patients} patients`,
        );
      }
    }
    return results;
  } finally {
    await Promise.all([now.server.stop(), then.server.stop()]);
  }
}

/** What is asked of a large clinic; a run without one says nothing. */
function sinceLists(results: readonly Result[]): Measured {
  const of = (names: ReadonlySet<string>) => results.filter(({ scenario }) => names.has(scenario));
  const worst = (names: ReadonlySet<string>) => Math.max(...of(names).map(({ ratio }) => ratio));
  const lists = of(new Set(LISTS.map(({ name }) => name)));
  if (lists.length === 0) return {};
  const both = lists.flatMap(({ ratio, timeRatio }) => [ratio, timeRatio]);
  const one = (name: string) => results.find(({ scenario }) => scenario === name)!.ratio;
  return {
    listsWorst: Math.max(...both),
    listsMean: both.reduce((sum, ratio) => sum + ratio, 0) / both.length,
    listDefault: one("ListPatients, first page"),
    listTide: one("TideReport"),
    listTable: one(TABLE.name),
    listSelective: Math.max(
      ...of(new Set(SELECTIVE.map(({ name }) => name))).flatMap(({ ratio, timeRatio }) => [ratio, timeRatio]),
    ),
    smallCpu: worst(new Set(["GetPatient", "UpdatePatient", "CreatePatientAccount"])),
    summarySince: one("UpdatePatientSummary"),
  };
}
