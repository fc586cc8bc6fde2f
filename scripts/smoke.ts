import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { commandLine } from "./command-line.ts";
import type { Demo } from "./demo-data.ts";
import { callEveryOperation } from "./every-operation.ts";
import { ROOT } from "./local-state.ts";
import {
  as,
  baseUrl,
  call,
  check,
  directory,
  expect,
  finish,
  killServer,
  port,
  run,
  startServer,
  state,
  stopServer,
  token,
} from "./trial.ts";

const USAGE = `Starts a server as \`npm run dev\` does, on an empty state directory that is removed afterwards, and goes
through what its users do first. Prints a line for each check; ends with 1 when one of them failed.

  npm run test:smoke`;

commandLine(USAGE, {});

const DEMO_PATIENTS = 17;
/** Two are entered once more, without data: the workspace lists them as possible duplicates. */
const WITHOUT_SUMMARY = 2;
const SYNTHETIC_PATIENTS = 40;
/** Of two patients: what is more than a day's goes to the next. */
const SEEDED_READINGS = 300;
const MAIL_WITHIN_MS = 20_000;
const SWEPT_WITHIN_MS = 90_000;
/** After this long a message that was sent to a queue has been delivered. */
const MAIL_SETTLED_MS = 3_000;
const POLL_MS = 500;
const DAY_MS = 86_400_000;
const ORPHAN_ENDED_WITHIN_MS = 5_000;

interface PatientList {
  readonly data: readonly {
    readonly id: string;
    readonly mrn?: string;
    readonly summary?: { readonly cgmStats?: { readonly periods?: Record<string, object> } };
  }[];
  readonly meta: { readonly count: number };
}

async function listPatients(clinicId: string, sessionToken: string): Promise<PatientList> {
  const answer = await call("GET", `/v1/clinics/${clinicId}/patients?limit=100`, as(sessionToken));
  expect(answer.status, 200, "status");
  return JSON.parse(answer.text) as PatientList;
}

let server: Awaited<ReturnType<typeof startServer>> | undefined;
const isUp = await check("the server starts on an empty directory", async () => {
  server = await startServer();
});
if (!isUp || !server) process.exit(1);

await check("/health and /ready answer", async () => {
  for (const url of ["/health", "/ready"]) expect((await call("GET", url)).status, 200, url);
});

await check("/docs and all it loads are served, under a strict policy", async () => {
  const page = await call("GET", "/docs");
  expect(page.status, 200, "/docs");
  expect(page.headers.get("content-security-policy")?.startsWith("default-src 'none'"), true, "the policy is strict");
  for (const [, url] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    expect((await call("GET", url ?? "")).status, 200, url ?? "");
  }
});

await check("/openapi.json describes the API", async () => {
  const answer = await call("GET", "/openapi.json");
  expect(answer.status, 200, "status");
  const { paths } = JSON.parse(answer.text) as { paths: Record<string, object> };
  expect("/v1/clinics/{clinicId}/patients" in paths, true, "the patients of a clinic are described");
});

const CLINICS = path.join(ROOT, "build", "client", "clinics.js");
const demo = await readDemo();
const admin = await token("--user", demo?.adminId ?? "0000000000");

await check("the demo clinic has its patients", async () => {
  expect(
    (await listPatients(demo?.clinicId ?? "", admin)).meta.count,
    DEMO_PATIENTS,
    "patients, the demo patient among them",
  );
});

await check("no traces of requests are stored", async () => {
  expect(existsSync(path.join(state.persistTo, "v3", "observability")), false, "a store of traces");
});

await check("the demo patients have summaries, and each category of a TIDE report somebody", async () => {
  const { data } = await listPatients(demo?.clinicId ?? "", admin);
  expect(data.filter(({ summary }) => summary === undefined).length, WITHOUT_SUMMARY, "patients without a summary");
  const clinic = JSON.parse((await call("GET", `/v1/clinics/${demo?.clinicId}`, as(admin))).text) as {
    patientTags: readonly { id: string; name: string }[];
  };
  const tag = clinic.patientTags.find(({ name }) => name === "Remote monitoring")?.id;
  const cutoff = new Date(Date.now() - 7 * DAY_MS).toISOString();
  const report = async (query: string) => {
    const url = `/v1/clinics/${demo?.clinicId}/tide_report?period=14d&tags=${tag}&lastDataCutoff=${cutoff}${query}`;
    return (JSON.parse((await call("GET", url, as(admin))).text) as { results: Record<string, readonly object[]> })
      .results;
  };
  const usual = Object.entries(await report(""));
  expect(usual.length, 8, "lists of a report");
  for (const [category, found] of usual) expect(found.length > 0, true, `somebody in ${category}`);
  for (const category of ["timeInExtremeHighPercent", "timeInTargetPercent"]) {
    expect((await report(`&categories=${category}`))[category]!.length > 0, true, `somebody in ${category}`);
  }
});

