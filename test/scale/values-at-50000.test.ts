import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { comparisonKey } from "../../src/platform/text/comparison-key.ts";
import { type Answer, type GivenClinic, givenClinic, givenPatient, givenSite, givenTag, rows } from "../harness.ts";
import { statsWith, summaryStatements } from "../summaries.ts";
import { passedDuring, VALUE_BYTES_MAX } from "./largest-value.ts";

/** The largest clinic, where every name has 256 Cyrillic letters: what passes to and from the database in one piece. */

const PATIENTS = 50_000;
const NAME_END = "Жя".repeat(125);

let clinic: GivenClinic;
let tagId: string;
let patientId: string;

beforeAll(async () => {
  clinic = await givenClinic({ country: "CA" });
  for (let i = 0; i < 50; i++) await givenTag(clinic, `тэг ${i} ${"ж".repeat(12)}`);
  for (let i = 0; i < 50; i++) await givenSite(clinic, `клиника ${i} ${"ж".repeat(180)}`);
  const tags = await rows<{ id: string }>("SELECT id FROM clinic_patient_tags WHERE clinic_id = ?", clinic.clinicId);
  const sites = await rows<{ id: string; name: string }>(
    "SELECT id, name FROM clinic_sites WHERE clinic_id = ?",
    clinic.clinicId,
  );
  tagId = tags[0]!.id;
  const { id } = await givenPatient(clinic, { fullName: "AAA model", tags: [tagId], sites: sites.slice(0, 1) });
  patientId = id;
  const dates = { hasLastData: true, lastData: new Date().toISOString() };
  const stats = await statsWith("cgm", { totalRecords: 12, timeInTargetPercent: 0.1 }, { dates });
  await env.DB.batch(await summaryStatements(clinic.clinicId, patientId, "cgm", stats));
  await copies(PATIENTS - 2);
}, 240_000);

/** Copies the model patient and its period: other ids, and names that only differ in their first letters. */
async function copies(count: number): Promise<void> {
  const columnsOf = async (table: string) =>
    (await rows<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) => name);
  const columns = (await columnsOf("patients")).filter((name) => name !== "key");
  const digits = "printf('%06d', (n.i * 7919) % 50021)";
  const values = columns.map((name) => {
    if (name === "user_id") return "printf('%010x', 900000000000 + n.i)";
    if (name === "full_name") return `${digits} || '${NAME_END}'`;
    if (name === "name_key") return `${digits} || '${comparisonKey(NAME_END)}'`;
    if (name === "mrn" || name === "mrn_key") return `${digits} || '${"ж".repeat(58)}'`;
    if (name === "birth_date") return "date('1940-01-01', '+' || ((n.i * 31) % 20000) || ' days')";
    return `p.${name}`;
  });
  const periodColumns = (await columnsOf("cgm_periods")).filter((name) => name !== "patient_key");
  // The longest number there is, for most.
  const periodValues = periodColumns.map((name) =>
    name === "time_in_target_percent" ? "-1.2345678901234567e-300 * (p.key + 1)" : `m.${name}`,
  );
  await env.DB.batch([
    env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT INTO patients (${columns.join(", ")})
       SELECT ${values.join(", ")} FROM n CROSS JOIN (SELECT * FROM patients WHERE clinic_id = ? AND user_id = ?) AS p`,
    ).bind(clinic.clinicId, patientId),
    env.DB.prepare(
      `INSERT INTO cgm_periods (patient_key, ${periodColumns.join(", ")}) SELECT p.key, ${periodValues.join(", ")}
       FROM patients AS p CROSS JOIN cgm_periods AS m
       WHERE p.clinic_id = ?1 AND p.user_id <> ?2 AND m.patient_key = (SELECT key FROM patients WHERE user_id = ?2)`,
    ).bind(clinic.clinicId, patientId),
    env.DB.prepare("UPDATE clinics SET patient_total = patient_total + ? WHERE id = ?").bind(count, clinic.clinicId),
  ]);
}

const get = (path: string) => () => clinic.member.get(path.replaceAll("{clinic}", clinic.path));
const tide = () => {
  const cutoff = encodeURIComponent(new Date(Date.now() - 24 * 3_600_000).toISOString());
  const query = `period=14d&tags=${tagId}&lastDataCutoff=${cutoff}&categories=timeInTargetPercent`;
  return clinic.member.get(`${clinic.path}/tide_report?${query}`);
};
const mergeReport = async () => {
  const { clinicId } = await givenClinic({ country: "CA" });
  return clinic.service.post(`${clinic.path}/reports/merge`, { sourceId: clinicId }, { accept: "application/json" });
};

describe("no value and no row of more than 2 MB passes the database in a clinic of 50,000 patients", () => {
  const operations: [string, () => Promise<Answer>][] = [
    ["the names downwards", get("{clinic}/patients?sort=-fullName&sortType=cgm&offset=25000&limit=1000")],
    [
      "the names upwards, with a filter",
      get("{clinic}/patients?sort=%2BfullName&sortType=cgm&lastReviewed=2100-01-01T00:00:00Z"),
    ],
    ["a search", get("{clinic}/patients?search=%D0%B6&offset=49000")],
    ["the default list", get("{clinic}/patients?limit=1000&offset=49000")],
    ["birth dates", get("{clinic}/patients?sort=-birthDate&sortType=cgm")],
    ["the longest statistics", get("{clinic}/patients?sort=-timeInTargetPercent&sortType=cgm&offset=25000")],
    ["all patients found by none of their fields", get("/v1/patients?offset=49000&limit=1000")],
    ["the TIDE report", tide],
    ["the clinic", get("{clinic}")],
    ["the plan of a merge", mergeReport],
  ];

  test.each(operations)("%s", { timeout: 240_000 }, async (_, operation) => {
    const passed = await passedDuring(async () => {
      expect((await operation()).status).toBe(200);
    });
    expect(passed.largestValue).toBeGreaterThan(0);
    expect(passed.largestValue).toBeLessThan(VALUE_BYTES_MAX);
    expect(passed.largestRow).toBeLessThan(VALUE_BYTES_MAX);
  });

  test("the table of all patients, by name downwards", { timeout: 240_000 }, async () => {
    const passed = await passedDuring(async () => {
      const query = "sort=-fullName&sortType=cgm";
      const answer = await clinic.member.get(`${clinic.path}/patients?${query}`, { accept: "text/csv" });
      expect(answer.text.split("\r\n")).toHaveLength(PATIENTS + 2);
    });
    expect(passed.largestValue).toBeLessThan(VALUE_BYTES_MAX);
  });

  test("a tag taken from everybody and given again", { timeout: 240_000 }, async () => {
    const passed = await passedDuring(async () => {
      expect((await clinic.admin.post(`${clinic.path}/patients/delete_tag/${tagId}`)).status).toBe(200);
      expect((await clinic.admin.post(`${clinic.path}/patients/assign_tag/${tagId}`)).status).toBe(200);
    });
    expect(passed.largestValue).toBeLessThan(VALUE_BYTES_MAX);
  });
});
