import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import { unstable_readConfig } from "wrangler";
import { type LocalKeys, localKeys, redoxKey } from "../scripts/local-keys.ts";
import { openLocalDatabase } from "../scripts/local-database.ts";
import { type LocalState, localState, ROOT } from "../scripts/local-state.ts";
import { copyOf, type SeededClinic, seededClinics } from "./data.ts";
import { type EhrNotes, NOTES_PATH, PAGE_PATH } from "./protocol.ts";
import { type Latency, percentile, Reads } from "./reads.ts";
import type { Received } from "./redox-stand-in.ts";
import { type Server, serve } from "./server.ts";
import { GOALS } from "./goals.ts";

/** What this part is called among the scenarios. */
export const EHR_NAME = "ehr jobs";
/** The states it works on, below the bench's own. */
export const EHR_PARTS = ["ehr-seeded", "ehr"] as const;
const JOBS_PER_SECOND_MIN = GOALS.ehrJobs.limit;
const ROUND_TRIPS_MAX = GOALS.ehrTrips.limit;
const SLOWDOWN_MAX = GOALS.ehrReads.limit;
const RUN_MS_MAX = GOALS.ehrMaking.limit * 1000;
const BATCH_MS_MAX = GOALS.ehrBatch.limit;

const WARM_UP_READS = 100;
const IDLE_READS = 400;
const ASK_MS = 500;
const STUCK_AFTER_MS = 120_000;
const DAY_MS = 86_400_000;
const SOURCE_ID = "bench-ehr";

/** Like those of the demo clinic. */
const SETTINGS = {
  enabled: true,
  provider: "redox",
  sourceId: SOURCE_ID,
  destinationIds: { flowsheet: "bench-flowsheet", notes: "bench-notes", results: "bench-results" },
  procedureCodes: { enableSummaryReports: "ENABLE" },
  mrnIdType: "MR",
  scheduledReports: { cadence: "14d", onUploadEnabled: true, onUploadNoteEventType: "Replace" },
  tags: { codes: ["TAG"] },
  flowsheets: { icode: false },
  notes: { includeGMI: true },
};

interface Delivery {
  readonly jobs: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Of the server's process, GetClinic and the broker of queues included. */
  readonly cpuMsEach: number;
  readonly roundTripsEach: number;
  /** What the local broker gives the consumer at a time. */
  readonly messagesAtOnce: number;
  readonly received: Received;
  readonly idle: Latency;
  readonly meanwhile: Latency & { readonly timesIdle: number };
}

interface Making {
  readonly jobs: number;
  readonly pages: number;
  readonly ms: number;
  /** Wall time of a batch, seen by the Worker; below it, the sum of what the database says of its statements. */
  readonly longestBatchMs: number;
  readonly longestBatchDatabaseMs: number;
  readonly batchP95Ms: number;
  readonly longestBatch: EhrNotes["batches"][number];
}

export interface EhrFigures {
  readonly delivery: Delivery;
  readonly making: Making;
  readonly missed: readonly string[];
}

/** How many patients the clinics have: of the one whose jobs are delivered, and of the one whose jobs are only made. */
export interface EhrSizes {
  readonly delivered: number;
  readonly made: number;
}

/**
 * Syncs a clinic through queue, report, store and a stand-in of Redox while another clinic is read; then makes the jobs
 * of that other one page by page. The filled database is kept under `base`; a copy of it is worked on, and emptied of
 * reports afterwards.
 */
export async function benchEhr(base: string, sizes: EhrSizes, tell: (line: string) => void): Promise<EhrFigures> {
  const [kept, state] = EHR_PARTS.map((part) => localState(path.join(base, part))) as [LocalState, LocalState];
  const [clinic, other] = (await seededClinics(kept, [sizes.delivered, sizes.made], tell)) as [
    SeededClinic,
    SeededClinic,
  ];
  copyOf(kept, state);
  const database = openLocalDatabase(state, { readOnly: false });
  for (const { clinicId } of [clinic, other]) order(database, clinicId);
  database.close();
  const keys = await localKeys(state);
  const redox = await StandIn.start();
  try {
    const variables = await redoxVariables(state, redox.url);
    const delivery = await deliver(state, keys, variables, redox, clinic, other, tell);
    const making = await make(state, keys, variables, other, tell);
    return { delivery, making, missed: [...missedBy(delivery), ...missedByMaking(making)] };
  } finally {
    redox.stop();
    rmSync(path.join(state.persistTo, "v3", "r2"), { recursive: true, force: true });
  }
}