await check("devices of demo patients have uploaded readings, and primes of tubing and cannula", async () => {
  const { data } = await listPatients(demo?.clinicId ?? "", admin);
  const { id } = data.find(({ mrn }) => mrn === "HE-1013") ?? { id: "" };
  const answer = await call("GET", `/data/${id}`, as(admin));
  expect(answer.status, 200, "status");
  const uploaded = JSON.parse(answer.text) as { type: string; subType?: string; primeTarget?: string }[];
  for (const type of ["cbg", "smbg", "basal", "bolus", "wizard", "food", "pumpSettings", "upload"]) {
    expect(
      uploaded.some((it) => it.type === type),
      true,
      type,
    );
  }
  for (const target of ["tubing", "cannula"]) {
    expect(
      uploaded.some(({ subType, primeTarget }) => subType === "prime" && primeTarget === target),
      true,
      target,
    );
  }
});

await check("a request without a token, and a stranger's, are refused", async () => {
  const patients = `/v1/clinics/${demo?.clinicId}/patients`;
  expect((await call("GET", patients)).status, 400, "status without a token");
  expect((await call("GET", patients, as("nonsense"))).status, 401, "status with a bad token");
  expect((await call("GET", patients, as(await token("--user", "ffffffffff")))).status, 403, "status for a stranger");
});

await check("a service sees the demo clinics", async () => {
  const answer = await call("GET", "/v1/clinics", as(await token("--service", "smoke")));
  expect(answer.status, 200, "status");
  expect((JSON.parse(answer.text) as object[]).length, 4, "clinics");
});

await check("a person creates a clinic, once, however often the request is repeated", async () => {
  const mine = as(await token("--user", "5a5a5a5a5a", "--email", "owner@smoke.example", "--name", "Owen Smith"));
  const clinic = { name: "Smoke Test Clinic", preferredBgUnits: "mg/dL", country: "US" };
  const keyed = { ...mine, "idempotency-key": "smoke-1" };
  const first = await call("POST", "/v1/clinics", keyed, clinic);
  expect(first.status, 200, "status");
  const again = await call("POST", "/v1/clinics", keyed, clinic);
  expect(again.headers.get("idempotent-replayed"), "true", "idempotent-replayed");
  const { id } = JSON.parse(first.text) as { id: string };
  expect((JSON.parse(again.text) as { id: string }).id, id, "id of the repeated answer");
  const read = await call("GET", `/v1/clinics/${id}`, mine);
  expect((JSON.parse(read.text) as { name: string }).name, clinic.name, "name");
});

interface MailHead {
  readonly id: number;
  readonly to: string;
  readonly subject: string;
}

/** The mails an address has got. */
async function mailsTo(address: string): Promise<MailHead[]> {
  const answer = await call("GET", "/sandbox/mailbox.json");
  expect(answer.status, 200, "status of the mailbox");
  return (JSON.parse(answer.text) as MailHead[]).filter(({ to }) => to === address);
}

/** Waits for the first mail to an address; meanwhile does something again and again. */
async function awaitMail(address: string, withinMs: number, meanwhile = async () => {}): Promise<MailHead> {
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    const [mail] = await mailsTo(address);
    if (mail) return mail;
    await meanwhile();
    await sleep(POLL_MS);
  }
  throw new Error(`no mail within ${withinMs / 1000} seconds`);
}

await check("the pages of the sandbox are served, under a strict policy", async () => {
  const pages = [
    "",
    "login",
    "mailbox",
    "style.css",
    "copy.js",
    "redox",
    "redox/messages",
    "redox/failures.js",
    "redox/list.js",
    "redox/report.js",
    "xealth",
    "xealth/ehr.js",
    "xealth/form-libraries.js",
    "xealth/failures.js",
    "workspace",
    "workspace.js",
    "workspace.css",
  ];
  for (const url of pages.map((page) => `/sandbox/${page}`)) {
    const page = await call("GET", url);
    expect(page.status, 200, url);
    expect(page.headers.get("content-security-policy")?.startsWith("default-src 'none'"), true, `policy of ${url}`);
  }
});

