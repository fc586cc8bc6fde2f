import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { default as Ajv } from "ajv-draft-04";
import { commandLine } from "./command-line.ts";
import { DEMO_EHR, LOCAL_VERIFICATION_TOKEN } from "./demo-data.ts";
import { ROOT } from "./local-state.ts";
import { as, call, check, directory, expect, finish, startServer, stopServer, token } from "./trial.ts";

const USAGE = `Starts a server on an empty state directory and follows an order through its queues and its object store: from the EHR's
message to the answer, the numbers and the note. The report of the note is read with pdftotext and drawn with pdftoppm: its
numbers have to be those of the flowsheet, its pages not blank. Prints a line for each check; ends with 1 when one of them
failed.

  npm run test:ehr

The report is not looked into without pdftotext and pdftoppm (poppler-utils).`;

commandLine(USAGE, {});

const WITHIN_MS = 60_000;
const POLL_MS = 300;
const DOTS_PER_INCH = 50;

interface Head {
  readonly id: number;
  readonly model: string;
  readonly orderId: string;
}
interface Observation {
  readonly Code: string;
  readonly Value: string;
  readonly ValueType: string;
  readonly Units: string | null;
}
interface Message {
  readonly Meta: { readonly DataModel: string; readonly EventType: string };
  readonly Orders?: readonly { readonly Results?: readonly { readonly Value: string }[] }[];
  readonly Observations?: readonly Observation[];
  readonly Note?: { readonly DocumentID: string; readonly FileContents: string };
}

let server: Awaited<ReturnType<typeof startServer>> | undefined;
if (!(await check("the server starts", async () => void (server = await startServer())))) finish();

const orderId = `flow-${Date.now()}`;
const { patient } = DEMO_EHR;
const order = {
  Meta: {
    DataModel: "Order",
    EventType: "New",
    EventDateTime: new Date().toISOString(),
    Source: { ID: DEMO_EHR.sourceId, Name: DEMO_EHR.sourceName },
    Logs: [{ ID: orderId, AttemptID: "1" }],
  },
  Patient: {
    Identifiers: [{ ID: patient.mrn, IDType: DEMO_EHR.mrnIdType }],
    Demographics: { FirstName: patient.firstName, LastName: patient.lastName, DOB: patient.birthDate },
  },
  Order: { ID: orderId, Procedure: { Code: DEMO_EHR.procedureCodes.enableSummaryReports } },
};

await check("an order is taken, and taken again without effect", async () => {
  const headers = { "verification-token": LOCAL_VERIFICATION_TOKEN };
  for (let i = 0; i < 2; i++) expect((await call("POST", "/v1/redox", headers, order)).status, 200, "status");
});

/** The messages that the hospital has got for the order, the oldest first. */
async function messages(): Promise<Message[]> {
  const heads = JSON.parse((await call("GET", "/sandbox/redox/messages.json")).text) as Head[];
  const own = heads.filter((head) => head.orderId === orderId).toReversed();
  return Promise.all(
    own.map(async ({ id }) => {
      const { text } = await call("GET", `/sandbox/redox/messages/${id}.json`);
      return (JSON.parse(text) as { message: Message }).message;
    }),
  );
}

let got: Message[] = [];
await check("the hospital gets the answer, the numbers and a note, each once", async () => {
  const until = Date.now() + WITHIN_MS;
  while (got.length < 3 && Date.now() < until) {
    await sleep(POLL_MS);
    got = await messages();
  }
  await sleep(POLL_MS);
  const kinds = (await messages()).map(({ Meta }) => `${Meta.DataModel} ${Meta.EventType}`);
  expect(kinds.toSorted((a, b) => a.localeCompare(b)).join(), "Flowsheet New,Notes New,Results New", "messages");
  const results = got.find(({ Orders }) => Orders?.[0]?.Results);
  expect(results?.Orders?.[0]?.Results?.[0]?.Value, "SUCCESS", "outcome");
});

