import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localKeys } from "../scripts/local-keys.ts";
import { openLocalDatabase, prepareMerge } from "../scripts/local-database.ts";
import { type LocalState, localState, ROOT } from "../scripts/local-state.ts";
import { ask, type Known, knownOn } from "./asking.ts";
import { copyOf, seededClinics } from "./data.ts";
import type { Measured } from "./goals.ts";
import { LISTS, SELECTIVE, WRITES } from "./lists.ts";
import { MERGING } from "./merge.ts";
import { median } from "./pairs.ts";
import { MARK } from "./protocol.ts";
import { percentile } from "./reads.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { serve } from "./server.ts";

/** What this part is called among the scenarios, and the states it keeps. */
export const LOAD_NAME = "load: many at once, here and on an earlier commit";
export const LOAD_PARTS = ["load-now", "load-before", "load-now-used", "load-before-used"];

export interface LoadSizes {
  /** Patients of the clinic that is worked in, and of each of two that are merged meanwhile. */
  readonly patients: number;
  readonly merged: number;
  readonly rounds: number;
  readonly seconds: number;
}

interface Percentiles {
  readonly operation: string;
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface LoadFigures {
  /** Requests a second, the medians of the rounds. */
  readonly perSecond: number;
  readonly beforePerSecond: number;
  readonly now: readonly Percentiles[];
  readonly before: readonly Percentiles[];
  readonly measured: Measured;
}

/** Front ends that wait for an answer before they ask again. */
const AT_ONCE = 12;
const ASK_MS = 100;
const ENDED_WITHIN_MS = 300_000;
const VERIFICATION_TOKEN = "bench-verification-token";

/** An order as an EHR that no clinic has sends it: it is stored, and processed later. */
const ORDER: Scenario = {
  name: "ProcessEHRMessage",
  operation: "ProcessEHRMessage",
  goal: "siteCpu",
  caller: "service",
  method: "POST",
  headers: { "verification-token": VERIFICATION_TOKEN },
  path: () => "/v1/redox",
  body: () => ({
    Meta: {
      DataModel: "Order",
      EventType: "New",
      EventDateTime: "2026-01-02T03:04:05.000Z",
      Source: { ID: "bench-ehr", Name: "Bench" },
      Logs: [{ ID: `bench-${MARK}` }],
    },
    Patient: { Identifiers: [{ ID: MARK, IDType: "MRN" }], Demographics: {} },
    Order: { ID: `order-${MARK}`, Procedure: { Code: "bench", Description: "Bench" } },
  }),
};

const named = (name: string) => SCENARIOS.find((it) => it.name === name)!;
/** What of a hundred requests each is. */
const PROFILE: readonly (readonly [share: number, scenarios: readonly Scenario[]])[] = [
  [35, [named("GetPatient")]],
  [15, [named("ListPatients, first page")]],
  [25, [...LISTS, ...SELECTIVE]],
  [5, [named("TideReport")]],
  [5, [WRITES[0]!]],
  [12, [named("UpdatePatientSummary")]],
  [3, [ORDER]],
];
/** The same sequence for everybody. */
const SEQUENCE: readonly Scenario[] = Array.from({ length: 100 * 19 }, (_, i) => {
  // Steps through the hundred in an order that mixes them.
  let place = (i * 37) % 100;
  const [, scenarios] = PROFILE.find(([share]) => (place -= share) < 0)!;
  return scenarios[Math.floor(i / 4) % scenarios.length]!;
});

interface World extends Known {
  readonly state: LocalState;
  readonly pair: { readonly source: string; readonly target: string };
}

/**
 * Has many front ends work in a large clinic at once, while orders come in, summaries are uploaded and two other clinics are
 * merged and made two again, here and on an earlier commit in turns.
 */
export async function benchLoad(
  base: string,
  before: string,
  sizes: LoadSizes,
  tell: (line: string) => void,
): Promise<LoadFigures> {
  const [kept, keptBefore, used, usedBefore] = LOAD_PARTS.map((part) => localState(path.join(base, part)));
  const worlds: World[] = [];
  try {
    for (const [root, from, state] of [
      [ROOT, kept!, used!],
      [before, keptBefore!, usedBefore!],
    ] as const) {
      const [source, target, clinic] = await seededClinics(
        from,
        [sizes.merged, sizes.merged, sizes.patients],
        tell,
        root,
      );
      copyOf(from, state);
      const database = openLocalDatabase(state, { readOnly: false });
      prepareMerge(database, source!.clinicId, target!.clinicId);
      database.close();
      const keys = await localKeys(state);
      const vars = { REDOX_VERIFICATION_TOKEN: VERIFICATION_TOKEN };
      const queues = { producers: [{ binding: "EHR_QUEUE", queue: "ehr" }] };
      const server = await serve("merging", state, keys.jwks, { ...MERGING, vars, queues }, root);
      worlds.push({
        ...(await knownOn(server, clinic!, keys)),
        state,
        pair: { source: source!.clinicId, target: target!.clinicId },
      });
    }
    const taken = worlds.map(() => ({ rates: [] as number[], ms: new Map<string, number[]>() }));
    for (let round = 0; round <= sizes.rounds; round++) {
      for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const { requests, ms, seconds } = await loaded(worlds[at]!, sizes.seconds);
        // The first is for getting warm.
        if (round === 0) continue;
        taken[at]!.rates.push(requests / seconds);
        for (const [name, all] of ms) taken[at]!.ms.set(name, [...(taken[at]!.ms.get(name) ?? []), ...all]);
        tell(
          `round ${round} of ${sizes.rounds}, ${at === 0 ? "now" : "before"}: ${(requests / seconds).toFixed(1)} a second`,
        );
      }
    }
    const [now, then] = taken.map(({ rates, ms }) => ({ rate: median(rates), by: [...ms].map(percentilesOf) }));
    const opened = (it: typeof now) => it!.by.find(({ operation }) => operation === "GetPatient")!.p95;
    for (const it of now!.by)
      tell(`${it.operation}: p50 ${it.p50.toFixed(1)}, p95 ${it.p95.toFixed(1)}, p99 ${it.p99.toFixed(1)} ms`);
    return {
      perSecond: now!.rate,
      beforePerSecond: then!.rate,
      now: now!.by,
      before: then!.by,
      measured: { loadRate: now!.rate / then!.rate, loadOpen: opened(now) / opened(then) },
    };
  } finally {
    await Promise.all(worlds.map(({ server }) => server.stop()));
  }
}

