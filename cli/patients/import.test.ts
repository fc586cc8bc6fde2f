import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PatientV1 } from "../../client/index.ts";
import { EXIT } from "../exit-status.ts";
import { givenFile, running, started } from "../running.ts";
import { CLINIC_ID, type StandIn, standIn } from "../stand-in.ts";
import {
  COLUMN_NAMES,
  DEVICE_LENGTH_MAX,
  DIAGNOSES,
  EMAIL_LENGTH_MAX,
  LIST_LENGTH_MAX,
  MRN_LENGTH_MAX,
  NAME_LENGTH_MAX,
} from "./columns.ts";
import { FILE_BYTES_MAX, ROWS_MAX } from "./read-table.ts";

let service: StandIn;
beforeEach(async () => {
  service = await standIn();
});
afterEach(() => service.close());

const importArgs = (file: string, ...more: string[]) => ["patients", "import", CLINIC_ID, "--file", file, ...more];
const importing = (content: string | Uint8Array, ...more: string[]) =>
  running(service, importArgs(givenFile(content), ...more));
const problemsOf = async (content: string) => {
  const { status, out } = await importing(content, "--json");
  expect([status, service.writes()]).toEqual([EXIT.failed, 0]);
  return JSON.parse(out).problems as { row: number; column: string; problem: string }[];
};
const people = (n: number, from = 1) =>
  Array.from({ length: n }, (_, i) => `Person ${from + i},1980-01-31,M-${from + i}\n`).join("");
const newcomer = (id: string) =>
  ({ id: `n-${id}`, fullName: `New ${id}`, birthDate: "1980-01-31" }) as unknown as PatientV1;
const HEAD = "fullName,birthDate,mrn\n";
const ONE = `${HEAD}Rosa Diaz,1987-02-03,A-17\n`;

