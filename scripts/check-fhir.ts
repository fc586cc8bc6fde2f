import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commandLine } from "./command-line.ts";
import { ROOT } from "./local-state.ts";
import { randomOf, syntheticSummary } from "./synthetic.ts";
import { runTool } from "./tool.ts";
import { as, call, check, directory, expect, finish, startServer, stopServer, token } from "./trial.ts";

const USAGE = `Starts a server on an empty state directory, reads all that the FHIR view shows of patients with and without names, numbers
and summaries, and has the HAPI FHIR validator judge each resource by R4 and by the profiles it claims; and resources with one thing
wrong, which it has to refuse. Prints a line for each check; ends with 1 when one of them failed.

  npm run check:fhir -- [--validator DIRECTORY] [--seed TEXT] [--keep DIRECTORY]

  --validator DIRECTORY   where V.java, pom.xml and the definitions of the guide are; by default that of the environment variable
                          FHIR_VALIDATOR, else ../shared/fhir
  --seed TEXT             what the patients are made from (fhir)
  --keep DIRECTORY        leave the resources there

Needs a JDK and Maven, which fetches the validator. Where one of these or the definitions is missing nothing is checked.`;

const given = commandLine(USAGE, {
  validator: { type: "string" },
  seed: { type: "string", default: "fhir" },
  keep: { type: "string" },
});

const validator = path.resolve(ROOT, given.validator ?? process.env.FHIR_VALIDATOR ?? "../shared/fhir");
const definitions = path.join(validator, "definitions");
const built = path.join(ROOT, ".wrangler", "fhir-validator");
const resources = given.keep === undefined ? path.join(directory, "fhir") : path.resolve(given.keep);

function skip(why: string): never {
  console.log(`skipped the checks by the FHIR validator: ${why}`);
  process.exit(0);
}

