import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type CellObject, read } from "@e965/xlsx";
import { BYTE_ORDER_MARK, csvLine } from "../src/platform/formats/csv.ts";
import { commandLine } from "./command-line.ts";
import { convert, libreOffice } from "./libreoffice.ts";
import { as, baseUrl, call, check, directory, expect, finish, startServer, stopServer, token } from "./trial.ts";

const USAGE = `Starts a server on an empty state directory, takes the table of a clinic's patients away as CSV and as a workbook, and
opens both with LibreOffice: texts come out as stored, and none is a formula. Prints a line for each check; ends with 1 when
one of them failed.

  npm run check:table -- [--keep DIRECTORY]

  --keep DIRECTORY   leave the files there as well, and a PDF of the workbook

Needs LibreOffice Calc: as soffice on the PATH, at one of the usual places, or where the environment variable SOFFICE
says. Without it nothing is checked.`;

const { keep } = commandLine(USAGE, { keep: { type: "string" } });

/** Separators by their codes, quotation marks, UTF-8, from line 1, a language, no columns, quoted is not text, detect dates. */
const opening = (separators: string, language = "") => `CSV:${separators},34,76,1,,${language},false,true`;
const LANGUAGES = { English: "1033", German: "1031", French: "1036" };
const SEPARATORS = { commas: "44", semicolons: "59", tabs: "9", "commas, semicolons and tabs": "44/59/9" };
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const MRNS = [
  "0017",
  "1E5",
  "1234567e10",
  "123456789012",
  "1-2",
  "MAR1",
  "17-MÄR",
  "déc-4",
  "3/4",
  "10:30",
  "TRUE",
  "1.50",
  "1,5",
  "5%",
  "$5",
  "-17",
  "+17",
  "A-17",
  "17",
  "123-45-6789",
];
/** Names that are formulas, or would become a part of one if they could. */
const NAMES = ["=1+1", "+1+1", "@SUM(1)", "x;=1+1", '"&(1+1)&"', '&(1+1)&"', "&A1&,", "Łukasz Żółć", "日本"];
/** A formula that is nothing but a text. */
const CONSTANT = /^\(?"[^"]*"\)?$/;

const soffice = libreOffice();
if (soffice === undefined) {
  console.log("skipped the checks of the table: there is no LibreOffice here (set SOFFICE to where it is)");
  process.exit(0);
}
const opened = path.join(directory, "opened");
mkdirSync(opened);

let server: Awaited<ReturnType<typeof startServer>> | undefined;
if (!(await check("the server starts", async () => void (server = await startServer())))) finish();
if (await check("the tables are made", makeTables)) {
  await checkCsv(soffice);
  await checkWorkbook(soffice);
}
await checkCharacters(soffice);
await check("the server stops", () => stopServer(server!.child));
finish();

async function makeTables(): Promise<void> {
  const service = as(await token("--service", "table-check"));
  const person = as(await token("--user", "5c5c5c5c5c", "--email", "rita@table.example", "--name", "Rita"));
  const clinic = await call("POST", "/v1/clinics", person, { name: "North", preferredBgUnits: "mg/dL", country: "CA" });
  expect(clinic.status, 200, "status of the clinic");
  const { id } = JSON.parse(clinic.text) as { id: string };
  const given = [...MRNS.map((mrn) => ({ fullName: "Jan Doe", mrn })), ...NAMES.map((fullName) => ({ fullName }))];
  for (const patient of given) {
    const answer = await call("POST", `/v1/clinics/${id}/patients`, service, { ...patient, birthDate: "1980-01-31" });
    expect(answer.status, 200, `status of ${JSON.stringify(patient)}`);
  }
  for (const [name, accept] of [
    ["table.csv", "text/csv"],
    ["readable.csv", "text/csv; headings=readable"],
    ["table.xlsx", XLSX],
  ] as const) {
    const response = await fetch(`${baseUrl}/v1/clinics/${id}/patients`, { headers: { ...service, accept } });
    expect(response.status, 200, `status of ${name}`);
    writeFileSync(path.join(directory, name), new Uint8Array(await response.arrayBuffer()));
    keepFile(path.join(directory, name));
  }
}

function keepFile(file: string): void {
  if (keep === undefined) return;
  mkdirSync(keep, { recursive: true });
  copyFileSync(file, path.join(keep, path.basename(file)));
}

