import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commandLine } from "./command-line.ts";
import { convert, libreOffice } from "./libreoffice.ts";
import { as, baseUrl, call, check, directory, expect, finish, startServer, stopServer, token } from "./trial.ts";

const USAGE = `Starts a server on an empty state directory, has it report on a merge of two clinics, and opens the workbook with
LibreOffice. Prints a line for each check; ends with 1 when one of them failed.

  npm run check:report -- [--keep FILE]

  --keep FILE   leave the workbook there as well

Needs LibreOffice Calc: as soffice on the PATH, at one of the usual places, or where the environment variable SOFFICE
says. Without it nothing is checked.`;

const { keep } = commandLine(USAGE, { keep: { type: "string" } });

const SHEETS = [
  "Summary",
  "Patients in Source Clinic",
  "Patients in Target Clinic",
  "Duplicates in Source Clinic",
  "Duplicates in Target Clinic",
  "Duplicates in Merged Workspace",
  "EHR and Reports",
];
/** A name that a spreadsheet program would compute if it took it for a formula, and letters of several alphabets. */
const NAMES = ["=1+1", "Łukasz Żółć", "日本 <b>&amp;</b>", "Jan Doe"];

const soffice = libreOffice();
if (soffice === undefined) {
  console.log("skipped the checks of the report: there is no LibreOffice here (set SOFFICE to where it is)");
  process.exit(0);
}

let server: Awaited<ReturnType<typeof startServer>> | undefined;
if (!(await check("the server starts", async () => void (server = await startServer())))) finish();
const file = path.join(directory, "report.xlsx");
if (await check("a report is made", makeReport)) await openReport(soffice);
await check("the server stops", () => stopServer(server!.child));
finish();

async function makeReport(): Promise<void> {
  const service = as(await token("--service", "report-check"));
  const person = as(await token("--user", "5c5c5c5c5c", "--email", "rita@report.example", "--name", "Rita"));
  const clinicOf = async (name: string) => {
    const made = await call("POST", "/v1/clinics", person, { name, preferredBgUnits: "mg/dL", country: "CA" });
    expect(made.status, 200, "status of the clinic");
    const { id } = JSON.parse(made.text) as { id: string };
    for (const fullName of NAMES) {
      const patient = { fullName, birthDate: "1980-01-31", mrn: `${name} ${fullName.length}` };
      const answer = await call("POST", `/v1/clinics/${id}/patients`, service, patient);
      expect(answer.status, 200, "status of the patient");
    }
    return id;
  };
  const [sourceId, targetId] = [await clinicOf("North"), await clinicOf("South")];
  const response = await fetch(`${baseUrl}/v1/clinics/${targetId}/reports/merge`, {
    method: "POST",
    headers: { ...service, "content-type": "application/json" },
    body: JSON.stringify({ sourceId }),
  });
  expect(response.status, 200, "status of the report");
  const bytes = new Uint8Array(await response.arrayBuffer());
  writeFileSync(file, bytes);
  if (keep !== undefined) writeFileSync(keep, bytes);
}

/** Has LibreOffice read the workbook and write every sheet as CSV, and the whole as a PDF. */
async function openReport(soffice: string): Promise<void> {
  const opened = path.join(directory, "opened");
  mkdirSync(opened);
  const save = (to: string) => convert(soffice, { file, to, into: opened });
  const sheet = (name: string) => readFileSync(path.join(opened, `report-${name}.csv`), "utf8");
  await check("LibreOffice opens it, with all its sheets", async () => {
    // Commas, quotation marks, UTF-8; -1 at the end: every sheet in a file of its own.
    save("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1");
    const found = readdirSync(opened).filter((name) => name.endsWith(".csv"));
    expect(
      found.toSorted().join(),
      SHEETS.map((name) => `report-${name}.csv`)
        .toSorted()
        .join(),
      "sheets",
    );
  });
  await check("its summary is there", async () => {
    const rows = sheet("Summary").split("\n");
    expect(rows[0]?.startsWith("SUMMARY"), true, "the first cell");
    expect(
      rows.some((row) => row.startsWith("Resulting Patient Accounts,8")),
      true,
      "the number of patients",
    );
    expect(
      rows.some((row) => row.startsWith("- Likely Duplicate Accounts,4")),
      true,
      "the number of likely duplicates",
    );
  });
  await check("names are the texts they are", async () => {
    const patients = sheet("Patients in Source Clinic");
    for (const name of NAMES)
      expect(
        patients.split("\n").some((row) => row.startsWith(`${name},`)),
        true,
        name,
      );
  });
  await check("it can be printed", async () => {
    save("pdf");
    expect(existsSync(path.join(opened, "report.pdf")), true, "a PDF");
  });
}