await check("the mailbox keeps a mail once, and takes none from a page elsewhere", async () => {
  const mail = {
    reference: "twice",
    from: "a@smoke.example",
    to: "twice@smoke.example",
    subject: "S",
    html: "",
    text: "",
  };
  for (const subject of ["first", "second"]) {
    expect((await call("POST", "/sandbox/mailbox", {}, { ...mail, subject })).status, 202, "status");
  }
  expect((await mailsTo(mail.to)).map(({ subject }) => subject).join(), "first", "mails");
  const body = JSON.stringify({ ...mail, reference: "elsewhere" });
  const crossed = await fetch(`${baseUrl}/sandbox/mailbox`, { method: "POST", body });
  expect(crossed.status, 415, "status of a text");
});

await check("who creates a clinic gets a mail, and can read it in the sandbox", async () => {
  const mail = await awaitMail("owner@smoke.example", MAIL_WITHIN_MS);
  const page = await call("GET", `/sandbox/mailbox/${mail.id}`);
  expect(page.status, 200, "status");
  expect(page.text.includes("Smoke Test Clinic"), true, "the clinic is named");
  expect((await mailsTo("owner@smoke.example")).length, 1, "mails");
});

await check("synthetic patients come with their summaries, while the server runs", async () => {
  const seeded = await run("seed.ts", ["--patients", String(SYNTHETIC_PATIENTS), "--state", directory]);
  if (seeded.status !== 0) throw new Error(`seeding ended with ${seeded.status}\n${seeded.said}`);
  const [, clinicId = "", adminId = ""] = /clinic (\w+) +admin (\w+)/.exec(seeded.said) ?? [];
  const { data, meta } = await listPatients(clinicId, await token("--user", adminId));
  expect(meta.count, SYNTHETIC_PATIENTS, "patients");
  for (const { summary } of data) {
    expect(Object.keys(summary?.cgmStats?.periods ?? {}).length, 4, "CGM periods of a patient");
  }
});

await check("seeding sends readings through the server, and says how many a second", async () => {
  const options = ["--patients", "2", "--readings", String(SEEDED_READINGS), "--state", directory];
  const seeded = await run("seed.ts", options);
  if (seeded.status !== 0) throw new Error(`seeding ended with ${seeded.status}\n${seeded.said}`);
  expect(
    /Readings: 300, patients with readings: 2, seconds: [\d.]+, readings a second: \d+/.test(seeded.said),
    true,
    seeded.said,
  );
  const [, clinicId = "", adminId = ""] = /clinic (\w+) +admin (\w+)/.exec(seeded.said) ?? [];
  const clinician = await token("--user", adminId);
  const { data } = await listPatients(clinicId, clinician);
  const service = as(await token("--service", "smoke"));
  let readings = 0;
  for (const { id } of data) {
    readings += (JSON.parse((await call("GET", `/data/${id}?type=cbg`, service)).text) as object[]).length;
  }
  expect(readings, SEEDED_READINGS, "readings");
});

await check("every published operation can be called with success", async () => {
  const uncalled = await callEveryOperation();
  expect(uncalled.join(), "", "operations without a successful call");
});

await check("a second server on the port, or on the state, is refused with a reason and harms nothing", async () => {
  const elsewhere = path.join(directory, "elsewhere");
  const onPort = await run("dev.ts", ["--port", String(port), "--state", elsewhere]);
  expect(onPort.status, 1, "exit status on the port");
  expect(onPort.said.includes(`Port ${port} is taken`), true, "the reason is given");
  for (const options of [[], ["--fresh"]]) {
    const onState = await run("dev.ts", ["--port", String(port + 1), "--state", directory, ...options]);
    expect(onState.status, 1, "exit status on the state");
    expect(onState.said.includes(`process ${server!.child.pid}`), true, `the process is named: ${onState.said}`);
  }
  expect((await listPatients(demo?.clinicId ?? "", admin)).meta.count, DEMO_PATIENTS, "patients");
});

await check("the server stops when it is told to", () => stopServer(server!.child));

