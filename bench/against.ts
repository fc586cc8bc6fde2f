import { existsSync } from "node:fs";
import path from "node:path";
import { localKeys } from "../scripts/local-keys.ts";
import type { LocalState } from "../scripts/local-state.ts";
import { ROOT } from "../scripts/local-state.ts";
import { answerTo, knownOn, sideOf } from "./asking.ts";
import { seededClinics } from "./data.ts";
import type { Measured } from "./goals.ts";
import { LISTS, SELECTIVE, TABLE, WRITES } from "./lists.ts";
import { type Comparison, comparisonOf, measuredPairs, type Pair, type Side } from "./pairs.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { serve } from "./server.ts";

/** What these parts are called among the scenarios. */
export const AGAINST_NAME = "against: an earlier commit";
export const SMALL_NAME = "small: one patient's operations against an earlier commit";
export const LIMITS_NAME = "limits: the commit before them";

export interface AgainstFigures {
  readonly results: readonly (Comparison & { readonly scenario: string; readonly patients: number })[];
  /** Rows that the database says were written, entries of indexes included. */
  readonly written?: readonly { readonly scenario: string; readonly now: number; readonly before: number }[];
  readonly measured: Measured;
}

/** An earlier commit, and what either side's database is filled with. */
interface Earlier {
  /** A checkout of it whose packages are installed. */
  readonly before: string;
  readonly states: { readonly now: LocalState; readonly before: LocalState };
  readonly sizes: readonly number[];
}
/** `pairs` for each time that the sides are started. */
type Measuring = { readonly pairs: number; readonly cpuSeconds: number; readonly starts?: number };
type Result = AgainstFigures["results"][number];

/** Compares lists with those of an earlier commit, in the largest of the clinics. */
export async function benchAgainst(
  earlier: Earlier,
  measuring: Measuring,
  tell: (line: string) => void,
): Promise<AgainstFigures> {
  const lists = SCENARIOS.filter(({ name }) => LISTED.test(name));
  const all = [...lists, ...LISTS, ...SELECTIVE, TABLE];
  const results = await comparedWith(all, [earlier.sizes.at(-1)!], earlier, measuring, tell);
  return { results, measured: sinceLists(results) };
}
const LISTED = /^(?:ListPatients|TideReport)/;

/** Compares reads and writes of one patient with those of an earlier commit, in the smallest and the largest of the clinics. */
export async function benchSmall(
  earlier: Earlier,
  measuring: Measuring,
  tell: (line: string) => void,
): Promise<AgainstFigures> {
  const largest = earlier.sizes.at(-1)!;
  const all = [...SCENARIOS.filter(({ operation }) => operation === "GetPatient"), ...WRITING];
  const results = await comparedWith(all, [earlier.sizes[0]!, largest], earlier, measuring, tell);
  const written = await rowsWrittenBy(WRITING, largest, earlier, tell);
  const worst = (isOfSummary: boolean) =>
    Math.max(...results.filter((it) => (it.scenario === SUMMARY) === isOfSummary).map(({ ratio }) => ratio));
  const rowsSince = Math.max(...written.map(({ now, before }) => now / before));
  return { results, written, measured: { smallCpu: worst(false), summarySince: worst(true), rowsSince } };
}

const SUMMARY = "UpdatePatientSummary";
const WRITING = [...WRITES, ...SCENARIOS.filter(({ name }) => name === SUMMARY)];

/** Every so many changes of a clinic's patients, one of them also removes as many that are kept no longer. */
const CHANGES_KEPT_STEP = 64;

