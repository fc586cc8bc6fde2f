import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { commandLine, giveUp, refuse } from "../scripts/command-line.ts";
import { localKeys } from "../scripts/local-keys.ts";
import { type LocalState, localState, ROOT, usableState } from "../scripts/local-state.ts";
import { lockOrGiveUp } from "../scripts/state-lock.ts";
import { acquaint } from "./acquaint.ts";
import {
  AGAINST_NAME,
  type AgainstFigures,
  benchAgainst,
  benchLimits,
  benchSmall,
  LIMITS_NAME,
  SMALL_NAME,
} from "./against.ts";
import { AUDIT_NAME, AUDIT_PARTS, type AuditFigures, type AuditSizes, benchAudit, describeAudit } from "./audit.ts";
import { benchBuild, BUILD_NAME, type BuildFigures } from "./build.ts";
import { copyOf, seededClinics, storagePerPatient } from "./data.ts";
import {
  benchDevice,
  describeDevice,
  DEVICE_NAME,
  DEVICE_PARTS,
  type DeviceFigures,
  type DeviceSizes,
} from "./device.ts";
import { benchDuplicates, type DuplicateFigures, DUPLICATES_NAME } from "./duplicates.ts";
import { benchEhr, describeEhr, EHR_NAME, EHR_PARTS, type EhrFigures, type EhrSizes } from "./ehr.ts";
import { GOALS, type GoalName, type Measured } from "./goals.ts";
import { benchHeap, HEAP_NAME, HEAP_PARTS, type HeapFigures } from "./heap.ts";
import { benchLoad, LOAD_NAME, LOAD_PARTS, type LoadFigures, type LoadSizes } from "./load.ts";
import { benchMerge, describeMerge, MERGE_NAME, MERGE_PARTS, type MergeFigures } from "./merge.ts";
import { benchMillion, MILLION_NAME, MILLION_PARTS, type MillionFigures } from "./million.ts";
import { median, WARM_UP_SECONDS } from "./pairs.ts";
import { MARK, NUMBER_HEADER, PLAN_HEADER, PLANS_PATH, RECORD_HEADER, type Recording, RUN_PATH } from "./protocol.ts";
import { benchReport, describeReport, REPORT_NAME, type ReportFigures } from "./report.ts";
import { benchRows, ROWS_NAME, type RowFigures } from "./rows.ts";
import { benchSeed, SEED_NAME, type SeedFigures } from "./seed.ts";
import { type BenchClinic, type Scenario, SCENARIOS } from "./scenarios.ts";
import { type Server, serve } from "./server.ts";
import { benchSuite, SUITE_NAME, type SuiteFigures } from "./suite.ts";
import { markdownTable, outcomesOf, outcomesSince, plainTable, sumOf, writeBetweenMarks } from "./table.ts";
import { benchTexts, describeTexts, TEXTS_NAME, type TextFigures } from "./texts.ts";
import { benchFhir, FHIR_NAME, type FhirFigures } from "./fhir.ts";
import { benchUnchanged, UNCHANGED_NAME, type UnchangedFigures } from "./unchanged.ts";
import { benchViewer, describeViewer, VIEWER_NAME, VIEWER_PAIRS, VIEWER_PARTS, type ViewerFigures } from "./viewer.ts";

