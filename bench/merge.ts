import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localKeys } from "../scripts/local-keys.ts";
import { openLocalDatabase, prepareMerge } from "../scripts/local-database.ts";
import { type LocalState, localState } from "../scripts/local-state.ts";
import { copyOf, seededClinics } from "./data.ts";
import { BATCHES_PATH, type MergeBatch } from "./protocol.ts";
import { type Server, serve } from "./server.ts";
import { GOALS } from "./goals.ts";

/** What this part is called among the scenarios. */
export const MERGE_NAME = "MergeClinic and UndoMerge";
/** The states it works on, below the bench's own. */
export const MERGE_PARTS = ["merge-seeded", "merge"] as const;
/** What a merge may take, on a machine on which nothing else runs. */
const ANSWER_MS_MAX = GOALS.mergeAnswer.limit * 1000;
const BATCH_MS_MAX = GOALS.mergeBatch.limit;
const SLOWDOWN_MAX = GOALS.mergeReads.limit;
const ENDED_WITHIN_MS = 600_000;
const IDLE_ROUNDS = 100;
const ASK_MS = 100;
/** The clinic whose reads must not suffer. */
const BYSTANDERS = 1_000;

/** What the Worker that merges has besides. */
export const MERGING = {
  durable_objects: { bindings: [{ name: "CLINIC_MERGE", class_name: "ClinicMerge" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["ClinicMerge"] }],
};

interface Latency {
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
}

interface Course {
  readonly name: string;
  /** Until the request was answered: the clinics are one, or two again. */
  readonly answerMs: number;
  /** Until nothing more was under way. */
  readonly endMs: number;
  /** Of the server's process, the reads meanwhile included. */
  readonly cpuSeconds: number;
  /** By the process: unlike the time, it is the same beside other work. */
  readonly megabytesWritten: number;
  readonly batches: number;
  readonly longestBatchMs: number;
  readonly batchP95Ms: number;
  /** The statements of the longest batch, in order. */
  readonly longestBatch: MergeBatch;
  readonly meanwhile: Record<string, Latency & { readonly timesIdle: number }>;
}

export interface MergeFigures {
  readonly patientsEach: number;
  readonly inBoth: number;
  readonly idle: Record<string, Latency>;
  readonly courses: readonly Course[];
  readonly missed: readonly string[];
}

/**
 * Merges two clinics of this size that share half their patients, undoes that, and measures both, with the reads of a
 * third clinic meanwhile. The filled database is kept under `base`; what is merged is a copy.
 */
export async function benchMerge(
  base: string,
  patientsEach: number,
  tell: (line: string) => void,
): Promise<MergeFigures> {
  const [kept, state] = MERGE_PARTS.map((part) => localState(path.join(base, part))) as [LocalState, LocalState];
  const [source, target, third] = await seededClinics(kept, [patientsEach, patientsEach, BYSTANDERS], tell);
  copyOf(kept, state);
  const database = openLocalDatabase(state, { readOnly: false });
  prepareMerge(database, source!.clinicId, target!.clinicId);
  database.close();
  const keys = await localKeys(state);
  const server = await serve("merging", state, keys.jwks, MERGING);
  try {
    const service = { "x-tidepool-session-token": await keys.signService("bench") };
    const admin = { "x-tidepool-session-token": await keys.signPerson({ userId: third!.adminId }) };
    const reads = new Reads(server, admin, third!.clinicId);
    for (let i = 0; i < IDLE_ROUNDS; i++) await reads.once();
    reads.take();
    for (let i = 0; i < IDLE_ROUNDS; i++) await reads.once();
    const idle = reads.take();

    const measured = async (name: string, url: string, body: object | undefined, last: string): Promise<Course> => {
      const batchesUrl = `${server.url}${BATCHES_PATH}?source=${source!.clinicId}`;
      await json(await fetch(batchesUrl));
      reads.take();
      const over = new AbortController();
      const reading = (async () => {
        while (!over.signal.aborted) await reads.once();
      })();
      const cpuBefore = server.cpu();
      const writtenBefore = server.written();
      const started = performance.now();
      const headers = { ...service, "content-type": "application/json" };
      const response = await fetch(`${server.url}${url}`, {
        method: "POST",
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      const said = await response.text();
      const answerMs = performance.now() - started;
      if (response.status !== 200) throw new Error(`${name} was answered with ${response.status}: ${said}`);
      while ((await latestMerge(state)).phase !== last) {
        if (performance.now() - started > ENDED_WITHIN_MS) throw new Error(`${name} did not end`);
        await sleep(ASK_MS);
      }
      const endMs = performance.now() - started;
      over.abort();
      await reading;
      const batches = (await json(await fetch(batchesUrl))) as MergeBatch[];
      const longest = batches.toSorted((a, b) => b.ms - a.ms)[0]!;
      const meanwhile = Object.fromEntries(
        Object.entries(reads.take()).map(([read, it]) => [read, { ...it, timesIdle: it.p95 / idle[read]!.p95 }]),
      );
      tell(`${name}: answered after ${(answerMs / 1000).toFixed(1)} s, longest batch ${longest.ms.toFixed(0)} ms`);
      return {
        name,
        answerMs,
        endMs,
        cpuSeconds: server.cpu() - cpuBefore,
        megabytesWritten: (server.written() - writtenBefore) / 2 ** 20,
        batches: batches.length,
        longestBatchMs: longest.ms,
        batchP95Ms: percentile(
          batches.map(({ ms }) => ms),
          0.95,
        ),
        longestBatch: longest,
        meanwhile,
      };
    };

    const into = `/v1/clinics/${target!.clinicId}`;
    const there = await measured("MergeClinic", `${into}/merge`, { sourceId: source!.clinicId }, "done");
    const { id } = await latestMerge(state);
    const back = await measured("UndoMerge", `${into}/merges/${id}/undo`, undefined, "undone");
    const courses = [there, back];
    return { patientsEach, inBoth: Math.floor(patientsEach / 2), idle, courses, missed: courses.flatMap(missedBy) };
  } finally {
    await server.stop();
  }
}

async function latestMerge(state: ReturnType<typeof localState>): Promise<{ id: string; phase: string }> {
  const database = openLocalDatabase(state, { readOnly: true });
  try {
    return database.prepare("SELECT id, phase FROM merges").get() as { id: string; phase: string };
  } finally {
    database.close();
  }
}

const json = (response: Response): Promise<unknown> => response.json();

/** Reads of a clinic, one after the other, and how long they took. */
class Reads {
  readonly #server: Server;
  readonly #headers: Record<string, string>;
  readonly #urls: Readonly<Record<string, string>>;
  #taken: Record<string, number[]> = {};

  constructor(server: Server, headers: Record<string, string>, clinicId: string) {
    this.#server = server;
    this.#headers = headers;
    this.#urls = { GetClinic: `/v1/clinics/${clinicId}`, ListPatients: `/v1/clinics/${clinicId}/patients?limit=50` };
  }

  async once(): Promise<void> {
    for (const [name, url] of Object.entries(this.#urls)) {
      const started = performance.now();
      const response = await fetch(`${this.#server.url}${url}`, { headers: this.#headers });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${name} was answered with ${response.status}`);
      (this.#taken[name] ??= []).push(performance.now() - started);
    }
  }

  take(): Record<string, Latency> {
    const taken = Object.entries(this.#taken);
    this.#taken = {};
    return Object.fromEntries(
      taken.map(([name, ms]) => [name, { requests: ms.length, p50: percentile(ms, 0.5), p95: percentile(ms, 0.95) }]),
    );
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function missedBy({ name, answerMs, longestBatchMs, meanwhile }: Course): string[] {
  const missed: string[] = [];
  if (answerMs > ANSWER_MS_MAX) missed.push(`${name}: answer`);
  if (longestBatchMs > BATCH_MS_MAX) missed.push(`${name}: longest batch`);
  for (const [read, { timesIdle }] of Object.entries(meanwhile)) {
    if (timesIdle > SLOWDOWN_MAX) missed.push(`${name}: ${read} meanwhile`);
  }
  return missed;
}

/** The figures as lines. */
export function describeMerge({ patientsEach, inBoth, idle, courses, missed }: MergeFigures): string {
  const count = (n: number) => n.toLocaleString("en");
  const lines = [`two clinics of ${count(patientsEach)} patients, ${count(inBoth)} of them in both`];
  for (const it of courses) {
    const longest = `longest batch ${it.longestBatchMs.toFixed(0)} ms (≤ ${BATCH_MS_MAX}), p95 ${it.batchP95Ms.toFixed(0)} ms`;
    lines.push(
      `${it.name}: answer ${(it.answerMs / 1000).toFixed(2)} s (≤ ${ANSWER_MS_MAX / 1000}), end ${(it.endMs / 1000).toFixed(2)} s, CPU ${it.cpuSeconds.toFixed(1)} s, ${count(Math.round(it.megabytesWritten))} MB written, ${it.batches} batches, ${longest}`,
    );
    for (const [read, { requests, p50, p95, timesIdle }] of Object.entries(it.meanwhile)) {
      const quiet = idle[read]!;
      lines.push(
        `  ${read} elsewhere: p50 ${p50.toFixed(1)} ms (idle ${quiet.p50.toFixed(1)}), p95 ${p95.toFixed(1)} ms (idle ${quiet.p95.toFixed(1)}), ${timesIdle.toFixed(1)} times idle (≤ ${SLOWDOWN_MAX}), ${requests} requests`,
      );
    }
  }
  lines.push(missed.length === 0 ? "ok" : `MISSED  ${missed.join("; ")}`);
  return lines.join("\n");
}
