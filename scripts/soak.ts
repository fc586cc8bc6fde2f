import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, wholeNumber } from "./command-line.ts";
import { DEMO_EHR, LOCAL_VERIFICATION_TOKEN } from "./demo-data.ts";
import { openLocalDatabase } from "./local-database.ts";
import { localKeys } from "./local-keys.ts";
import { expectNumbers, oneNumber } from "./merge-end-state.ts";
import { randomOf, syntheticSummary } from "./synthetic.ts";
import { type Answer, as, call, check, expect, finish, killServer, startServer, state, stopServer } from "./trial.ts";

const USAGE = `Puts a server under a mix of requests, orders of an EHR, uploads of device data and merges, and kills it every 30
seconds, on a state directory that is removed afterwards. Everybody repeats what was not answered, with the same Idempotency-Key.
In the end every write that was acknowledged is there, and every mail, report and message that was promised exists once; a
message to an EHR may have come again where the server died between sending and recording it: at most once for each kill. Prints
how far it is every few seconds, and a line for each check; ends with 1 when one of them failed.

  npm run soak -- [--minutes N]

  --minutes N  how long it goes on, without the end of what is under way (default 10)`;

const MINUTES_MAX = 24 * 60;
const { minutes: asked } = commandLine(USAGE, { minutes: { type: "string" } });
const minutes = wholeNumber("minutes", asked, { fallback: 10, min: 1, max: MINUTES_MAX, usage: USAGE });
const KILL_EVERY_MS = 30_000;
const TELL_EVERY_MS = 10_000;
/** Longer than the lease of a job that was killed, and the minute until the cron looks. */
const ENDED_WITHIN_MS = 480_000;
/** It is restarted beside everybody who goes on trying. */
const READY_WITHIN_MS = 180_000;
const LOOK_MS = 2_000;
const PAUSE_MS = 250;
const TOKEN_HOURS = 48;
const DATA_AT_ONCE = 20;
const MINUTE_MS = 60_000;