const USAGE = `Measures what the service costs against the least it could cost, and how much room a patient takes.

For every scenario two processes are compared: the service, and a baseline that sends the same statements to the same rows
and answers with the same bytes. The figure is the CPU time of the one through that of the other, by request: the median
of interleaved pairs. Then two clinics of 50,000 patients, half of them in both, are merged and made two again, while a third one is read.
Rows and round trips of requests are counted, the bundle is built, and the test suite is run, too. Prints the figures, and last
a table with every figure to hold (bench/goals.ts), its goal, what was measured, and HOLDS or MISSED. Writes
bench/results.json; ends with 1 when a goal is missed or a part fails, with 0 otherwise.

  npm run bench -- [--quick] [--only TEXT] [--fresh] [--state DIR] [--write] [--against DIR]
                   [--before-limits DIR]

  --quick      clinics of 1,000 patients alone, three short pairs, a merge of 5,000, no test suite: whether it runs, not
               what to believe
  --only TEXT  only scenarios with TEXT in their name, and only these in the table; \`merge\` is the merge, \`texts\` requests
               with the largest texts, \`report\` drawing reports as PDF, \`jobs\` making and delivering the jobs of EHRs,
               \`viewer\` opening a report in Chromium, \`device\` adding, querying, summarising and storing data of
               devices, \`audit\` the audit trail, \`rows\` counting rows and round trips, \`build\` the bundle and the Worker's
               start, \`suite\` the tests, \`unchanged\` answers of 304, \`heap\` the memory of the isolate,
               \`fhir\` summaries as FHIR, \`million\` requests in a database of a million patients, \`duplicates\` patients that
               may be one person
  --against DIR  also compare with an earlier commit, checked out in DIR with its packages installed; \`--only against\` does
               nothing else, \`--only load\` has many work at once on both, \`--only seed\` fills databases by both, \`--only small\`
               compares reads and writes of one patient
  --before-limits DIR
               also compare simple reads with the commit before limits, tags and the trail, checked out like that;
               \`--only limits\` does nothing else
  --write      puts the figures into docs/figures.md, where those that were not measured stay, each with its day
  --fresh      fill the databases again; otherwise they are kept for the next run
  --state DIR  keep them in DIR (default .wrangler/bench)

Needs /proc to read CPU times from. Nothing else should run on the machine.`;

const SIZES = [1_000, 10_000, 50_000];
const MERGE_PATIENTS = 50_000;
const MERGE_PATIENTS_QUICK = 5_000;
const EHR_SIZES: EhrSizes = { delivered: 10_000, made: 50_000 };
const EHR_SIZES_QUICK: EhrSizes = { delivered: 500, made: 2_000 };
const DEVICE_SIZES: DeviceSizes = { pairs: 9, days: 365, people: 1_000 };
const AUDIT_SIZES: AuditSizes = { accesses: 10_000_000, pages: 65_600 };
const AUDIT_SIZES_QUICK: AuditSizes = { accesses: 200_000, pages: 5_000 };
const DEVICE_SIZES_QUICK: DeviceSizes = { pairs: 3, days: 60, people: 100 };
const LOAD_SIZES: LoadSizes = { patients: 50_000, merged: 1_000, rounds: 9, seconds: 10 };
const LOAD_SIZES_QUICK: LoadSizes = { patients: 1_000, merged: 100, rounds: 3, seconds: 3 };
const SEEDED = 10_000;
const MILLION_CLINICS = 20;
const MILLION_CLINICS_QUICK = 4;
const HEAP_REQUESTS = [5_000, 50_000] as const;
const HEAP_REQUESTS_QUICK = [500, 1_000] as const;
const PAIRS = 9;
/** Of requests that take next to no time: processes of the same code differ by two in a hundred from start to start. */
const SMALL_PAIRS = 7;
const SMALL_STARTS = 3;
const TABLE_FILE = path.join(ROOT, "docs", "figures.md");
/** A measurement takes about so long, so that the clock's and the collector's steps don't matter. */
const CPU_SECONDS = 0.8;
const REQUESTS_MIN = 8;
const REQUESTS_MAX = 600;