/** Connects a clinic and lets its EHR have ordered numbers and report of every patient, a day before the last upload. */
function order(database: DatabaseSync, clinicId: string): void {
  database.exec("BEGIN");
  database.prepare("UPDATE clinics SET ehr_settings = ? WHERE id = ?").run(JSON.stringify(SETTINGS), clinicId);
  const patients = database
    .prepare(
      `SELECT key, full_name AS name, birth_date AS birthDate, mrn, cgm_last_upload_at AS uploadedAt
       FROM patients WHERE clinic_id = ?`,
    )
    .all(clinicId) as { key: number; name: string; birthDate: string; mrn: string | null; uploadedAt: number }[];
  const message = database.prepare(
    `INSERT INTO ehr_messages (id, deduplication_key, data_model, event_type, source_id, is_test, event_at, received_at,
       expires_at, state, patient_key, message) VALUES (?1, ?1, 'Order', 'New', ?2, 0, ?3, ?3, ?4, 'done', ?5, ?6)`,
  );
  const subscribe = database.prepare("UPDATE patients SET ehr_subscriptions = ? WHERE key = ?");
  for (const { key, name, birthDate, mrn, uploadedAt } of patients) {
    const id = `b${key.toString(16).padStart(23, "0")}`;
    const at = uploadedAt - DAY_MS;
    const text = JSON.stringify(orderOf(`order-${key}`, { name, birthDate, mrn: mrn ?? `M${key}` }, at));
    message.run(id, SOURCE_ID, at, Date.now() + 90 * DAY_MS, key, text);
    const matched = { id, dataModel: "Order", eventType: "New", at };
    const subscription = { active: true, provider: "redox", matchedMessages: [matched], createdAt: at, updatedAt: at };
    subscribe.run(JSON.stringify({ summaryAndReports: subscription }), key);
  }
  database.exec("COMMIT");
}

/** An order with every part that is sent back. */
const orderOf = (id: string, it: { name: string; birthDate: string; mrn: string }, at: number): object => ({
  Meta: {
    DataModel: "Order",
    EventType: "New",
    EventDateTime: new Date(at).toISOString(),
    Test: false,
    Source: { ID: SOURCE_ID, Name: "Bench EHR" },
    Destinations: [{ ID: "dst-1", Name: "Reports" }],
    Logs: [{ ID: "log-1", AttemptID: "a-1" }],
    FacilityCode: "F1",
  },
  Patient: {
    Identifiers: [
      { ID: `e-${it.mrn}`, IDType: "EPI" },
      { ID: it.mrn, IDType: "MR" },
    ],
    Demographics: {
      FirstName: it.name.split(" ")[0],
      LastName: it.name.split(" ").slice(1).join(" "),
      DOB: it.birthDate,
      Sex: "Female",
      PhoneNumber: { Home: "+18088675301", Office: null, Mobile: null },
      EmailAddresses: [],
      Address: { StreetAddress: "4762 Hickory Street", City: "Monroe", State: "WI", ZIP: "53566", Country: "US" },
    },
  },
  Visit: {
    VisitNumber: "1234",
    AccountNumber: "860",
    PatientClass: "Outpatient",
    VisitDateTime: new Date(at).toISOString(),
    Location: { Type: "Clinic", Facility: "North", Department: "Endo", Room: "1", Bed: null },
  },
  Order: {
    ID: id,
    Status: "New",
    Procedure: { Code: "ENABLE", Codeset: "L", Description: "Reports" },
    Provider: { NPI: "407", ID: "prov-1", IDType: "NPI", FirstName: "Pat", LastName: "Granite" },
    ClinicalInfo: [{ Code: "TAG", Codeset: null, Description: "Tags", Value: "pump", Units: null, Notes: [] }],
  },
});

async function redoxVariables(state: LocalState, url: string): Promise<Record<string, string>> {
  const { keyId, privateKey } = await redoxKey(state);
  return {
    REDOX_ENABLED: "true",
    REDOX_CLIENT_ID: "clinics-edge-bench",
    REDOX_KEY_ID: keyId,
    REDOX_PRIVATE_KEY: privateKey,
    REDOX_SOURCE_ID: "clinics-edge-bench",
    REDOX_SOURCE_NAME: "Clinics Edge",
    REDOX_TOKEN_URL: `${url}/token`,
    REDOX_ENDPOINT_URL: `${url}/endpoint`,
  };
}

/** The stand-in's process. */
class StandIn {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(): Promise<StandIn> {
    const child = fork(path.join(ROOT, "bench", "redox-stand-in.ts"), { execArgv: [] });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new StandIn(child, `http://127.0.0.1:${port}`);
  }