/** The cells of a file as LibreOffice understands it, by rows. */
function cellsOf(soffice: string, name: string, settings?: string): (CellObject | undefined)[][] {
  convert(soffice, {
    file: path.join(directory, name),
    to: "xlsx",
    into: opened,
    ...(settings !== undefined && { opening: settings }),
  });
  const bytes = readFileSync(path.join(opened, `${path.parse(name).name}.xlsx`));
  const book = read(bytes, { dense: true, cellFormula: true });
  return book.Sheets[book.SheetNames[0]!]!["!data"] as (CellObject | undefined)[][];
}

/** The texts of the columns under a heading; what is no text is shown with its type. */
function textsUnder(rows: (CellObject | undefined)[][], heading: string): Set<string> {
  const column = rows[0]!.findIndex((cell) => cell?.v === heading);
  return new Set(
    rows.slice(1).map((row) => {
      const cell = row?.[column];
      return cell === undefined ? "" : cell.t === "s" ? String(cell.v) : `${cell.t} ${String(cell.v)}`;
    }),
  );
}

function expectAll(found: ReadonlySet<string>, wanted: readonly string[]): void {
  const missing = wanted.filter((text) => !found.has(text));
  if (missing.length > 0) throw new Error(`missing: ${JSON.stringify(missing)}; found: ${JSON.stringify([...found])}`);
}

function expectNoFormula(rows: (CellObject | undefined)[][]): void {
  // One that is an error was never computed: what a line is to a program that takes other separators.
  const live = rows.flat().filter((cell) => cell?.f !== undefined && cell.t !== "e" && !CONSTANT.test(cell.f));
  if (live.length > 0) throw new Error(`formulas: ${JSON.stringify(live.map((cell) => cell!.f))}`);
}

async function checkCsv(soffice: string): Promise<void> {
  for (const [language, code] of Object.entries(LANGUAGES)) {
    await check(`CSV in ${language}: MRNs are as stored, names as stored or marked with an apostrophe`, async () => {
      const rows = cellsOf(soffice, "table.csv", opening("44", code));
      // A whole number is a number to a spreadsheet, and looks as it is stored.
      expectAll(
        textsUnder(rows, "mrn"),
        MRNS.map((mrn) => (mrn === "17" ? "n 17" : mrn)),
      );
      expectAll(
        new Set([...textsUnder(rows, "fullName")].map((name) => name.replaceAll("'", ""))),
        NAMES.map((name) => name.replaceAll("'", "")),
      );
      expectNoFormula(rows);
    });
  }
  for (const [separators, codes] of Object.entries(SEPARATORS)) {
    await check(`CSV opened with ${separators} has no formula`, async () => {
      for (const name of ["table.csv", "readable.csv"]) expectNoFormula(cellsOf(soffice, name, opening(codes)));
    });
  }
}

async function checkWorkbook(soffice: string): Promise<void> {
  await check("the workbook has ids, MRNs and names as texts as stored", async () => {
    const rows = cellsOf(soffice, "table.xlsx");
    expectAll(textsUnder(rows, "MRN"), MRNS);
    expectAll(textsUnder(rows, "Name"), NAMES);
    expect(rows.flat().filter((cell) => cell?.f !== undefined).length, 0, "formulas");
  });
  await check("the workbook can be printed", async () => {
    convert(soffice, { file: path.join(directory, "table.xlsx"), to: "pdf", into: opened });
    const pdf = path.join(opened, "table.pdf");
    expect(existsSync(pdf), true, "a PDF");
    keepFile(pdf);
  });
}

/** Texts that no door lets in any more but that may be stored: each character nobody sees before a sign. */
async function checkCharacters(soffice: string): Promise<void> {
  const lines = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
    .filter((character) => /[\s\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}"',;|]/u.test(character))
    .map((it) => csvLine(["1E5", `${it}=1+1`, `a;${it}=1+1;b`, `a\n${it}=1+1;b`, `a\t${it}=1+1\tb`, `a,${it}=1+1,b`]));
  writeFileSync(path.join(directory, "characters.csv"), BYTE_ORDER_MARK + lines.join(""));
  for (const [separators, codes] of Object.entries(SEPARATORS)) {
    await check(`no character before a sign makes a formula, opened with ${separators}`, async () => {
      expectNoFormula(cellsOf(soffice, "characters.csv", opening(codes)));
    });
  }
}