const given = commandLine(USAGE, {
  quick: { type: "boolean" },
  only: { type: "string" },
  fresh: { type: "boolean" },
  write: { type: "boolean" },
  state: { type: "string" },
  against: { type: "string" },
  "before-limits": { type: "string" },
});
if (given.write && given.quick) refuse("--write takes a run that is not quick", USAGE);
const sizes = given.quick ? SIZES.slice(0, 1) : SIZES;
const pairCount = given.quick ? 3 : PAIRS;
const cpuWanted = given.quick ? CPU_SECONDS / 3 : CPU_SECONDS;
const usual = path.join(ROOT, ".wrangler", given.quick ? "bench-quick" : "bench");
const { directory: base } = usableState(given.state ?? usual);
const productState = localState(path.join(base, "product"));
const baselineState = localState(path.join(base, "baseline"));
const beforeState = localState(path.join(base, "before"));
const beforeLimitsState = localState(path.join(base, "before-limits"));
const textsState = localState(path.join(base, "texts"));
const states = [
  productState,
  baselineState,
  beforeState,
  beforeLimitsState,
  textsState,
  ...[
    ...MERGE_PARTS,
    ...EHR_PARTS,
    ...VIEWER_PARTS,
    ...DEVICE_PARTS,
    ...AUDIT_PARTS,
    ...MILLION_PARTS,
    ...LOAD_PARTS,
    ...HEAP_PARTS,
  ].map((part) => localState(path.join(base, part))),
];
const tell = (line: string) => console.error(line);

interface Result {
  readonly scenario: string;
  readonly patients: number;
  readonly goal: GoalName;
  readonly target: number;
  readonly requestsEach: number;
  readonly roundTrips: number;
  readonly bytes: number;
  readonly productMs: number;
  readonly baselineMs: number;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly pairs: readonly { readonly productMs: number; readonly baselineMs: number }[];
}

const published = new Set(
  Object.values(
    (JSON.parse(readFileSync(path.join(ROOT, "public", "openapi.json"), "utf8")) as { paths: Record<string, object> })
      .paths,
  ).flatMap((item) =>
    Object.values(item as Record<string, { operationId?: string }>).map(({ operationId }) => operationId),
  ),
);