const started = performance.now();
const tell = (line: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`);

let server: Awaited<ReturnType<typeof startServer>>;
if (!(await check("the server starts", async () => void (server = await startServer(READY_WITHIN_MS))))) finish();
const keys = await localKeys(state);
const service = as(await keys.signService("soak", TOKEN_HOURS));
const personOf = async (userId: string) =>
  as(await keys.signPerson({ userId, email: `${userId}@soak.example`, name: `Soak ${userId}` }, TOKEN_HOURS));
const [admin, uploader] = [await personOf("50a4000001"), await personOf("50a4000002")];

const until = Date.now() + minutes * MINUTE_MS;
const isOver = () => Date.now() >= until;
let kills = 0;
const counts = { acknowledged: 0, repeated: 0 };
const faults: string[] = [];
let lastKey = 0;

/** A member may invite a hundred people an hour. */
const INVITED_MAX = 90;
/** Who is told to come back later than this was refused. */
const RETRY_SECONDS_MAX = 60;

/** Sends a write until it is answered, always with the same key; the answer that was no failure of the server. */
async function write(method: string, url: string, who: Record<string, string>, body?: object): Promise<Answer> {
  const headers = { ...who, "idempotency-key": `soak-${++lastKey}` };
  for (let tries = 1; ; tries++) {
    const answer = await call(method, url, headers, body).catch(() => undefined);
    // Without a body of ours it is of the proxy in front of a server that is gone.
    const isOurs = answer?.text.startsWith("{") || answer?.text.startsWith("[") || answer?.text === "";
    const isFinal =
      answer &&
      answer.status < 500 &&
      (answer.status !== 429 || Number(answer.headers.get("retry-after")) > RETRY_SECONDS_MAX);
    if (isOurs && isFinal) {
      counts.acknowledged += 1;
      if (answer.status >= 300)
        faults.push(`${method} ${url.replace(/\?.*/, "")}: ${answer.status} ${answer.text.slice(0, 150)}`);
      return answer;
    }
    if (answer?.status === 500 && isOurs && answer.text.includes('"code":500')) faults.push(`${method} ${url}: 500`);
    counts.repeated += 1;
    await sleep(500);
  }
}
const made = async (...it: Parameters<typeof write>) => JSON.parse((await write(...it)).text) as Record<string, string>;

/** Everything that was acknowledged. */
const patients: { clinicId: string; id: string; name: string; mrn: string }[] = [];
const invited: string[] = [];
const orders: { id: string; mrn: string; isNew: boolean }[] = [];
const reports: { clinicId: string; patientId: string; id: string }[] = [];
const readings: string[] = [];
/** The clinics that were merged into the target. */
const merges: string[] = [];
/** What the EHR and the mailbox got, by their numbers: they keep the last five hundred. */
const messages = new Map<number, { model: string; orderId: string }>();
const mails = new Map<number, { to: string }>();

async function look(): Promise<void> {
  for (const [url, into] of [
    ["/sandbox/redox/messages.json", messages],
    ["/sandbox/mailbox.json", mails],
  ] as const) {
    const answer = await call("GET", url).catch(() => undefined);
    if (answer?.status !== 200) continue;
    for (const head of JSON.parse(answer.text) as { id: number }[]) into.set(head.id, head as never);
  }
}

const CLINIC = {
  name: "Soak",
  preferredBgUnits: "mg/dL",
  address: "1 Main Street",
  city: "Springfield",
  state: "IL",
  postalCode: "62701",
  country: "US",
  clinicType: "provider_practice",
  timezone: "US/Central",
};
const newClinic = async (name: string) => {
  const { id } = await made("POST", "/v1/clinics", admin, { ...CLINIC, name });
  await write("PUT", `/v1/clinics/${id}/settings/mrn`, service, { required: false, unique: true });
  await write("POST", `/v1/clinics/${id}/tier`, service, { tier: "tier0300" });
  return id!;
};
let lastPerson = 0;
/** Makes a patient of a clinic, whose name and MRN nobody else has. */
async function newPatient(clinicId: string) {
  const n = ++lastPerson;
  const record = { fullName: `Soak P${n}`, birthDate: "1980-01-31", mrn: `SOAK-${n}` };
  const { id } = await made("POST", `/v1/clinics/${clinicId}/patients`, admin, record);
  const patient = { clinicId, id: id!, name: record.fullName, mrn: record.mrn };
  patients.push(patient);
  return { patient, record };
}

const HABITS = {
  glucose: 7,
  improvement: 0,
  variation: 0.3,
  wear: 0.9,
  minutesPerRecord: 5,
  fingersticksPerDay: 1,
  daysOfHistory: 30,
};
async function giveData(id: string): Promise<void> {
  const habits = { ...HABITS, lastDataAt: Date.now() };
  const summary = syntheticSummary(randomOf(id), habits, ["cgm"], Date.now());
  await write("POST", `/v1/patients/${id}/summary`, service, summary ?? {});
}

const sourceId = "soak-ehr";
const procedureCodes = DEMO_EHR.procedureCodes;
async function order(code: string, mrn: string, name: string): Promise<string> {
  const id = `soak-${++lastKey}`;
  const [FirstName, LastName] = name.split(" ");
  const body = {
    Meta: {
      DataModel: "Order",
      EventType: "New",
      EventDateTime: new Date().toISOString(),
      Source: { ID: sourceId },
      Logs: [{ ID: id }],
    },
    Patient: {
      Identifiers: [{ ID: mrn, IDType: "MRN" }],
      Demographics: { FirstName, LastName, DOB: "1980-01-31" },
    },
    Order: { ID: id, Procedure: { Code: code } },
  };
  await write("POST", "/v1/redox", { "verification-token": LOCAL_VERIFICATION_TOKEN }, body);
  return id;
}

const clinicId = await newClinic("Soak");
const ehrClinicId = await newClinic("Soak EHR");
await write("PUT", `/v1/clinics/${ehrClinicId}/settings/ehr`, service, {
  enabled: true,
  provider: "redox",
  sourceId,
  destinationIds: { flowsheet: "soak-flowsheet", notes: "soak-notes", results: "soak-results" },
  procedureCodes,
  mrnIdType: "MRN",
  scheduledReports: { cadence: "DISABLED", onUploadEnabled: false },
  tags: {},
  flowsheets: { icode: false },
});
const targetId = await newClinic("Soak Target");
const opened = await made("POST", "/v1/users/50a4000002/data_sets", uploader, { dataSetType: "continuous" });
const dataSetId = (opened.data as unknown as { id: string }).id;

/** What everybody does, again and again, until time is up. */
const WORK: Readonly<Record<string, () => Promise<void>>> = {
  async patients() {
    const { patient, record } = await newPatient(clinicId);
    for (let n = 1; n <= 2; n++) {
      const name = `${record.fullName} v${n}`;
      await write("PUT", `/v1/clinics/${clinicId}/patients/${patient.id}`, admin, { ...record, fullName: name });
      patient.name = name;
    }
  },
  async invitations() {
    const email = `invited-${++lastKey}@soak.example`;
    await write("POST", `/v1/clinics/${clinicId}/invites/clinicians`, admin, { email, roles: ["CLINIC_MEMBER"] });
    invited.push(email);
    await sleep(Math.max(1_500, (minutes * MINUTE_MS) / INVITED_MAX));
  },
  async orders() {
    const { patient } = await newPatient(ehrClinicId);
    await giveData(patient.id);
    const id = await order(procedureCodes.enableSummaryReports, patient.mrn, patient.name);
    orders.push({ id, mrn: patient.mrn, isNew: false });
    const mrn = `SOAK-NEW-${++lastKey}`;
    orders.push({ id: await order(procedureCodes.createAccount, mrn, `Nora N${lastKey}`), mrn, isNew: true });
    await sleep(2_000);
  },
  async reports() {
    const { patient } = await newPatient(clinicId);
    await giveData(patient.id);
    const { id } = await made("POST", `/v1/clinics/${clinicId}/patients/${patient.id}/reports`, admin, {});
    reports.push({ clinicId, patientId: patient.id, id: id! });
    await sleep(2_000);
  },
  async uploads() {
    const from = Date.now() - 86_400_000 * 20 + readings.length * MINUTE_MS;
    const times = Array.from({ length: DATA_AT_ONCE }, (_, n) => new Date(from + n * MINUTE_MS).toISOString());
    const data = times.map((time) => ({ type: "cbg", units: "mmol/L", value: 6.5, time, deviceId: "Soak-1" }));
    const { status } = await write("POST", `/v1/data_sets/${dataSetId}/data`, uploader, data);
    if (status < 300) readings.push(...times);
  },
  async merges() {
    const sourceClinicId = await newClinic(`Soak source ${++lastKey}`);
    for (let n = 0; n < 3; n++) await newPatient(sourceClinicId);
    const answer = await write(
      "POST",
      `/v1/clinics/${targetId}/merge`,
      { ...service, prefer: "respond-async" },
      { sourceId: sourceClinicId },
    );
    const id =
      answer.headers.get("location")?.split("/").at(-1) ??
      (JSON.parse(answer.text || "{}") as { id?: string }).id ??
      "";
    for (const patient of patients) if (patient.clinicId === sourceClinicId) patient.clinicId = targetId;
    merges.push(sourceClinicId);
    if (answer.status >= 300) return;
    // A clinic takes part in one merge at a time.
    const isDone = async () => {
      const { status, text } =
        (await call("GET", `/v1/clinics/${targetId}/merges/${id}`, service).catch(() => undefined)) ?? {};
      return status === 200 && text !== undefined && (JSON.parse(text) as { phase: string }).phase === "done";
    };
    while (!(await isDone())) await sleep(1_000);
  },
};

const workers = Object.entries(WORK).map(async ([name, work]) => {
  while (!isOver()) {
    await work().catch((error: unknown) => faults.push(`${name}: ${String(error)}`));
    await sleep(PAUSE_MS);
  }
});
const looking = setInterval(() => void look(), LOOK_MS);
const telling = setInterval(() => {
  const left = Math.max(0, Math.round((until - Date.now()) / 1000));
  tell(
    `${counts.acknowledged} answered, ${counts.repeated} repeated, ${messages.size} messages, ${mails.size} mails, ${merges.length} merges, ${kills} kills; ${left} s left`,
  );
}, TELL_EVERY_MS);

while (!isOver()) {
  await sleep(Math.min(KILL_EVERY_MS, Math.max(0, until - Date.now())));
  await killServer(server!.child);
  kills += 1;
  tell("killed");
  server = await startServer(READY_WITHIN_MS);
}
tell("waiting for what is under way");
await Promise.all(workers);

const database = openLocalDatabase(state, { readOnly: true });
const waiting = () =>
  oneNumber(
    database,
    "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending') AND kind NOT LIKE '%reminder%'",
  );
await check("everything in the outbox comes to its end", async () => {
  const end = Date.now() + ENDED_WITHIN_MS;
  while (waiting() > 0) {
    if (Date.now() > end) throw new Error(`${waiting()} entries are left`);
    await sleep(1_000);
  }
  expect(oneNumber(database, "SELECT count(*) FROM outbox WHERE state = 'failed'"), 0, "failed entries");
});
clearInterval(looking);
await look();
clearInterval(telling);

await check(`no request of ${counts.acknowledged} was refused or failed for a reason of the server's`, async () =>
  expect(faults.slice(0, 5).join("; "), "", "refusals"),
);
await check(`each of ${patients.length} patients is there once, as last acknowledged`, async () => {
  for (const { clinicId: where, id, name, mrn } of patients) {
    const found = database
      .prepare("SELECT clinic_id, full_name FROM patients WHERE user_id = ? OR mrn = ?")
      .all(id, mrn);
    expect(JSON.stringify(found), JSON.stringify([{ clinic_id: where, full_name: name }]), `patient ${mrn}`);
  }
});
await check(`each of ${invited.length} invitations is there once, with one mail`, async () => {
  for (const email of invited) {
    expect(
      oneNumber(database, "SELECT count(*) FROM clinicians WHERE clinic_id = ? AND email = ?", clinicId, email),
      1,
      email,
    );
    expect([...mails.values()].filter(({ to }) => to === email).length, 1, `mails to ${email}`);
  }
});
await check(`each of ${reports.length} reports is there once, and can be read`, async () => {
  for (const { clinicId: where, patientId, id } of reports) {
    const path = `/v1/clinics/${where}/patients/${patientId}/reports`;
    const listed = JSON.parse((await call("GET", path, admin)).text) as { id: string }[];
    expect(listed.map((it) => it.id).join(), id, "reports of a patient");
    expect((await call("GET", `${path}/${id}`, admin)).status, 200, "status of a report");
  }
});
await check(`each of ${readings.length} readings is there once`, async () => {
  const found = JSON.parse((await call("GET", "/data/50a4000002?type=cbg", uploader)).text) as { time: string }[];
  expect(found.length, readings.length, "readings");
  expect(new Set(found.map(({ time }) => Date.parse(time))).size, readings.length, "times of readings");
});
await check(`each of ${orders.length} orders was applied once, and answered`, async () => {
  const again: string[] = [];
  for (const { id, mrn, isNew } of orders) {
    expect(
      oneNumber(database, "SELECT count(*) FROM patients WHERE clinic_id = ? AND mrn = ?", ehrClinicId, mrn),
      1,
      mrn,
    );
    const got = [...messages.values()].filter(({ orderId }) => orderId === id).map(({ model }) => model);
    for (const model of isNew ? ["Results"] : ["Results", "Flowsheet", "Notes"]) {
      const n = got.filter((it) => it === model).length;
      if (n === 0) throw new Error(`no ${model} for ${id}`);
      for (let more = 1; more < n; more++) again.push(`${model} of ${id}`);
    }
  }
  console.log(
    `        ${again.length} messages came again after ${kills} kills${again.length > 0 ? `: ${again.join(", ")}` : ""}`,
  );
  expect(again.length <= kills, true, "a message again for each kill at the most");
});
await check(`each of ${merges.length} merges is done, with everybody in the target once`, async () => {
  for (const merged of merges) {
    expect(
      oneNumber(database, "SELECT count(*) FROM merges WHERE source_id = ? AND phase = 'done'", merged),
      1,
      "merges",
    );
    expect(oneNumber(database, "SELECT count(*) FROM clinics WHERE id = ?", merged), 0, "sources");
  }
  expect(oneNumber(database, "SELECT count(*) FROM merge_participants"), 0, "claimed clinics");
});
await check("the numbers of each clinic are those of a recount", async () => {
  for (const id of [clinicId, ehrClinicId, targetId]) expectNumbers(database, id);
});
database.close();
await check("the server stops when it is told to", () => stopServer(server!.child));
tell(`${counts.acknowledged} answered, ${counts.repeated} repeated, ${kills} kills`);
finish();