/** The rows that each of these requests writes on either side, in the mean. */
async function rowsWrittenBy(
  scenarios: readonly Scenario[],
  size: number,
  { before, states, sizes }: Earlier,
  tell: (line: string) => void,
): Promise<{ scenario: string; now: number; before: number }[]> {
  const rows: Record<string, number[]> = {};
  for (const [root, state] of [
    [ROOT, states.now],
    [before, states.before],
  ] as const) {
    // What a request cost the database is told outside of production.
    const { clinics, keys, server } = await served(root, state, sizes, tell, { vars: { ENVIRONMENT: "test" } });
    try {
      const known = await knownOn(server, clinics.find(({ patients }) => patients === size)!, keys);
      for (const scenario of scenarios) {
        let sum = 0;
        for (let i = 0; i < CHANGES_KEPT_STEP; i++) {
          const { headers } = await answerTo(known, scenario);
          const written = Number(/rows_written=(\d+)/.exec(headers.get("server-timing") ?? "")?.[1]);
          if (!(written > 0)) throw new Error(`${scenario.name} did not say what it has written`);
          sum += written;
        }
        (rows[scenario.name] ??= []).push(Math.round((10 * sum) / CHANGES_KEPT_STEP) / 10);
      }
    } finally {
      await server.stop();
    }
  }
  return Object.entries(rows).map(([scenario, [ofNow, ofBefore]]) => {
    tell(`${ofNow} rows written, ${ofBefore} before  ${scenario}`);
    return { scenario, now: ofNow!, before: ofBefore! };
  });
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

/**
 * Compares the same requests, each to the database that its own code has filled from the same seed, in interleaved pairs. Of several
 * starts, which side is started first alternates: it may matter.
 */
async function comparedWith(
  scenarios: readonly Scenario[],
  wanted: readonly number[],
  earlier: Earlier,
  { pairs, cpuSeconds, starts = 1 }: Measuring,
  tell: (line: string) => void,
): Promise<Result[]> {
  const { before, states, sizes } = earlier;
  if (!existsSync(path.join(before, "node_modules"))) throw new Error(`${before} has no packages: run npm ci there`);
  const measured = new Map<string, { scenario: string; patients: number; pairs: Pair[] }>();
  const both = { now: [ROOT, states.now], before: [before, states.before] } as const;
  for (let start = 0; start < starts; start++) {
    const worlds = new Map<keyof typeof both, Served>();
    try {
      for (const side of start % 2 === 0 ? (["now", "before"] as const) : (["before", "now"] as const))
        worlds.set(side, await served(...both[side], sizes, tell));
      const [now, then] = [worlds.get("now")!, worlds.get("before")!];
      for (const [at, { patients }] of now.clinics.entries()) {
        if (!wanted.includes(patients)) continue;
        for (const scenario of scenarios) {
          if (scenario.requestsMax !== undefined) continue;
          if (scenario.onlyAt !== undefined && scenario.onlyAt !== patients) continue;
          const [one, other] = [await sideIn(now, at, scenario), await sideIn(then, at, scenario)];
          const taken = await measuredPairs(one, other, pairs, cpuSeconds);
          const { ratio, timeRatio } = comparisonOf(taken);
          const { name } = scenario;
          const which = starts > 1 ? `, start ${start + 1} of ${starts}` : "";
          tell(`${ratio.toFixed(3)} CPU, ${timeRatio.toFixed(3)} time  ${name}, ${patients} patients${which}`);
          const known = measured.get(`${name} ${patients}`);
          if (known) known.pairs.push(...taken);
          else measured.set(`${name} ${patients}`, { scenario: name, patients, pairs: taken });
        }
      }
    } finally {
      await Promise.all([...worlds.values()].map(({ server }) => server.stop()));
    }
  }
  return [...measured.values()].map(({ pairs: taken, ...of }) => ({ ...of, ...comparisonOf(taken) }));
}

type Served = Awaited<ReturnType<typeof served>>;

/** The clinics of a database, served by the code that filled it. */
async function served(
  root: string,
  state: LocalState,
  sizes: readonly number[],
  tell: (line: string) => void,
  more: Parameters<typeof serve>[3] = {},
) {
  const clinics = await seededClinics(state, sizes, tell, root);
  const keys = await localKeys(state);
  return { clinics, keys, server: await serve("product", state, keys.jwks, more, root) };
}

const sideIn = async ({ clinics, keys, server }: Served, at: number, scenario: Scenario): Promise<Side> =>
  sideOf(await knownOn(server, clinics[at]!, keys), scenario);

/** What is asked of a large clinic; a run without one says nothing. */
function sinceLists(results: readonly Result[]): Measured {
  const of = (names: ReadonlySet<string>) => results.filter(({ scenario }) => names.has(scenario));
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
  };
}