  async received(): Promise<Received> {
    const answer = once(this.#child, "message");
    this.#child.send("received");
    const [received] = (await answer) as [Received];
    return received;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

/** The consumer is that of the local environment. */
function queueOfJobs(): object {
  const { queues, r2_buckets } = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml") });
  const isOfJobs = ({ queue }: { readonly queue: string }) => queue === "ehr";
  return {
    queues: { producers: queues.producers?.filter(isOfJobs), consumers: queues.consumers?.filter(isOfJobs) },
    r2_buckets,
  };
}

async function deliver(
  state: LocalState,
  keys: LocalKeys,
  vars: Record<string, string>,
  redox: StandIn,
  clinic: SeededClinic,
  other: SeededClinic,
  tell: (line: string) => void,
): Promise<Delivery> {
  const server = await serve("delivering", state, keys.jwks, { vars, ...queueOfJobs() });
  try {
    const reads = new Reads(
      `${server.url}/v1/clinics/${other.clinicId}`,
      await keys.signPerson({ userId: other.adminId }),
    );
    await reads.some(WARM_UP_READS);
    reads.take();
    await reads.some(IDLE_READS);
    const idle = reads.take();
    await notesOf(server);

    const over = new AbortController();
    const reading = reads.until(over.signal);
    const cpuBefore = server.cpu();
    const startedAt = Date.now();
    try {
      await startSync(server, keys, clinic);
      await untilEnded(state, clinic, tell);
    } finally {
      over.abort();
      await reading;
    }
    const cpuMs = 1000 * (server.cpu() - cpuBefore);
    const meanwhile = reads.take();
    const { jobs, endedAt } = checkedJobs(state, clinic);
    const received = await redox.received();
    for (const model of ["Flowsheet", "Notes"]) {
      if (received.once[model] !== jobs || received.messages[model] !== jobs) {
        throw new Error(`${jobs} jobs were sent, Redox got ${JSON.stringify(received)}`);
      }
    }
    const lines = (await notesOf(server)).lines.filter(({ queue }) => queue === "ehr");
    const messages = lines.reduce((sum, line) => sum + line.messages, 0);
    const seconds = (endedAt - startedAt) / 1000;
    const figures = {
      jobs,
      seconds,
      perSecond: jobs / seconds,
      cpuMsEach: cpuMs / jobs,
      roundTripsEach: lines.reduce((sum, line) => sum + line.d1Calls, 0) / messages,
      messagesAtOnce: messages / lines.length,
      received,
      idle,
      meanwhile: { ...meanwhile, timesIdle: meanwhile.p95 / idle.p95 },
    };
    tell(`${figures.perSecond.toFixed(1)} jobs a second, ${EHR_NAME}`);
    return figures;
  } finally {
    await server.stop();
  }
}

async function startSync(server: Server, keys: LocalKeys, { clinicId }: SeededClinic): Promise<void> {
  const response = await fetch(`${server.url}/v1/clinics/${clinicId}/ehr/sync`, {
    method: "POST",
    headers: { "x-tidepool-session-token": await keys.signService("bench") },
  });
  if (response.status !== 202)
    throw new Error(`the sync was answered with ${response.status}: ${await response.text()}`);
}

/** Waits until all jobs of a clinic have ended. */
async function untilEnded(state: LocalState, { patients }: SeededClinic, tell: (line: string) => void): Promise<void> {
  const database = openLocalDatabase(state, { readOnly: true });
  try {
    const counting = database.prepare("SELECT count(*) AS n FROM ehr_jobs WHERE finished_at IS NOT NULL");
    let ended = 0;
    let endedAt = Date.now();
    while (ended < patients) {
      await sleep(ASK_MS);
      const { n } = counting.get() as { n: number };
      if (Math.floor(n / 2000) > Math.floor(ended / 2000)) tell(`${n} jobs have ended`);
      if (n > ended) endedAt = Date.now();
      ended = n;
      if (Date.now() - endedAt > STUCK_AFTER_MS) throw new Error(`${ended} of ${patients} jobs ended, then no more`);
    }
  } finally {
    database.close();
  }
}

/** How many jobs there were: all sent, each with its report. */
function checkedJobs(state: LocalState, { patients }: SeededClinic): { jobs: number; endedAt: number } {
  const database = openLocalDatabase(state, { readOnly: true });
  try {
    const { jobs, endedAt, whole, reports } = database
      .prepare(
        `SELECT count(*) AS jobs, max(finished_at) AS endedAt,
           count(*) FILTER (WHERE state = 'sent' AND flowsheet_sent_at > 0 AND note_sent_at > 0) AS whole,
           (SELECT count(*) FROM reports WHERE state = 'ready' AND size > 0) AS reports FROM ehr_jobs`,
      )
      .get() as Record<"jobs" | "endedAt" | "whole" | "reports", number>;
    if (jobs !== patients || whole !== jobs || reports !== jobs) {
      throw new Error(`of ${patients} patients there are ${jobs} jobs, ${whole} sent, ${reports} reports`);
    }
    return { jobs, endedAt };
  } finally {
    database.close();
  }
}

/** The queue is held back: between two pages no job is delivered, and no time passes. */
async function make(
  state: LocalState,
  keys: LocalKeys,
  vars: Record<string, string>,
  clinic: SeededClinic,
  tell: (line: string) => void,
): Promise<Making> {
  const { r2_buckets } = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml") });
  const server = await serve("delivering", state, keys.jwks, { vars: { ...vars, HOLDS_QUEUE: "true" }, r2_buckets });
  try {
    const before = countJobs(state);
    const started = performance.now();
    await startSync(server, keys, clinic);
    let pages = 0;
    while (await nextPage(server)) pages += 1;
    const ms = performance.now() - started;
    const jobs = countJobs(state) - before;
    if (jobs !== clinic.patients) throw new Error(`${clinic.patients} patients have got ${jobs} jobs`);
    const { batches } = await notesOf(server);
    const longest = batches.toSorted((a, b) => b.ms - a.ms)[0]!;
    tell(`${(ms / 1000).toFixed(1)} s for ${jobs} jobs to be made, ${EHR_NAME}`);
    return {
      jobs,
      pages,
      ms,
      longestBatchMs: longest.ms,
      longestBatchDatabaseMs: Math.max(...batches.map((it) => it.statementMs.reduce((sum, n) => sum + n, 0))),
      batchP95Ms: percentile(
        batches.map((it) => it.ms),
        0.95,
      ),
      longestBatch: longest,
    };
  } finally {
    await server.stop();
  }
}

function countJobs(state: LocalState): number {
  const database = openLocalDatabase(state, { readOnly: true });
  try {
    return (database.prepare("SELECT count(*) AS n FROM ehr_jobs").get() as { n: number }).n;
  } finally {
    database.close();
  }
}

async function nextPage(server: Server): Promise<boolean> {
  const response = await fetch(`${server.url}${PAGE_PATH}`);
  if (!response.ok) throw new Error(`a page was answered with ${response.status}`);
  return await response.json<boolean>();
}

async function notesOf(server: Server): Promise<EhrNotes> {
  return await (await fetch(`${server.url}${NOTES_PATH}`)).json<EhrNotes>();
}

const missedBy = ({ perSecond, roundTripsEach, meanwhile }: Delivery): string[] => [
  ...(perSecond < JOBS_PER_SECOND_MIN ? ["jobs a second"] : []),
  ...(roundTripsEach > ROUND_TRIPS_MAX ? ["round trips"] : []),
  ...(meanwhile.timesIdle > SLOWDOWN_MAX ? ["GetClinic meanwhile"] : []),
];

const missedByMaking = ({ ms, longestBatchMs }: Making): string[] => [
  ...(ms > RUN_MS_MAX ? ["making jobs"] : []),
  ...(longestBatchMs > BATCH_MS_MAX ? ["longest batch"] : []),
];

/** The figures as lines. */
export function describeEhr({ delivery, making, missed }: EhrFigures): string {
  const count = (n: number) => n.toLocaleString("en");
  const { idle, meanwhile, received } = delivery;
  return [
    `${count(delivery.jobs)} EHR jobs through queue, report, store and a stand-in of Redox`,
    `${delivery.perSecond.toFixed(1)} jobs a second (≥ ${JOBS_PER_SECOND_MIN}) in ${delivery.seconds.toFixed(0)} s, CPU ${delivery.cpuMsEach.toFixed(1)} ms each, ${delivery.roundTripsEach.toFixed(2)} round trips each (≤ ${ROUND_TRIPS_MAX}), ${delivery.messagesAtOnce.toFixed(1)} at once, ${(received.bytes / delivery.jobs / 1024).toFixed(1)} KB sent each`,
    `GetClinic elsewhere: p50 ${meanwhile.p50.toFixed(1)} ms (idle ${idle.p50.toFixed(1)}), p95 ${meanwhile.p95.toFixed(1)} ms (idle ${idle.p95.toFixed(1)}), ${meanwhile.timesIdle.toFixed(1)} times idle (≤ ${SLOWDOWN_MAX}), ${count(meanwhile.requests)} requests`,
    `${count(making.jobs)} jobs made in ${(making.ms / 1000).toFixed(2)} s (≤ ${RUN_MS_MAX / 1000}), ${making.pages} pages, longest batch ${making.longestBatchMs.toFixed(0)} ms (≤ ${BATCH_MS_MAX}) of wall time, ${making.longestBatchDatabaseMs.toFixed(0)} ms in the database, p95 ${making.batchP95Ms.toFixed(0)} ms`,
    missed.length === 0 ? "ok" : `MISSED  ${missed.join("; ")}`,
  ].join("\n");
}
