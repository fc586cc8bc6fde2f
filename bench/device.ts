import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Datum,
  DATA_PER_REQUEST,
  DeviceDays,
  type DevicePerson,
  inRequests,
  READINGS_A_DAY,
  SENSOR_MINUTES,
} from "../scripts/device-days.ts";
import { DeviceUploads } from "../scripts/device-uploads.ts";
import { openLocalDatabase } from "../scripts/local-database.ts";
import { localKeys } from "../scripts/local-keys.ts";
import { type LocalState, localState } from "../scripts/local-state.ts";
import { copyOf, type SeededClinic, seededClinics } from "./data.ts";
import { WARM_UP_SECONDS } from "./pairs.ts";
import { BARE_DATA_PATH, BARE_TEXTS_PATH, FIGURES_PATH, type ObjectFigures } from "./protocol.ts";
import { type Latency, Reads } from "./reads.ts";
import { type Server, serve } from "./server.ts";
import { GOALS } from "./goals.ts";

/** What this part is called among the scenarios, and the states it works on below the bench's own. */
export const DEVICE_NAME = "device data";
export const DEVICE_PARTS = ["device-seeded", "device", "device-bare"] as const;
const INGEST_RATIO_MAX = GOALS.addData.limit;
const QUERY_RATIO_MAX = GOALS.queryData.limit;
const HISTORY_RATIO_MAX = GOALS.history.limit;
const READING_BYTES_MAX = GOALS.readingBytes.limit;
const SLOWDOWN_MAX = GOALS.uploadReads.limit;

/** How much is measured. */
export interface DeviceSizes {
  readonly pairs: number;
  /** Days of the person with a long history. */
  readonly days: number;
  /** How many people upload a day each. */
  readonly people: number;
}

const WARM_UP_PAIRS = 3;
const INGESTED_BATCHES = 20;
const QUERIED_DAYS = [14, 90] as const;
/** About as much is read in one measurement, however long an answer is. */
const QUERIED_READINGS = 80_000;
const SHORT_HISTORY_DAYS = 14;
const SUMMARIES_EACH = 10;
const UPLOADS_AT_ONCE = 50;
/** People who upload at half speed, and how many days back the primes of an upload may be. */
const PACED_MAX = 200;
const PRIMED_DAYS = 5;
const TEXTS_AT_ONCE = 2_000;
const WARM_UP_READS = 100;
const IDLE_READS = 300;
const GRID_MS = SENSOR_MINUTES * 60_000;
const DAY_MS = 86_400_000;

/** What the Worker that takes in device data has besides. */
export const UPLOADING = objects("DEVICE_DATA", "DeviceData");
const BARE_OBJECTS = objects("BARE", "BareData");
export const CONTINUOUS = { dataSetType: "continuous", client: { name: "org.bench.sensor", version: "1.0.0" } };

interface Compared {
  readonly productMs: number;
  readonly bareMs: number;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly target: number;
}

interface Query extends Compared {
  readonly days: number;
  readonly readings: number;
  readonly bytes: number;
}