const percentilesOf = ([operation, ms]: readonly [string, number[]]): Percentiles => ({
  operation,
  requests: ms.length,
  p50: percentile(ms, 0.5),
  p95: percentile(ms, 0.95),
  p99: percentile(ms, 0.99),
});

/** Works for so long; how long each request took, by operation. */
async function loaded(world: World, seconds: number) {
  const ms = new Map<string, number[]>();
  let requests = 0;
  let next = 0;
  const started = performance.now();
  const isOver = () => performance.now() - started > 1000 * seconds;
  const timed = async (scenario: Scenario): Promise<void> => {
    const began = performance.now();
    await ask(world, scenario);
    requests += 1;
    const taken = ms.get(scenario.operation) ?? [];
    ms.set(scenario.operation, taken);
    taken.push(performance.now() - began);
  };
  const frontEnd = async () => {
    while (!isOver()) await timed(SEQUENCE[next++ % SEQUENCE.length]!);
  };
  await Promise.all([mergeAndBack(world), ...Array.from({ length: AT_ONCE }, frontEnd)]);
  return { requests, ms, seconds: (performance.now() - started) / 1000 };
}

/** One merge and its way back; answered when the clinics are one, and two again. */
async function mergeAndBack({ server, state, tokens, pair }: World): Promise<void> {
  const into = `${server.url}/v1/clinics/${pair.target}`;
  const post = async (url: string, body?: object) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "x-tidepool-session-token": tokens.service, "content-type": "application/json" },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} was answered with ${response.status}: ${text}`);
  };
  await post(`${into}/merge`, { sourceId: pair.source });
  const id = await ended(state, "done");
  await post(`${into}/merges/${id}/undo`);
  await ended(state, "undone");
}

/** Waits until a merge has ended in this way; its id. */
async function ended(state: LocalState, phase: "done" | "undone"): Promise<string> {
  for (let waited = 0; waited < ENDED_WITHIN_MS; waited += ASK_MS) {
    const database = openLocalDatabase(state, { readOnly: true });
    const latest = database.prepare("SELECT id, phase FROM merges ORDER BY id DESC LIMIT 1").get();
    database.close();
    if (latest?.["phase"] === phase) return String(latest["id"]);
    await sleep(ASK_MS);
  }
  throw new Error(`the merge was not ${phase}`);
}