async function bench(): Promise<number> {
  for (const { directory } of states) lockOrGiveUp(usableState(directory), "server");
  if (given.fresh) for (const { persistTo } of states) rmSync(persistTo, { recursive: true, force: true });
  const isWanted = (name: string) => name.toLowerCase().includes((given.only ?? "").toLowerCase());
  const scenarios = SCENARIOS.filter(({ name }) => isWanted(name));
  let failed = 0;
  /** What a part has measured, when it is wanted; one that fails leaves the others be. */
  const part = async <F>(name: string, run: () => Promise<F>, isChosen = isWanted(name)): Promise<F | undefined> => {
    if (!isChosen) return undefined;
    chosen += 1;
    try {
      return await run();
    } catch (error) {
      failed += 1;
      console.error(`FAILED  ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return undefined;
    }
  };
  const { quick, against, "before-limits": beforeLimits } = given;
  const earlier = (before: string, state: LocalState) => ({
    before: path.resolve(before),
    states: { now: productState, before: state },
    sizes,
  });
  const measuring = { pairs: pairCount, cpuSeconds: cpuWanted };
  const ofSmall = { ...measuring, pairs: SMALL_PAIRS, starts: SMALL_STARTS };
  let chosen = 0;
  const figures: Figures = {
    rows: await part(ROWS_NAME, () => benchRows(productState, sizes, tell)),
    duplicates: await part(DUPLICATES_NAME, () => benchDuplicates(productState, sizes, tell)),
    requests: await part("requests", () => benchRequests(scenarios), scenarios.length > 0),
    texts: await part(TEXTS_NAME, async () =>
      benchTexts(textsState, (await seededClinics(textsState, [SIZES[0]!], tell))[0]!, tell),
    ),
    merge: await part(MERGE_NAME, () => benchMerge(base, quick ? MERGE_PATIENTS_QUICK : MERGE_PATIENTS, tell)),
    fhir: await part(FHIR_NAME, () => benchFhir(productState, sizes, measuring, tell)),
    unchanged: await part(UNCHANGED_NAME, () => benchUnchanged(productState, sizes, measuring, tell)),
    against: await part(
      AGAINST_NAME,
      () => benchAgainst(earlier(against!, beforeState), measuring, tell),
      against !== undefined && isWanted(AGAINST_NAME),
    ),
    small: await part(
      SMALL_NAME,
      () => benchSmall(earlier(against!, beforeState), quick ? measuring : ofSmall, tell),
      against !== undefined && isWanted(SMALL_NAME),
    ),
    limits: await part(
      LIMITS_NAME,
      () => benchLimits(earlier(beforeLimits!, beforeLimitsState), measuring, tell),
      beforeLimits !== undefined && isWanted(LIMITS_NAME),
    ),
    seed: await part(
      SEED_NAME,
      () => benchSeed(path.resolve(against!), { patients: quick ? 1_000 : SEEDED, pairs: pairCount }, tell),
      against !== undefined && isWanted(SEED_NAME),
    ),
    load: await part(
      LOAD_NAME,
      () => benchLoad(base, path.resolve(against!), quick ? LOAD_SIZES_QUICK : LOAD_SIZES, tell),
      against !== undefined && isWanted(LOAD_NAME),
    ),
    heap: await part(HEAP_NAME, () =>
      benchHeap(base, sizes.at(-1)!, quick ? HEAP_REQUESTS_QUICK : HEAP_REQUESTS, tell),
    ),
    million: await part(MILLION_NAME, () =>
      benchMillion(base, sizes.at(-1)!, quick ? MILLION_CLINICS_QUICK : MILLION_CLINICS, measuring, tell),
    ),
    build: await part(BUILD_NAME, () => benchBuild(tell)),
    suite: await part(SUITE_NAME, () => benchSuite(tell), isWanted(SUITE_NAME) && (!quick || given.only !== undefined)),
    reports: await part(REPORT_NAME, () => benchReport(tell)),
    ehr: await part(EHR_NAME, () => benchEhr(base, quick ? EHR_SIZES_QUICK : EHR_SIZES, tell)),
    viewer: await part(VIEWER_NAME, () => benchViewer(base, quick ? pairCount : VIEWER_PAIRS, tell)),
    device: await part(DEVICE_NAME, () => benchDevice(base, quick ? DEVICE_SIZES_QUICK : DEVICE_SIZES, tell)),
    audit: await part(AUDIT_NAME, () => benchAudit(base, quick ? AUDIT_SIZES_QUICK : AUDIT_SIZES, tell)),
  };
  if (chosen === 0) giveUp(`No scenario has ${given.only} in its name.`);
  const isHeld = report(figures);
  return isHeld && failed === 0 ? 0 : 1;
}

interface Figures {
  readonly rows: RowFigures | undefined;
  readonly duplicates: DuplicateFigures | undefined;
  readonly requests: RequestFigures | undefined;
  readonly fhir: FhirFigures | undefined;
  readonly unchanged: UnchangedFigures | undefined;
  readonly against: AgainstFigures | undefined;
  readonly small: AgainstFigures | undefined;
  readonly limits: AgainstFigures | undefined;
  readonly texts: TextFigures | undefined;
  readonly merge: MergeFigures | undefined;
  readonly seed: SeedFigures | undefined;
  readonly load: LoadFigures | undefined;
  readonly heap: HeapFigures | undefined;
  readonly million: MillionFigures | undefined;
  readonly build: BuildFigures | undefined;
  readonly suite: SuiteFigures | undefined;
  readonly reports: ReportFigures | undefined;
  readonly ehr: EhrFigures | undefined;
  readonly viewer: ViewerFigures | undefined;
  readonly device: DeviceFigures | undefined;
  readonly audit: AuditFigures | undefined;
}

interface RequestFigures {
  readonly storage: ReturnType<typeof storagePerPatient>;
  readonly results: readonly Result[];
}

async function benchRequests(scenarios: readonly Scenario[]): Promise<RequestFigures> {
  const seeded = await seededClinics(productState, sizes, tell);
  const storage = storagePerPatient(productState);
  copyOf(productState, baselineState);
  const keys = await localKeys(productState);
  const [product, baseline] = await Promise.all([
    serve("product", productState, keys.jwks),
    serve("baseline", baselineState, keys.jwks),
  ]);
  const results: Result[] = [];
  try {
    const service = await keys.signService("bench");
    for (const clinic of seeded) {
      const admin = await keys.signPerson({ userId: clinic.adminId });
      const known = await acquaint(product, clinic, admin);
      for (const scenario of scenarios) {
        if (scenario.onlyAt !== undefined && scenario.onlyAt !== clinic.patients) continue;
        if (!published.has(scenario.operation)) {
          if (clinic === seeded[0]) tell(`${scenario.operation} is not published: left out`);
          continue;
        }
        const token = scenario.caller === "admin" ? admin : service;
        const result = await measure(scenario, known, token, product, baseline);
        results.push(result);
        tell(`${result.ratio.toFixed(2)}  ${scenario.name}, ${clinic.patients} patients`);
      }
    }
  } finally {
    await Promise.all([product.stop(), baseline.stop()]);
  }
  return { storage, results };
}

let lastNumber = Number(MARK);

async function measure(
  scenario: Scenario,
  clinic: BenchClinic,
  token: string,
  product: Server,
  baseline: Server,
): Promise<Result> {
  const body = scenario.body && JSON.stringify(scenario.body(clinic));
  const send = (server: Server, headers: Record<string, string> = {}, number = MARK) =>
    fetch(`${server.url}${scenario.path(clinic)}`, {
      method: scenario.method,
      headers: {
        "x-tidepool-session-token": token,
        // The baseline's bytes are these; compressing would be the local server's work, not the Worker's.
        "accept-encoding": "identity",
        [PLAN_HEADER]: "0",
        [NUMBER_HEADER]: number,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      body: body?.replaceAll(MARK, number) ?? null,
    });
  const cleanup = async (server: Server) => {
    if (scenario.cleanup === undefined) return;
    const statement = JSON.stringify({ text: scenario.cleanup, params: [clinic.clinicId] });
    const response = await fetch(`${server.url}${RUN_PATH}`, { method: "POST", body: statement });
    if (!response.ok) throw new Error(`cleaning up answered ${response.status}`);
  };

  // What lists are chosen from is read by the first request, and only its changes by those that follow.
  if (scenario.method === "GET") await (await send(product)).arrayBuffer();
  const recording = await (await send(product, { [RECORD_HEADER]: "1" })).json<Recording>();
  if (recording.status >= 300) throw new Error(`${scenario.name} answered ${recording.status}: ${recording.body}`);
  await cleanup(product);
  const plan = body?.includes(MARK) ? numbered(recording) : recording;
  await fetch(`${baseline.url}${PLANS_PATH}`, { method: "POST", body: JSON.stringify([plan]) });

  const requests = async (server: Server, count: number): Promise<number> => {
    const before = server.cpu();
    for (let i = 0; i < count; i++) {
      const response = await send(server, {}, body?.includes(MARK) ? String(++lastNumber) : MARK);
      const bytes = await response.arrayBuffer();
      if (response.status !== recording.status || bytes.byteLength !== Buffer.byteLength(recording.body)) {
        throw new Error(
          `${scenario.name}: ${response.status} with ${bytes.byteLength} bytes was not what was recorded`,
        );
      }
    }
    const seconds = server.cpu() - before;
    await cleanup(server);
    return (1000 * seconds) / count;
  };
  if (scenario.method === "GET") {
    for (const server of [product, baseline]) {
      if ((await (await send(server)).text()) !== recording.body)
        throw new Error(`${scenario.name}: other bytes than recorded`);
    }
  }

  const most = scenario.requestsMax ?? REQUESTS_MAX;
  const warm = async (server: Server) => {
    let cost = await requests(server, REQUESTS_MIN);
    const until = server.cpu() + WARM_UP_SECONDS;
    while (server.cpu() < until) cost = await requests(server, requestsFor(cost, most));
    return cost;
  };
  await warm(baseline);
  const count = requestsFor(await warm(product), most);
  const pairs: { productMs: number; baselineMs: number }[] = [];
  for (let pair = 0; pair < pairCount; pair++) {
    const measured = { productMs: 0, baselineMs: 0 };
    const order = pair % 2 === 0 ? (["product", "baseline"] as const) : (["baseline", "product"] as const);
    for (const which of order) {
      measured[`${which}Ms`] = await requests(which === "product" ? product : baseline, count);
    }
    pairs.push(measured);
  }
  const ratios = pairs.map(({ productMs, baselineMs }) => productMs / baselineMs);
  return {
    scenario: scenario.name,
    patients: clinic.patients,
    goal: scenario.goal,
    target: GOALS[scenario.goal].limit,
    requestsEach: count,
    roundTrips: recording.batches.length,
    bytes: Buffer.byteLength(recording.body),
    productMs: median(pairs.map(({ productMs }) => productMs)),
    baselineMs: median(pairs.map(({ baselineMs }) => baselineMs)),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    pairs,
  };
}

const requestsFor = (costMs: number, most: number) =>
  Math.max(REQUESTS_MIN, Math.min(most, Math.ceil((1000 * cpuWanted) / costMs)));

/** The recording of a creation with the new id made one that can be numbered, too. */
function numbered(recording: Recording): Recording {
  const { id } = JSON.parse(recording.body) as { id: string };
  return JSON.parse(JSON.stringify(recording).replaceAll(id, id.slice(0, -MARK.length) + MARK)) as Recording;
}

const most = (values: readonly number[]) => Math.max(...values);

/** What was measured, by the goals. Of several figures for a goal the worst counts. */
function measuredOf({
  rows,
  duplicates,
  requests,
  fhir,
  unchanged,
  against,
  small,
  limits,
  seed,
  load,
  heap,
  million,
  texts,
  merge,
  build,
  suite,
  reports,
  ehr,
  viewer,
  device,
  audit,
}: Figures): Measured {
  const cpu: Measured = {};
  for (const { goal, ratio } of requests?.results ?? []) cpu[goal] = most([cpu[goal] ?? 0, ratio]);
  return {
    ...rows?.measured,
    ...duplicates?.measured,
    ...cpu,
    ...(requests && { storage: requests.storage.bytesEach }),
    ...(texts && { textsCpu: most(texts.rows.map(({ ratio }) => ratio)) }),
    ...(merge && {
      mergeAnswer: most(merge.courses.map(({ answerMs }) => answerMs)) / 1000,
      mergeBatch: most(merge.courses.map(({ longestBatchMs }) => longestBatchMs)),
      mergeReads: most(merge.courses.flatMap(({ meanwhile }) => Object.values(meanwhile).map((it) => it.timesIdle))),
    }),
    ...fhir?.measured,
    ...unchanged?.measured,
    ...against?.measured,
    ...small?.measured,
    ...limits?.measured,
    ...seed?.measured,
    ...load?.measured,
    ...heap?.measured,
    ...million?.measured,
    ...build?.measured,
    ...suite?.measured,
    ...(reports && { reportCpu: reports.ratio, reportBytes: reports.bytes / 1024 }),
    ...(ehr && {
      ehrJobs: ehr.delivery.perSecond,
      ehrTrips: ehr.delivery.roundTripsEach,
      ehrReads: ehr.delivery.meanwhile.timesIdle,
      ehrMaking: ehr.making.ms / 1000,
      ehrBatch: ehr.making.longestBatchMs,
    }),
    ...(viewer && { viewerTime: viewer.ratio, viewerBytes: viewer.viewerBytes / viewer.bareBytes }),
    ...(device && {
      addData: device.ingest.ratio,
      queryData: most(device.queries.map(({ ratio }) => ratio)),
      history: most(Object.values(device.history.ratios)),
      readingBytes: device.storage.bytesEach,
      uploadReads: device.uploading.meanwhile.timesIdle,
    }),
    ...audit?.measured,
  };
}

/**
 * Prints what was measured, and last the table of the goals; writes both down. What was not measured this time stays as it was
 * written, the table is of this run alone. Whether every figure holds.
 */
function report(figures: Figures): boolean {
  const {
    rows,
    duplicates,
    requests,
    texts,
    merge,
    build,
    suite,
    reports,
    ehr,
    viewer,
    device,
    fhir,
    unchanged,
    against,
    small,
    limits,
    seed,
    load,
    heap,
    million,
    audit,
  } = figures;
  if (requests) printRequests(requests);
  if (texts) console.log(`\n${describeTexts(texts)}`);
  if (merge) console.log(`\n${describeMerge(merge)}`);
  if (reports) console.log(`\n${describeReport(reports)}`);
  if (ehr) console.log(`\n${describeEhr(ehr)}`);
  if (viewer) console.log(`\n${describeViewer(viewer)}`);
  if (device) console.log(`\n${describeDevice(device)}`);
  if (audit) console.log(`\n${describeAudit(audit)}`);
  const at = new Date().toISOString();
  const outcomes = outcomesOf(measuredOf(figures), given.only === undefined, at.slice(0, 10));
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
  const notes = [
    ...(given.quick
      ? ["A quick run: small clinics and few pairs; it says whether the benchmark runs, not what to believe."]
      : []),
    ...(given.only === undefined ? [] : [`Only what has "${given.only}" in its name was measured.`]),
  ];
  console.log(`\n${plainTable(outcomes)}\n\n${[sumOf(outcomes), ...notes].join("\n")}`);

  const file = path.join(ROOT, "bench", "results.json");
  const former = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
  const run = { at, quick: given.quick ?? false, machine };
  const all = {
    ...former,
    ...(requests && { ...run, pairs: pairCount, ...requests }),
    ...Object.fromEntries(
      Object.entries({
        rows,
        duplicates,
        fhir,
        unchanged,
        against,
        small,
        limits,
        seed,
        load,
        heap,
        million,
        merge,
        texts,
        build,
        suite,
        reports,
        ehr,
        viewer,
        device,
        audit,
      })
        .filter(([, it]) => it !== undefined)
        .map(([name, it]) => [name, { ...run, ...it }]),
    ),
    table: { ...run, ...(given.only !== undefined && { only: given.only }), outcomes },
  };
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
  console.log(`written to ${path.relative(process.cwd(), file)}`);
  if (given.write) {
    writeBetweenMarks(TABLE_FILE, (written) => {
      const all = outcomesSince(written, outcomes);
      const where = `Measured last on ${at.slice(0, 10)} with ${machine.cores} cores (${machine.cpu}): ${sumOf(all)}.`;
      return `${where}\n\n${markdownTable(all)}`;
    });
    console.log(`and to ${path.relative(process.cwd(), TABLE_FILE)}`);
  }
  return !outcomes.some(({ verdict }) => verdict === "MISSED");
}

function printRequests({ results, storage }: RequestFigures): void {
  const isStored = storage.bytesEach <= GOALS.storage.limit;
  const rows = results.map((it) => [
    it.scenario,
    it.patients.toLocaleString("en"),
    it.productMs.toFixed(2),
    it.baselineMs.toFixed(2),
    it.ratio.toFixed(2),
    `${it.lowest.toFixed(2)}–${it.highest.toFixed(2)}`,
    `≤ ${it.target}`,
    it.ratio > it.target ? "MISSED" : "ok",
  ]);
  const head = ["scenario", "patients", "CPU ms", "baseline ms", "ratio", "range", "target", ""];
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((cell, i) => (i === 0 || i > 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd(),
    );
  }
  console.log(
    `\nstorage: ${Math.round(storage.bytesEach)} bytes a patient with ${storage.periodsEach.toFixed(1)} periods (≤ ${GOALS.storage.limit}: ${isStored ? "ok" : "MISSED"}), of ${storage.patients.toLocaleString("en")}`,
  );
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
if (process.platform !== "linux") giveUp("CPU times are read from /proc: this runs on Linux alone.");
try {
  process.exitCode = await bench();
} catch (error) {
  giveUp(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