describe("patients import", () => {
  test("creates a patient a row, with all that a row can say", async () => {
    const { status, out, err } = await importing(
      `MRN,Full Name,birth_date,Email,Tags,Sites,target-devices,diagnosisType
       A-17 , Rosa Diaz ,1987-02-03,rosa@example.org,pumps, main | street ,dexcom | omnipod,type1
,Ada Lund,1990-12-01,,,,,
`,
    );
    expect([status, out, err]).toEqual([EXIT.done, "2 created, 0 were there already\n", ""]);
    expect(service.patients).toMatchObject([
      {
        fullName: "Rosa Diaz",
        birthDate: "1987-02-03",
        mrn: "A-17",
        email: "rosa@example.org",
        tags: ["65f0aa00bb11cc22dd33ee01"],
        sites: [{ id: "65f0aa00bb11cc22dd33ee02", name: "Main | Street" }],
        targetDevices: ["dexcom", "omnipod"],
        diagnosisType: "type1",
      },
      { fullName: "Ada Lund", birthDate: "1990-12-01" },
    ]);
    expect(Object.keys(service.patients[1]!).toSorted()).toEqual(["birthDate", "fullName", "id"]);
  });

  test.each([
    ["a byte order mark", `\uFEFF${ONE}`],
    ["a byte order mark before a quote", `\uFEFF${ONE.replace("fullName", '"fullName"')}`],
    ["CRLF", ONE.replaceAll("\n", "\r\n")],
    ["CR", ONE.replaceAll("\n", "\r")],
    ["semicolons", ONE.replaceAll(",", ";")],
    ["tabs", ONE.replaceAll(",", "\t")],
    ["quotes", '"fullName","birthDate","mrn"\n"Rosa Diaz","1987-02-03","A-17"\n'],
    ["no line break at the end", ONE.trimEnd()],
    ["empty rows", `${ONE}\n,,\n\n`],
  ])("reads a file with %s", async (_, content) => {
    expect((await importing(content)).status).toBe(EXIT.done);
    expect(service.patients).toMatchObject([{ fullName: "Rosa Diaz", birthDate: "1987-02-03", mrn: "A-17" }]);
  });

  test("keeps separators and quotes inside of quotes, and any script", async () => {
    await importing(`${HEAD}"Diaz, ""Rosa""; jr.",1987-02-03,A-17\n王秀英,1987-02-03,A-18\n`);
    expect(service.patients.map(({ fullName }) => fullName).toSorted()).toEqual(['Diaz, "Rosa"; jr.', "王秀英"]);
  });

  test.each([
    ["UTF-16", Buffer.from(`\uFEFF${ONE}`, "utf16le")],
    ["Latin-1", Buffer.from(ONE.replace("Diaz", "Díaz"), "latin1")],
    ["a quote that does not end", Buffer.from(`${HEAD}"Rosa,1987-02-03,A-17\n`)],
    ["a quote inside of a cell", Buffer.from(`${HEAD}Ro"sa,1987-02-03,A-17\n`)],
    ["nothing", Buffer.from("")],
    ["more than 10 MB", Buffer.alloc(FILE_BYTES_MAX + 1, "a")],
    ["one row too many", Buffer.from(HEAD + people(ROWS_MAX + 1))],
  ])("refuses a file with %s: status 1, nothing of it is shown, nothing is written", async (_, content) => {
    const { status, err } = await importing(content);
    expect([status, service.writes()]).toEqual([EXIT.failed, 0]);
    expect(err).not.toMatch(/Rosa|A-17/);
    expect(err.length).toBeGreaterThan(10);
  });

  test("takes 10,000 rows", async () => {
    const { status, out } = await importing(HEAD + people(ROWS_MAX), "--dry-run", "--json");
    expect([status, JSON.parse(out)]).toMatchObject([EXIT.done, { rows: ROWS_MAX, left: ROWS_MAX, problems: [] }]);
  });

  test("--dry-run creates nobody, and shows nobody's data", async () => {
    const { status, out, err } = await importing(ONE, "--dry-run");
    expect([status, service.writes()]).toEqual([EXIT.done, 0]);
    expect(out).toBe("dry run: 1 would be created, 0 are there already\n");
    expect(out + err).not.toMatch(/Rosa|1987|A-17/);
  });

  test.each([
    ["fullName", "", "is missing"],
    ["fullName", '"Ro\nsa"', "has a line break or a control character"],
    ["fullName", "x".repeat(257), "is longer than 256 characters"],
    ["birthDate", "", "is missing"],
    ["birthDate", "03/02/1987", "is not a date such as 1987-02-03"],
    ["birthDate", "1987-02-30", "is not a date such as 1987-02-03"],
    ["birthDate", "1879-12-31", "is not between 1880-01-01 and today"],
    ["birthDate", "2999-01-01", "is not between 1880-01-01 and today"],
    ["mrn", "A\u200b1", "has a character that can't be seen"],
    ["mrn", "1.23E+11", "was rounded by a spreadsheet: export the column as text"],
    ["mrn", "9".repeat(65), "is longer than 64 characters"],
    ["email", "rosa", "is not an e-mail address"],
    ["tags", "Pumps|Meters", "names a tag that the clinic does not have"],
    ["sites", "Elsewhere", "names a site that the clinic does not have"],
    ["diagnosisType", "type9", expect.stringContaining("is none of type1, type2")],
    ["targetDevices", "x".repeat(257), "has an entry of more than 256 characters"],
  ])("names row and column of %s %j, and nothing is written", async (column, cell, problem) => {
    const good: Record<string, string> = { fullName: "Good Person", birthDate: "1987-02-03", [column]: "" };
    const bad: Record<string, string> = { fullName: "Bad Person", birthDate: "1987-02-03", [column]: cell };
    const names = Object.keys(bad);
    const row = (it: Record<string, string>) => names.map((name) => it[name]).join(",");
    const first = column in { fullName: 1, birthDate: 1 } ? "Good Person,1987-02-03" : row(good);
    expect(await problemsOf(`${names.join(",")}\n${first}\n${row(bad)}\n`)).toEqual([{ row: 3, column, problem }]);
  });

  test("counts rows as spreadsheets do, also after empty ones and line breaks in cells", async () => {
    const content = `fullName,birthDate,targetDevices\nRosa Diaz,1987-02-03,"a\nb"\n\n,1987-02-03,\n`;
    expect((await problemsOf(content)).map(({ row }) => row)).toContain(4);
  });

  test("names all that is wrong at once, and shows values of none", async () => {
    const { err, out } = await importing(`${HEAD}Rosa Diaz,1987,A-17\n,1987-02-03,A-18\nBo Lind,1987-02-03,A-19,x\n`);
    expect(err.trim().split("\n")).toEqual([
      "row 2, birthDate: is not a date such as 1987-02-03",
      "row 3, fullName: is missing",
      "row 4: has more cells than there are headings",
    ]);
    expect(out).toBe("nothing was created: 3 problems in a file of 3 rows\n");
  });

  test.each([
    ["an unknown heading", "fullName,birthDate,phone\nA,1987-02-03,1\n", "column 3"],
    ["a heading twice", "fullName,birthDate,Full Name\nA,1987-02-03,B\n", "column 3"],
    ["a missing heading", "fullName,mrn\nA,1\n", "birthDate"],
  ])("refuses %s", async (_, content, column) => {
    expect(await problemsOf(content)).toEqual([{ row: 1, column, problem: expect.any(String) }]);
  });

  test("refuses two rows that are, or could not be told from, the same person", async () => {
    const header = "fullName,birthDate,mrn,email\n";
    expect(
      await problemsOf(
        `${header}A,1987-02-03,a-1,x@a.test\nB,1987-02-04,A-1,\nC,1987-02-05,,X@A.test\nD,1987-02-06,,\nd,1987-02-06,,\n`,
      ),
    ).toEqual([
      { row: 3, column: "mrn", problem: "is that of row 2" },
      { row: 4, column: "email", problem: "is that of row 2" },
      { row: 6, column: "fullName", problem: expect.stringContaining("those of row 5") },
    ]);
  });

  test("refuses a row without MRN that is named as one with an MRN, in any order", async () => {
    const rows = ["Twin T,2003-03-03,TW1\n", "Twin T,2003-03-03,\n"];
    for (const order of [rows, rows.toReversed()]) {
      expect(await problemsOf(HEAD + order.join(""))).toMatchObject([{ row: 3, column: "fullName" }]);
    }
  });

  test("refuses rows that a stray quote has swallowed", async () => {
    const content = 'fullName,birthDate,targetDevices\nMix A,2000-01-01,"x\nMix B,2000-01-01,y\nMix C,2000-01-02,z"\n';
    expect(await problemsOf(content)).toMatchObject([{ row: 2, column: "targetDevices" }]);
  });

  test("finds whom the clinic has, however the name and the MRN are typed", async () => {
    const typed = ["Sean O’Brien,2001-01-01,\n", "Łukasz Nowak,2001-01-02,\n", "Anne–Marie X,2001-01-03,A–77\n"];
    const plain = ["Sean O'Brien,2001-01-01,\n", "Lukasz Nowak,2001-01-02,\n", "Anne-Marie X,2001-01-03,A-77\n"];
    expect((await importing(HEAD + typed.join(""))).out).toBe("3 created, 0 were there already\n");
    expect((await importing(HEAD + plain.join(""))).out).toBe("0 created, 3 were there already\n");
    expect(service.patients).toHaveLength(3);
  });

  test("requires an MRN where the clinic does", async () => {
    service.mrnRequired = true;
    expect(await problemsOf(`${ONE}Ada Lund,1990-12-01,\n`)).toEqual([
      { row: 3, column: "mrn", problem: "is missing: the clinic requires it" },
    ]);
  });

  test("skips whom the clinic has, and refuses the MRN of somebody else", async () => {
    await importing(`${ONE}Ada Lund,1990-12-01,\n`);
    const again = await importing(`${HEAD}Rosa  Díaz,1987-02-03,a-17\nada lund,1990-12-01,\n${people(1)}`, "--json");
    expect(JSON.parse(again.out)).toMatchObject({ created: 1, alreadyThere: 2 });
    const writes = service.writes();
    const other = await importing(`${HEAD}Bo Lind,1987-02-04,A-17\n`);
    expect([other.status, service.writes() - writes]).toEqual([EXIT.failed, 0]);
    expect(other.err).toBe("row 2, mrn: is that of a patient with another birth date\n");
  });

  test("killed in the middle and run again makes everybody once, and nobody twice", async () => {
    const file = givenFile(HEAD + people(40) + "No Number,1990-12-01,\n");
    service.interfere = async (operationId) => {
      // The process dies while answers of patients who were created are on their way.
      if (operationId === "CreatePatientAccount" && service.patients.length === 20) child.kill("SIGKILL");
      return undefined;
    };
    const { child, ended } = started(service, importArgs(file));
    expect((await ended).status).toBeNull();
    const [before] = [service.patients.length];
    expect(before).toBeGreaterThanOrEqual(20);
    expect(before).toBeLessThan(41);
    service.interfere = () => undefined;
    const { status, out } = await running(service, importArgs(file, "--json"));
    expect(status).toBe(EXIT.done);
    expect(JSON.parse(out)).toMatchObject({ alreadyThere: before, created: 41 - before });
    expect(new Set(service.patients.map(({ fullName }) => fullName)).size).toBe(41);
    expect(service.patients).toHaveLength(41);
    expect(JSON.parse((await running(service, importArgs(file, "--json"))).out)).toMatchObject({ created: 0 });
  });

  test.each([
    ["the first", (all: PatientV1[]) => all.shift()],
    ["the last of a page", (all: PatientV1[]) => all.splice(249, 1)],
    ["many", (all: PatientV1[]) => all.splice(0, 240)],
    ["all of a page", (all: PatientV1[]) => all.splice(0, 250)],
    ["nobody, and others come", (all: PatientV1[]) => all.unshift(...all.slice(600).map(({ id }) => newcomer(id)))],
  ])("knows everybody while it reads and somebody removes %s", async (_, remove) => {
    service.patients = Array.from({ length: 620 }, (__, i) => ({
      ...newcomer(`id-${i}`),
      fullName: `Person ${i + 1}`,
    }));
    let pages = 0;
    service.interfere = (operationId) => {
      if (operationId === "ListPatients" && ++pages === 2) remove(service.patients);
      return undefined;
    };
    const rows = Array.from({ length: 620 }, (__, i) => `Person ${i + 1},1980-01-31\n`);
    const there = rows.slice(250).join("");
    const { out } = await importing(`fullName,birthDate\n${there}`, "--json");
    expect(JSON.parse(out)).toMatchObject({ created: 0, alreadyThere: 370 });
  });

  test("run twice at the same time makes everybody once", async () => {
    const file = givenFile(
      `fullName,birthDate\n${Array.from({ length: 20 }, (_, i) => `P ${i},1980-01-31\n`).join("")}`,
    );
    await Promise.all([running(service, importArgs(file)), running(service, importArgs(file))]);
    expect(service.patients).toHaveLength(20);
  });

  test("creates again whom it created and somebody deleted, though the key of the row is known", async () => {
    await importing(ONE);
    service.patients = [];
    expect((await importing(ONE)).status).toBe(EXIT.done);
    expect(service.patients).toHaveLength(1);
  });

  test("skips whom the clinic has merged into another record since, through others as well", async () => {
    await importing(`${ONE}Rosa Díaz,1987-02-03,B-1\nRosa Diaz,1987-02-03,A-171\n`);
    const [a, b, c] = ["A-17", "B-1", "A-171"].map((mrn) => service.patients.find((it) => it.mrn === mrn)!.id);
    service.patients = service.patients.filter(({ id }) => id === c);
    service.patientMerges = [
      { sourceId: a!, targetId: b!, formerMrn: "A-17" },
      { sourceId: b!, targetId: c!, formerMrn: "B-1" },
    ];
    // An import from elsewhere, to whom the keys of the rows are new.
    const again = await importing(`${HEAD}rosa diaz,1987-02-03,a-17\nRosa Diaz,1987-02-03,b-1\n`, "--json");
    expect(JSON.parse(again.out)).toMatchObject({ created: 0, alreadyThere: 2 });
    // What only looks like a former MRN is another's, and so is a former MRN with another birth date.
    const other = await importing(`${HEAD}Rosa Diaz,1987-02-03,A-1\nRosa Diaz,1987-02-04,B-1\n`, "--json");
    expect(JSON.parse(other.out)).toMatchObject({ created: 2, alreadyThere: 0 });
  });

  test("creates nobody again who was merged since, though the row no longer tells who", async () => {
    await importing(`fullName,birthDate\nRosa Diaz,1987-02-03\n`);
    const [rosa] = service.patients;
    service.patients = [{ ...rosa!, id: crypto.randomUUID(), fullName: "Rosa Diaz Gil" }];
    service.patientMerges = [{ sourceId: rosa!.id, targetId: service.patients[0]!.id }];
    expect((await importing(`fullName,birthDate\nRosa Diaz,1987-02-03\n`)).status).toBe(EXIT.done);
    expect(service.patients).toHaveLength(1);
  });

  test("ends cleanly by Ctrl-C: what is under way is finished, and the last line says how to go on", async () => {
    const file = givenFile(HEAD + people(60));
    service.interfere = async (operationId) => {
      if (operationId === "CreatePatientAccount") await new Promise((resolve) => setTimeout(resolve, 50));
      return undefined;
    };
    const { child, ended } = started(service, importArgs(file, "--json"));
    await expect.poll(() => service.patients.length, { timeout: 20_000 }).toBeGreaterThan(4);
    child.kill("SIGINT");
    const { status, out, err } = await ended;
    const { created, left } = JSON.parse(out);
    expect([status, created + left, created]).toEqual([EXIT.interrupted, 60, service.patients.length]);
    expect(err.trim().split("\n").at(-1)).toBe("the same command goes on: patients who are there are skipped");
  });

  test("goes on after a row that the service refuses: status 3, its row and request id", async () => {
    service.interfere = (operationId, { body }) =>
      operationId === "CreatePatientAccount" && body.mrn === "M-2"
        ? { status: 409, body: { code: 409, message: "duplicate: email" } }
        : undefined;
    const { status, out, err } = await importing(HEAD + people(5));
    expect([status, out]).toEqual([EXIT.partly, "4 created, 0 were there already, 1 failed\n"]);
    expect(err).toMatch(/^row 3: duplicate: email \(status 409, request id stand-in-request, /);
  });

  test("stops at what would refuse all: a full clinic", async () => {
    service.interfere = (operationId) =>
      operationId === "CreatePatientAccount"
        ? { status: 402, body: { code: 402, message: "the plan is full" } }
        : undefined;
    const { status, out } = await importing(HEAD + people(100), "--json");
    const { created, left, problems } = JSON.parse(out);
    expect([status, created]).toEqual([EXIT.failed, 0]);
    expect(problems.length).toBeLessThanOrEqual(4);
    expect(left).toBe(100 - problems.length);
  });
});

test("the bounds are those of the description", () => {
  const file = path.join(import.meta.dirname, "../../public/openapi.json");
  const { schemas } = JSON.parse(readFileSync(file, "utf8")).components;
  const { fullName, mrn, email, targetDevices, tags, sites } = schemas["patientInput.v1"].properties;
  expect([fullName.maxLength, mrn.maxLength, email.maxLength, targetDevices.items.maxLength]).toEqual([
    NAME_LENGTH_MAX,
    MRN_LENGTH_MAX,
    EMAIL_LENGTH_MAX,
    DEVICE_LENGTH_MAX,
  ]);
  for (const { maxItems } of [targetDevices, tags, sites]) expect(maxItems).toBe(LIST_LENGTH_MAX);
  expect([...DIAGNOSES, ""]).toEqual(schemas["diagnosisType.v1"].enum);
  // What is not a column is ignored by the service, or nothing that a clinic keeps in a table.
  const others = ["attestationSubmitted", "dataSources", "glycemicRanges", "permissions", "reviews"];
  const all = Object.keys(schemas["patientInput.v1"].properties);
  expect([...COLUMN_NAMES, ...others].toSorted()).toEqual(all.toSorted());
});