if (!existsSync(definitions)) skip("the definitions of the guide are not here (say where with --validator)");
for (const [program, option] of [
  ["javac", "-version"],
  ["java", "-version"],
  ["mvn", "-version"],
] as const) {
  if (spawnSync(program, [option]).error) skip(`there is no ${program} here`);
}
mkdirSync(path.join(built, "lib"), { recursive: true });
mkdirSync(resources, { recursive: true });
try {
  for (const file of ["pom.xml", "V.java"]) copyFileSync(path.join(validator, file), path.join(built, file));
  if (readdirSync(path.join(built, "lib")).length === 0) {
    await runTool(built, "mvn", ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"]);
  }
} catch (error) {
  skip(`Maven can't fetch it\n${error instanceof Error ? error.message : String(error)}`);
}

interface Quantity {
  unit: string;
}
/** What is read and spoiled of a resource. */
interface Resource {
  [element: string]: unknown;
  id: string;
  code: { coding: object[] };
  valueQuantity?: Quantity;
  component: object[];
  hasMember: { reference: string }[];
  entry: { fullUrl: string; request?: object; resource: Resource }[];
}
/** By name: what has to be valid, and what must not be. */
const good = new Map<string, Resource>();
const bad = new Map<string, Resource>();

let server: Awaited<ReturnType<typeof startServer>> | undefined;
if (!(await check("the server starts", async () => void (server = await startServer())))) finish();
await check("resources are read", readAll);
await check("the server stops", () => stopServer(server!.child));
spoil();
await judgeAll();
finish();

async function readAll(): Promise<void> {
  const random = randomOf(given.seed);
  const service = as(await token("--service", "fhir-check"));
  const owner = as(await token("--user", "f1f1f1f1f1", "--email", "rita@fhir.example", "--name", "Rita"));
  const ask = async (method: string, url: string, body?: object, who = service): Promise<Resource> => {
    const answer = await call(method, url, who, body);
    if (answer.status >= 300) throw new Error(`${method} ${url} was answered with ${answer.status}: ${answer.text}`);
    return (answer.text === "" ? {} : JSON.parse(answer.text)) as Resource;
  };
  const read = async (name: string, url: string): Promise<Resource> => {
    const resource = await ask("GET", `/fhir/R4${url}`);
    good.set(name, resource);
    return resource;
  };
  await read("metadata", "/metadata");
  await read("operation-definition", "/OperationDefinition/cgm-summary");
  for (const [units, timezone] of [
    ["mg/dL", "US/Pacific"],
    ["mmol/L", "Pacific/Auckland"],
  ] as const) {
    const fields = { name: `Clinic of ${units}`, preferredBgUnits: units, timezone };
    const { id: clinicId } = await ask("POST", "/v1/clinics", fields, owner);
    for (let n = 0; n < 5; n++) {
      const name = `${units.slice(0, 2)}-${n}`;
      const isBare = n === 4;
      const record = { fullName: `Patient ${name}`, birthDate: "1980-01-31", ...(!isBare && { mrn: `M-${n}` }) };
      const { id } = await ask("POST", `/v1/clinics/${clinicId}/patients`, record);
      const recordId = `${clinicId}.${id.replaceAll("-", "")}`;
      if (!isBare) await ask("POST", `/v1/patients/${id}/summary`, summaryOf(random, n));
      await read(`patient-${name}`, `/Patient/${recordId}`);
      const submitted = `form=submission&subject=Patient/ehr-${n}`;
      for (const period of ["14d", "7d"]) {
        await read(`collection-${name}-${period}`, `/Patient/${recordId}/$cgm-summary?period=${period}`);
        if (!isBare)
          await read(`submission-${name}-${period}`, `/Patient/${recordId}/$cgm-summary?period=${period}&${submitted}`);
      }
      await read(`search-${name}`, `/Observation?patient=${recordId}&_include=Observation:has-member`);
      await read(`patients-${name}`, `/Patient?_id=${recordId}`);
      if (n > 0) continue;
      for (const metric of ["avg", "tir", "gmi", "cv", "day", "use"])
        await read(`${metric}-${name}`, `/Observation/${recordId}.c14${metric}`);
      const report = await ask("POST", `/v1/clinics/${clinicId}/patients/${id}/reports`, {});
      await read(`document-${name}`, `/DocumentReference/${report.id}`);
      await read(`documents-${name}`, `/DocumentReference?patient=${recordId}`);
      await read(`binary-${name}`, `/Binary/${report.id}?_format=json`);
    }
    const twice = { fullName: "Patient twice", birthDate: "1980-01-31" };
    const [survivor, source] = [
      await ask("POST", `/v1/clinics/${clinicId}/patients`, { ...twice, mrn: "M-10" }),
      await ask("POST", `/v1/clinics/${clinicId}/patients`, { ...twice, mrn: "M-11" }),
    ];
    await ask("POST", `/v1/clinics/${clinicId}/patients/${survivor.id}/merge`, { sourceId: source.id }, owner);
    await read(`merged-${units.slice(0, 2)}`, `/Patient/${clinicId}.${source.id.replaceAll("-", "")}`);
    const refused = await call("GET", `/fhir/R4/Patient/${clinicId}.0123456789`, service);
    expect(refused.status, 404, "status of what is not there");
    good.set(`outcome-${units.slice(0, 2)}`, JSON.parse(refused.text) as Resource);
  }
}

/** Summaries of which each lacks something else. */
function summaryOf(random: () => number, n: number): object {
  const habits = {
    glucose: 6 + 4 * random(),
    improvement: 0,
    variation: 0.2 + 0.3 * random(),
    wear: n === 0 ? 0.95 : random(),
    minutesPerRecord: 5,
    fingersticksPerDay: 1,
    daysOfHistory: 90,
    lastDataAt: Date.UTC(2026, 2, 1) + Math.floor(random() * 1e9),
  };
  const summary = syntheticSummary(randomOf(`${given.seed} ${n}`), habits, ["cgm"], habits.lastDataAt + 60_000)!;
  const period = summary.cgmStats!.periods!["14d"] as Record<string, unknown>;
  if (n === 2) delete period.glucoseManagementIndicator;
  if (n === 3) delete period.timeInLowPercent;
  return summary;
}

/** What is wrong once, in what is right otherwise. */
function spoil(): void {
  const collection = good.get("collection-mg-0-14d");
  if (!collection) return;
  const of = (metric: string): Resource => structuredClone(good.get(`${metric}-mg-0`)!);
  const spoiled = (name: string, from: Resource, change: (it: Resource) => void) => {
    change(from);
    bad.set(name, from);
  };
  spoiled("unit-mg-dL", of("avg"), (it) => (it.valueQuantity!.unit = "mg/dL"));
  spoiled("unit-day", of("day"), (it) => (it.valueQuantity!.unit = "day"));
  spoiled("no-value", of("gmi"), (it) => delete it.valueQuantity);
  spoiled("ballot-code", of("gmi"), (it) => {
    it.code.coding[0] = { system: "http://hl7.org/fhir/uv/cgm/CodeSystem/cgm-summary-codes-temporary", code: "gmi" };
  });
  spoiled("empty-list", of("cv"), (it) => (it.note = []));
  spoiled("null", of("cv"), (it) => (it.issued = null));
  spoiled("long-id", of("cv"), (it) => (it.id = "x".repeat(65)));
  spoiled("time-without-zone", of("cv"), (it) => (it.issued = "2026-03-01T10:00:00"));
  spoiled("four-ranges", of("tir"), (it) => it.component.pop());
  spoiled("request-in-collection", structuredClone(collection), (it) => {
    it.entry[0]!.request = { method: "POST", url: "Patient" };
  });
  spoiled("panel-without-gmi", structuredClone(collection), (it) => {
    const [, panel] = it.entry;
    panel!.resource.hasMember = panel!.resource.hasMember.filter(({ reference }) => !reference.endsWith("gmi"));
    it.entry = it.entry.filter(({ fullUrl }) => !fullUrl.endsWith("gmi"));
  });
}

async function judgeAll(): Promise<void> {
  const files: string[] = [];
  for (const [kind, all] of [
    ["good", good],
    ["bad", bad],
  ] as const) {
    for (const [name, resource] of all) {
      const file = path.join(resources, `${kind}-${name}.json`);
      writeFileSync(file, JSON.stringify(resource));
      files.push(file);
    }
  }
  let said = "";
  const classes = `lib/*${path.delimiter}.`;
  const isRun = await check("the validator runs", async () => {
    await runTool(built, "javac", ["-cp", "lib/*", "V.java"]);
    said = await runTool(built, "java", ["-Xmx3g", "-cp", classes, "V", definitions, ...files]);
  });
  if (!isRun) return;
  const verdicts = new Map<string, string>();
  for (const part of said.split(/^(?=OK |FAIL )/m)) {
    const name = /^(?:OK|FAIL)\s+(\S+)\.json/.exec(part)?.[1];
    if (name !== undefined) verdicts.set(name, part.trim());
  }
  for (const name of good.keys()) {
    await check(`${name} is valid`, async () => {
      const verdict = verdicts.get(`good-${name}`) ?? "no verdict";
      if (!verdict.startsWith("OK")) throw new Error(verdict);
    });
  }
  for (const name of bad.keys()) {
    await check(`${name} is refused`, async () => {
      const verdict = verdicts.get(`bad-${name}`) ?? "no verdict";
      if (!verdict.startsWith("FAIL")) throw new Error(verdict);
    });
  }
}