const schemas = path.join(ROOT, "..", "shared", "redox");
if (existsSync(schemas)) {
  await check("every message is valid by Redox's schemas", async () => {
    for (const message of got) {
      const name = `${message.Meta.DataModel}-${message.Meta.EventType}.json`.toLowerCase();
      const ajv = new Ajv({ strict: false });
      const isValid = ajv.validate(JSON.parse(readFileSync(path.join(schemas, name), "utf8")), message);
      expect(isValid, true, `${name}: ${ajv.errorsText()}`);
    }
  });
}

const note = got.find(({ Note }) => Note)?.Note;
const observations = got.find(({ Observations }) => Observations)?.Observations ?? [];
const bytes = Buffer.from(note?.FileContents ?? "", "base64");
const file = path.join(directory, "report.pdf");
writeFileSync(file, bytes);

await check("the same report is kept, and the clinic's admin reads it", async () => {
  const session = as(await token("--user", "a1b2c3d4e5", "--email", "ana@harbor.example", "--name", "Ana Ruiz"));
  const clinics = JSON.parse((await call("GET", "/v1/clinicians/a1b2c3d4e5/clinics", session)).text) as {
    clinic: { id: string; name: string };
  }[];
  const clinicId = clinics.find(({ clinic }) => clinic.name === DEMO_EHR.clinicName)?.clinic.id ?? "";
  const found = await call("GET", `/v1/clinics/${clinicId}/patients?search=${patient.mrn}`, session);
  const { data } = JSON.parse(found.text) as { data: { id: string }[] };
  const reports = `/v1/clinics/${clinicId}/patients/${data[0]?.id}/reports`;
  const listed = JSON.parse((await call("GET", reports, session)).text) as { id: string; size: number }[];
  expect(
    JSON.stringify(listed.map(({ id, size }) => [id, size])),
    JSON.stringify([[note?.DocumentID, bytes.length]]),
    "reports",
  );
  const report = await call("GET", `${reports}/${note?.DocumentID}`, session);
  expect(report.headers.get("content-type"), "application/pdf", "media type");
});

if (spawnSync("pdftotext", ["-v"]).error || spawnSync("pdftoppm", ["-v"]).error) {
  console.log("skipped looking into the report: there is no pdftotext or pdftoppm here (install poppler-utils)");
} else {
  await check("the numbers in the report's text are those of the flowsheet", async () => {
    const { stdout } = spawnSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" });
    const page = stdout.split("\f").find((text) => text.includes("Last 14 days")) ?? "";
    const words = new Set(page.split(/\s+/));
    const missing = observations.filter(({ Value }) => !words.has(Value)).map(({ Code, Value }) => `${Code} ${Value}`);
    expect(observations.length > 10, true, "observations");
    expect(missing.join(), "", "numbers that the report does not have");
    for (const part of [patient.firstName, patient.lastName, patient.mrn]) {
      expect(stdout.includes(part), true, `${part} in the text`);
    }
  });
  await check("its pages can be drawn, and none is blank", async () => {
    const { stdout, status } = spawnSync("pdftoppm", ["-gray", "-r", String(DOTS_PER_INCH), file], {
      maxBuffer: 2 ** 28,
    });
    expect(status, 0, "exit status of pdftoppm");
    const pages = pagesOf(stdout);
    expect(pages.length, 5, "pages");
    for (const [i, dark] of pages.entries()) expect(dark > 500, true, `ink on page ${i + 1} (${dark} dark pixels)`);
  });
}

await check("the server stops", () => stopServer(server!.child));
finish();

/** How many dark pixels each page has, of pictures in the format PGM one after the other. */
function pagesOf(pictures: Buffer): number[] {
  const pages: number[] = [];
  for (let at = 0; at < pictures.length; ) {
    const [head, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(pictures.toString("latin1", at, at + 40)) ?? [];
    if (head === undefined) throw new Error("pdftoppm gave another format");
    const from = at + head.length;
    const until = from + Number(width) * Number(height);
    pages.push(pictures.subarray(from, until).reduce((dark, value) => dark + (value < 128 ? 1 : 0), 0));
    at = until;
  }
  return pages;
}