/** One new reading and the summary after it. */
interface Summarised {
  readonly cpuMs: number;
  readonly ms: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

interface History {
  readonly days: number;
  readonly long: Summarised;
  readonly short: Summarised;
  readonly ratios: Readonly<Record<keyof Summarised, number>>;
  readonly target: number;
}

interface Storage {
  readonly readings: number;
  readonly bytes: number;
  readonly bytesEach: number;
  readonly target: number;
}

interface Uploading {
  readonly people: number;
  readonly atOnce: number;
  readonly readings: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Of the server's process, GetClinic included. */
  readonly cpuMsEach: number;
  readonly idle: Latency;
  readonly meanwhile: Meanwhile;
  /** The same again while fewer begin; without a target. */
  readonly halfSpeed: { readonly people: number; readonly peoplePerSecond: number; readonly meanwhile: Meanwhile };
  readonly target: number;
}

type Meanwhile = Latency & { readonly timesIdle: number };

export interface DeviceFigures {
  readonly ingest: Compared & { readonly readings: number; readonly bytes: number };
  readonly queries: readonly Query[];
  readonly history: History;
  readonly storage: Storage;
  readonly uploading: Uploading;
  readonly missed: readonly string[];
}

function objects(name: string, className: string): Record<string, unknown> {
  return {
    durable_objects: { bindings: [{ name, class_name: className }] },
    migrations: [{ tag: "v1", new_sqlite_classes: [className] }],
  };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

export const personOf = (seed: string): DevicePerson => ({
  seed: `bench ${seed}`,
  averageGlucose: 155,
  swing: 1,
  wear: 1,
  timezoneOffset: -300,
});

/**
 * Five figures about device data. Adding and querying are compared with a bare Worker with a bare Durable Object
 * (bare-data.ts) in pairs that begin with the one and the other in turn; the summary after a reading, of a long history
 * with that of a short one.
 */
export async function benchDevice(
  base: string,
  sizes: DeviceSizes,
  tell: (line: string) => void,
): Promise<DeviceFigures> {
  const [kept, state, bareState] = DEVICE_PARTS.map((part) => localState(path.join(base, part))) as [
    LocalState,
    LocalState,
    LocalState,
  ];
  const [clinic] = (await seededClinics(kept, [sizes.people], tell)) as [SeededClinic];
  for (const copy of [state, bareState]) copyOf(kept, copy);
  const patients = patientsOf(state, clinic);
  const keys = await localKeys(state);
  const [product, bare] = await Promise.all([
    serve("uploading", state, keys.jwks, UPLOADING),
    serve("bare-data", bareState, keys.jwks, BARE_OBJECTS),
  ]);
  try {
    const api = new Api(product, await keys.signService("bench"));
    const twin = new Twin(bare);
    const ingest = await benchIngest(api, twin, sizes);
    tell(`${ingest.ratio.toFixed(2)}  ${DEVICE_NAME}, adding`);
    const queries = await benchQueries(api, twin, sizes);
    for (const { ratio, days } of queries) tell(`${ratio.toFixed(2)}  ${DEVICE_NAME}, query of ${days} days`);
    const { history, storage } = await benchHistory(api, sizes);
    tell(`${history.ratios.cpuMs.toFixed(2)}  ${DEVICE_NAME}, summary after a reading`);
    const admin = await keys.signPerson({ userId: clinic.adminId });
    const uploading = await benchUploading(
      api,
      new Reads(`${product.url}/v1/clinics/${clinic.clinicId}`, admin),
      patients,
    );
    tell(`${Math.round(uploading.perSecond)} readings a second, ${DEVICE_NAME}`);
    const figures = { ingest, queries, history, storage, uploading };
    return { ...figures, missed: missedBy(figures) };
  } finally {
    await Promise.all([product.stop(), bare.stop()]);
  }
}

function patientsOf(state: LocalState, { clinicId }: SeededClinic): string[] {
  const database = openLocalDatabase(state, { readOnly: true });
  try {
    const found = database.prepare("SELECT user_id AS id FROM patients WHERE clinic_id = ? ORDER BY key").all(clinicId);
    return (found as { id: string }[]).map(({ id }) => id);
  } finally {
    database.close();
  }
}

async function text(response: Response): Promise<string> {
  const said = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${said.slice(0, 400)}`);
  return said;
}

/** The service as its clients of device data call it, with a service's token. */
class Api extends DeviceUploads {
  readonly server: Server;

  constructor(server: Server, token: string) {
    super(server.url, token);
    this.server = server;
  }

  query(userId: string, from: number): Promise<string> {
    return this.send("QueryData", "GET", `/data/${userId}?startDate=${new Date(from).toISOString()}`);
  }

  async figures(userId: string): Promise<ObjectFigures> {
    return JSON.parse(await this.send("figures", "GET", `${FIGURES_PATH}?user=${userId}`)) as ObjectFigures;
  }
}

/** The bare Worker with its bare objects. */
class Twin {
  readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  async add(name: string, body: string): Promise<void> {
    await text(await fetch(`${this.server.url}${BARE_DATA_PATH}?name=${name}`, { method: "POST", body }));
  }

  async keep(name: string, texts: readonly (readonly [number, string])[]): Promise<void> {
    for (let at = 0; at < texts.length; at += TEXTS_AT_ONCE) {
      const body = JSON.stringify(texts.slice(at, at + TEXTS_AT_ONCE));
      await text(await fetch(`${this.server.url}${BARE_TEXTS_PATH}?name=${name}`, { method: "POST", body }));
    }
  }

  async textsFrom(name: string, from: number): Promise<string> {
    const headers = { "accept-encoding": "identity" };
    return text(await fetch(`${this.server.url}${BARE_TEXTS_PATH}?name=${name}&from=${from}`, { headers }));
  }
}

const serversOf = (api: Api, twin: Twin) => ({ product: api.server, bare: twin.server });

/** CPU of a server while something is done, in milliseconds. */
async function cpuOf(server: Server, work: () => Promise<void>): Promise<number> {
  const before = server.cpu();
  await work();
  return 1000 * (server.cpu() - before);
}

/** Measures by turns once both are warm; each measurement tells what one of `count` requests has cost. */
async function compared(
  pairs: number,
  target: number,
  servers: Readonly<Record<"product" | "bare", Server>>,
  measure: Readonly<Record<"product" | "bare", () => Promise<number>>>,
): Promise<Compared> {
  const warm = async (which: "product" | "bare") => {
    const until = servers[which].cpu() + WARM_UP_SECONDS;
    for (let i = 0; i < WARM_UP_PAIRS || servers[which].cpu() < until; i++) await measure[which]();
  };
  await warm("product");
  await warm("bare");
  const measured: Record<"product" | "bare", number>[] = [];
  for (let i = 0; i < pairs; i++) {
    const pair = { product: 0, bare: 0 };
    const order = i % 2 === 0 ? (["product", "bare"] as const) : (["bare", "product"] as const);
    for (const which of order) pair[which] = await measure[which]();
    measured.push(pair);
  }
  const ratios = measured.map(({ product, bare }) => product / bare);
  return {
    productMs: median(measured.map(({ product }) => product)),
    bareMs: median(measured.map(({ bare }) => bare)),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    target,
  };
}

/** The newest moment at which all readings of a person have been taken. */
export const lastMoment = () => Math.floor((Date.now() - GRID_MS) / GRID_MS) * GRID_MS;

const bodiesOf = (data: readonly Datum[]): string[] => inRequests(data).map((part) => JSON.stringify(part));

/** Each measurement fills a new object: of the same size are then all that are compared. */
async function benchIngest(api: Api, twin: Twin, { pairs }: DeviceSizes): Promise<DeviceFigures["ingest"]> {
  const end = lastMoment();
  const days = Math.ceil((INGESTED_BATCHES * DATA_PER_REQUEST) / READINGS_A_DAY);
  const readings = new DeviceDays(personOf("adding")).cgm(end - days * DAY_MS, end);
  const bodies = bodiesOf(readings.slice(-INGESTED_BATCHES * DATA_PER_REQUEST));
  const addAll = (server: Server, add: (body: string) => Promise<void>) =>
    cpuOf(server, async () => {
      for (const body of bodies) await add(body);
    });
  const figures = await compared(pairs, INGEST_RATIO_MAX, serversOf(api, twin), {
    async product() {
      const userId = randomUUID();
      const { id: setId } = await api.open(userId, CONTINUOUS);
      const ms = await addAll(api.server, (body) => api.add(setId, body));
      // Its summary must not be calculated while the other one is measured.
      await api.summarise("cgm", userId);
      return ms / bodies.length;
    },
    async bare() {
      const name = randomUUID();
      return (await addAll(twin.server, (body) => twin.add(name, body))) / bodies.length;
    },
  });
  return { ...figures, readings: DATA_PER_REQUEST, bytes: bodies[0]!.length };
}

async function benchQueries(api: Api, twin: Twin, { pairs }: DeviceSizes): Promise<Query[]> {
  const userId = randomUUID();
  const end = lastMoment();
  const from = (days: number) => end - days * DAY_MS;
  const longest = Math.max(...QUERIED_DAYS);
  const { id: setId } = await api.open(userId, CONTINUOUS);
  const readings = new DeviceDays(personOf("queried")).cgm(from(longest), end);
  for (const body of bodiesOf(readings)) await api.add(setId, body);
  await api.summarise("cgm", userId);
  const data = JSON.parse(await api.query(userId, from(longest))) as Datum[];
  await twin.keep(
    userId,
    data.map((datum) => [Date.parse(datum.time), JSON.stringify(datum)]),
  );
  const queries: Query[] = [];
  for (const days of QUERIED_DAYS) {
    const answer = await api.query(userId, from(days));
    if ((await twin.textsFrom(userId, from(days))) !== answer) throw new Error(`other bytes for ${days} days`);
    const count = Math.max(1, Math.round(QUERIED_READINGS / (days * READINGS_A_DAY)));
    const each = async (server: Server, ask: () => Promise<string>) => {
      const ms = await cpuOf(server, async () => {
        for (let i = 0; i < count; i++) {
          if ((await ask()).length !== answer.length) throw new Error("an answer of another length");
        }
      });
      return ms / count;
    };
    const figures = await compared(pairs, QUERY_RATIO_MAX, serversOf(api, twin), {
      product: () => each(api.server, () => api.query(userId, from(days))),
      bare: () => each(twin.server, () => twin.textsFrom(userId, from(days))),
    });
    // What else is there is the record of the data set.
    const readingCount = (JSON.parse(answer) as Datum[]).filter(({ type }) => type === "cbg").length;
    if (readingCount !== days * READINGS_A_DAY) throw new Error(`${readingCount} readings in ${days} days`);
    queries.push({ ...figures, days, readings: readingCount, bytes: Buffer.byteLength(answer) });
  }
  return queries;
}

/** A person with so many days of readings, added day by day, and the open set that more go to. */
interface Historic {
  readonly userId: string;
  readonly setId: string;
  readonly readings: number;
  /** The readings that come next. */
  readonly next: Datum[];
}

async function historic(api: Api, days: number, moreCount: number): Promise<Historic> {
  const userId = randomUUID();
  const { id: setId } = await api.open(userId, CONTINUOUS);
  const person = new DeviceDays(personOf(`of ${days} days`));
  const end = lastMoment() - moreCount * GRID_MS;
  let readings = 0;
  for (let day = days; day > 0; day--) {
    const ofDay = person.cgm(end - day * DAY_MS, end - (day - 1) * DAY_MS);
    await api.add(setId, JSON.stringify(ofDay));
    readings += ofDay.length;
  }
  await api.summarise("cgm", userId);
  return { userId, setId, readings, next: person.cgm(end, end + moreCount * GRID_MS) };
}

/** Adds readings one at a time, and has the summary calculated after each: what each has taken. */
async function summarised(api: Api, { userId, setId, next }: Historic): Promise<Summarised> {
  const before = await api.figures(userId);
  const started = performance.now();
  const cpuMs = await cpuOf(api.server, async () => {
    for (const reading of next.splice(0, SUMMARIES_EACH)) {
      await api.add(setId, JSON.stringify([reading]));
      await api.summarise("cgm", userId);
    }
  });
  const ms = performance.now() - started;
  const after = await api.figures(userId);
  return {
    cpuMs: cpuMs / SUMMARIES_EACH,
    ms: ms / SUMMARIES_EACH,
    rowsRead: (after.rowsRead - before.rowsRead) / SUMMARIES_EACH,
    rowsWritten: (after.rowsWritten - before.rowsWritten) / SUMMARIES_EACH,
  };
}

const MEASURES = ["cpuMs", "ms", "rowsRead", "rowsWritten"] as const;
type Measures = Record<(typeof MEASURES)[number], number>;
const mapped = (of: (measure: (typeof MEASURES)[number]) => number) =>
  Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Measures;

async function benchHistory(
  api: Api,
  { days, pairs }: DeviceSizes,
): Promise<{ readonly history: History; readonly storage: Storage }> {
  const moreCount = SUMMARIES_EACH * (WARM_UP_PAIRS + pairs);
  const long = await historic(api, days, moreCount);
  const { bytes } = await api.figures(long.userId);
  const short = await historic(api, SHORT_HISTORY_DAYS, moreCount);
  const measured: { long: Summarised; short: Summarised }[] = [];
  for (let i = 0; i < WARM_UP_PAIRS + pairs; i++) {
    const inOrder = i % 2 === 0 ? [long, short] : [short, long];
    const taken = new Map<Historic, Summarised>();
    for (const person of inOrder) taken.set(person, await summarised(api, person));
    if (i >= WARM_UP_PAIRS) measured.push({ long: taken.get(long)!, short: taken.get(short)! });
  }
  const history = {
    days,
    long: mapped((it) => median(measured.map(({ long }) => long[it]))),
    short: mapped((it) => median(measured.map(({ short }) => short[it]))),
    ratios: mapped((it) => median(measured.map(({ long, short }) => long[it] / short[it]))),
    target: HISTORY_RATIO_MAX,
  };
  const { readings } = long;
  return { history, storage: { readings, bytes, bytesEach: bytes / readings, target: READING_BYTES_MAX } };
}

/** What one person uploads. */
interface Upload {
  readonly userId: string;
  readonly set: object;
  readonly body: string;
  readonly data: number;
  readonly readings: number;
}

/** A day of a sensor, a meter and the last primes. */
function uploadOf(userId: string, n: number, end: number): Upload {
  const days = new DeviceDays(personOf(`uploading ${n}`));
  const from = end - DAY_MS;
  const primes = days.pump(end - PRIMED_DAYS * DAY_MS, end).filter(({ subType }) => subType === "prime");
  const readings = [...days.cgm(from, end), ...days.meter(from, end)];
  const data = [...readings, ...primes.slice(-2)];
  const set = { deviceId: days.deviceIds.pump, deviceTags: ["bgm", "cgm", "insulin-pump"] };
  return { userId, set, body: JSON.stringify(data), data: data.length, readings: readings.length };
}

/** Opens a set, adds to it and closes it, for one after the other; so many people a second at most. Returns the seconds. */
async function uploadAll(api: Api, uploads: readonly Upload[], perSecond: number): Promise<number> {
  const waiting = [...uploads.entries()];
  const started = performance.now();
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [n, { userId, set, body }] = next;
      await sleep(Math.max(0, started + (1000 * n) / perSecond - performance.now()));
      const { id } = await api.open(userId, set);
      await api.add(id, body);
      await api.close(id);
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, worker));
  return (performance.now() - started) / 1000;
}

/** Something that goes on while a clinic is read. */
async function meanwhile<T>(reads: Reads, idle: Latency, work: () => Promise<T>): Promise<[T, Meanwhile]> {
  const over = new AbortController();
  const reading = reads.until(over.signal);
  let done: T;
  try {
    done = await work();
  } finally {
    over.abort();
    await reading;
  }
  const taken = reads.take();
  return [done, { ...taken, timesIdle: taken.p95 / idle.p95 }];
}

/**
 * Each of the patients uploads a day, as fast as it goes; then some of them another one, at half that pace: the first tells
 * what the local server can take, the second what others notice of it while it is not at its limit.
 */
async function benchUploading(api: Api, reads: Reads, patients: readonly string[]): Promise<Uploading> {
  const end = lastMoment();
  const uploads = patients.map((userId, n) => uploadOf(userId, n, end));
  await reads.some(WARM_UP_READS);
  reads.take();
  await reads.some(IDLE_READS);
  const idle = reads.take();

  let cpuMs = 0;
  const [seconds, atFullSpeed] = await meanwhile(reads, idle, async () => {
    let took = 0;
    cpuMs = await cpuOf(api.server, async () => void (took = await uploadAll(api, uploads, Infinity)));
    return took;
  });
  const last = uploads.at(-1)!;
  const seen = (JSON.parse(await api.query(last.userId, end - PRIMED_DAYS * DAY_MS)) as Datum[]).length - 1;
  if (seen !== last.data) throw new Error(`of ${last.data} data of an upload ${seen} are seen`);

  const pace = patients.length / seconds / 2;
  const paced = patients.slice(0, PACED_MAX).map((userId, n) => uploadOf(userId, n, end - DAY_MS));
  const [, atHalfSpeed] = await meanwhile(reads, idle, () => uploadAll(api, paced, pace));
  const readings = uploads.reduce((sum, it) => sum + it.readings, 0);
  return {
    people: patients.length,
    atOnce: UPLOADS_AT_ONCE,
    readings,
    seconds,
    perSecond: readings / seconds,
    cpuMsEach: cpuMs / patients.length,
    idle,
    meanwhile: atFullSpeed,
    halfSpeed: { people: paced.length, peoplePerSecond: pace, meanwhile: atHalfSpeed },
    target: SLOWDOWN_MAX,
  };
}

function missedBy({ ingest, queries, history, storage, uploading }: Omit<DeviceFigures, "missed">): string[] {
  return [
    ...(ingest.ratio > ingest.target ? ["adding"] : []),
    ...queries.filter(({ ratio, target }) => ratio > target).map(({ days }) => `query of ${days} days`),
    ...MEASURES.filter((it) => history.ratios[it] > history.target).map((it) => `summary: ${MEASURE_NAMES[it]}`),
    ...(storage.bytesEach > storage.target ? ["bytes a reading"] : []),
    ...(uploading.meanwhile.timesIdle > uploading.target ? ["GetClinic meanwhile"] : []),
  ];
}

const MEASURE_NAMES = { cpuMs: "CPU", ms: "time", rowsRead: "rows read", rowsWritten: "rows written" } as const;

/** The figures as lines. */
export function describeDevice({ ingest, queries, history, storage, uploading, missed }: DeviceFigures): string {
  const count = (n: number) => Math.round(n).toLocaleString("en");
  const against = (it: Compared) =>
    `${it.ratio.toFixed(2)}  (${it.lowest.toFixed(2)}–${it.highest.toFixed(2)}, ≤ ${it.target})  CPU ${it.productMs.toFixed(1)} ms, ${it.bareMs.toFixed(1)} ms`;
  const { long, short, ratios } = history;
  const { idle, meanwhile, halfSpeed } = uploading;
  const waited = (it: Meanwhile) =>
    `p50 ${it.p50.toFixed(1)} ms (idle ${idle.p50.toFixed(1)}), p95 ${it.p95.toFixed(1)} ms (idle ${idle.p95.toFixed(1)}), ${it.timesIdle.toFixed(1)} times idle`;
  return [
    "device data against a bare Worker with a bare Durable Object",
    `${against(ingest)}  AddData, ${count(ingest.readings)} readings in ${(ingest.bytes / 1024).toFixed(0)} KB`,
    ...queries.map(
      (it) =>
        `${against(it)}  QueryData, ${it.days} days, ${count(it.readings)} readings in ${(it.bytes / 1024).toFixed(0)} KB`,
    ),
    `one reading and the summary after it, with ${history.days} days of history against ${SHORT_HISTORY_DAYS} (≤ ${history.target})`,
    ...MEASURES.map(
      (it) => `${ratios[it].toFixed(2)}  ${MEASURE_NAMES[it]}: ${long[it].toFixed(1)}, ${short[it].toFixed(1)}`,
    ),
    `${storage.bytesEach.toFixed(1)} bytes a reading (≤ ${storage.target}), ${count(storage.readings)} of them added day by day`,
    `${count(uploading.people)} people upload a day each, ${uploading.atOnce} at once: ${count(uploading.perSecond)} readings a second, ${count(uploading.readings)} in ${uploading.seconds.toFixed(1)} s, CPU ${uploading.cpuMsEach.toFixed(1)} ms a person`,
    `GetClinic meanwhile: ${waited(meanwhile)} (≤ ${uploading.target}), ${meanwhile.requests} requests`,
    `GetClinic while ${halfSpeed.peoplePerSecond.toFixed(1)} people a second begin: ${waited(halfSpeed.meanwhile)}, ${halfSpeed.meanwhile.requests} requests`,
    missed.length === 0 ? "ok" : `MISSED  ${missed.join("; ")}`,
  ].join("\n");
}
