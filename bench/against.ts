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
import { SCENARIOS } from "./scenarios.ts";
import { serve } from "./server.ts";

/** What this part is called among the scenarios. */
export const AGAINST_NAME = "against: an earlier commit";

export interface AgainstFigures {
  readonly results: readonly (Comparison & { readonly scenario: string; readonly patients: number })[];
  readonly measured: Measured;
}

/** Requests whose cost since the earlier commit is a goal. */
const SIMPLE = new Set(["GetClinic", "GetPatient", "ListPatients, first page"]);

/**
 * Compares the service with an earlier one, a checkout in `before` whose packages are installed: the same requests, each to the
 * database that its own code has filled from the same seed, in interleaved pairs.
 */
export async function benchAgainst(
  before: string,
  states: { readonly now: LocalState; readonly before: LocalState },
  sizes: readonly number[],
  { pairs, cpuSeconds }: { readonly pairs: number; readonly cpuSeconds: number },
  tell: (line: string) => void,
): Promise<AgainstFigures> {
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
    const results: (Comparison & { scenario: string; patients: number })[] = [];
    for (const [at, { patients }] of now.clinics.entries()) {
      for (const scenario of [...SCENARIOS, ...LISTS, ...SELECTIVE, TABLE, ...WRITES]) {
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
    return { results, measured: measuredOf(results) };
  } finally {
    await Promise.all([now.server.stop(), then.server.stop()]);
  }
}

/** What is asked of the large clinics; of the goals that a run without them can't say, nothing is said. */
function measuredOf(results: readonly (Comparison & { scenario: string; patients: number })[]): Measured {
  const of = (names: ReadonlySet<string>) => results.filter(({ scenario }) => names.has(scenario));
  const worst = (names: ReadonlySet<string>) => Math.max(...of(names).map(({ ratio }) => ratio));
  const lists = of(new Set(LISTS.map(({ name }) => name)));
  const measured: Measured = { sinceBefore: worst(SIMPLE) };
  if (lists.length === 0) return measured;
  const both = lists.flatMap(({ ratio, timeRatio }) => [ratio, timeRatio]);
  const largest = results.filter(({ patients }) => patients === 50_000);
  const one = (name: string) => largest.find(({ scenario }) => scenario === name)!.ratio;
  return {
    ...measured,
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