let second: Awaited<ReturnType<typeof startServer>> | undefined;
await check("a second start finds everything as it was", async () => {
  second = await startServer();
  expect((await listPatients(demo?.clinicId ?? "", admin)).meta.count, DEMO_PATIENTS, "patients");
  expect((await mailsTo("owner@smoke.example")).length, 1, "mails");
});

await check("the examples of the client run, and change the demo clinic once", async () => {
  const { status, said } = await run("../client/examples/tour.ts", [admin, baseUrl]);
  if (status !== 0) throw new Error(`the tour ended with ${status}\n${said}`);
  for (const line of [/^created Set\(1\)/m, /^North campus was added/m, /^readings \{ readings: [1-9]/m]) {
    expect(line.test(said), true, `${line} in\n${said}`);
  }
});

await check("the client that npm ci built can be used, on the Node of npm", async () => {
  const use = `import { createClient, listClinicsForClinician } from "clinics-edge/client";
    const client = createClient({ baseUrl: "${baseUrl}", token: process.env.TOKEN });
    const clinics = await listClinicsForClinician({ client, path: { userId: "${demo?.adminId}" } });
    console.log(clinics.length > 0);`;
  const { stdout } = await promisify(execFile)(
    process.env.npm_node_execpath ?? process.execPath,
    ["--input-type=module", "--eval", use],
    { cwd: ROOT, env: { ...process.env, TOKEN: admin } },
  );
  expect(stdout.trim(), "true", "whether there are clinics");
});

await check("the command line that npm ci built imports patients once, however often it is called", async () => {
  const file = path.join(directory, "patients.csv");
  writeFileSync(file, "Full Name;Birth Date;MRN\r\nIda Import;1990-01-31;SMOKE-1\r\nIvo Import;1991-01-31;\r\n");
  const results: unknown[] = [];
  for (const more of [["--dry-run"], [], []]) {
    const { stdout } = await promisify(execFile)(
      process.env.npm_node_execpath ?? process.execPath,
      [CLINICS, "patients", "import", demo?.clinicId ?? "", "--file", file, "--json", ...more],
      { cwd: ROOT, env: { ...process.env, CLINICS_URL: baseUrl, CLINICS_TOKEN: admin } },
    );
    results.push((JSON.parse(stdout) as { created: number }).created);
  }
  expect(results.join(), "0,2,0", "created by a dry run, the first and the second import");
});

const CRASHED = "crash@smoke.example";
await check("a server that is killed right after an answer has written the mail, and sent none", async () => {
  const mine = as(await token("--user", "6b6b6b6b6b", "--email", CRASHED, "--name", "Cora Crash"));
  const clinic = { name: "Crash Test Clinic", preferredBgUnits: "mg/dL" };
  const answer = await call("POST", "/v1/clinics", mine, clinic);
  await killServer(second!.child);
  expect(answer.status, 200, "status");
  expect(await fetch(`${baseUrl}/health`).catch(() => undefined), undefined, "an answer from a killed server");
});

await check("the next start sends the mail, once", async () => {
  const restarted = await startServer();
  try {
    expect((await mailsTo(CRASHED)).length, 0, "mails before the sweep");
    const sweep = async () => {
      expect((await call("GET", "/cdn-cgi/local/scheduled?cron=*+*+*+*+*")).status, 200, "status of the cron run");
    };
    await awaitMail(CRASHED, SWEPT_WITHIN_MS, sweep);
    await sweep();
    await sleep(MAIL_SETTLED_MS);
    await sweep();
    await sleep(MAIL_SETTLED_MS);
    expect((await mailsTo(CRASHED)).length, 1, "mails");
  } finally {
    await stopServer(restarted.child);
  }
});

await check("a server whose starting process is killed ends with it, and another can start", async () => {
  const orphaned = await startServer();
  orphaned.child.kill("SIGKILL");
  const until = Date.now() + ORPHAN_ENDED_WITHIN_MS;
  while (await call("GET", "/health").catch(() => undefined)) {
    if (Date.now() > until) throw new Error("it still answers");
    await sleep(POLL_MS);
  }
  const next = await startServer();
  await stopServer(next.child);
});

finish();

async function readDemo(): Promise<Demo | undefined> {
  let demo: Demo | undefined;
  await check("the demo data is complete", async () => {
    demo = JSON.parse(readFileSync(state.demoRecord, "utf8")) as Demo;
  });
  return demo;
}
