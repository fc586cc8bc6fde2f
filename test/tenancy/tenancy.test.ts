import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { Db } from "../../src/platform/db/client.ts";
import { givenClinic } from "../harness.ts";
import { type ClinicColumns, unboundIn } from "./bindings.ts";
import { EXCEPTIONS, exceptionFor, NOT_A_CLINICS } from "./exceptions.ts";
import { clinicColumns, judgeStatements } from "./watch.ts";

let columns: ClinicColumns;
beforeAll(async () => {
  columns = await clinicColumns();
});
const tablesUnbound = (statement: string) => unboundIn(statement, columns).map(({ table }) => table);

describe("a statement that binds the clinic in every block", () => {
  test.each([
    ['SELECT * FROM "patients" WHERE "patients"."clinic_id" = ? AND "patients"."user_id" = ?'],
    ["SELECT 1 FROM patients p WHERE p.user_id = ? AND ? = 1 AND (p.clinic_id = ? AND p.key > ?)"],
    ["SELECT 1 FROM clinics WHERE id = ?"],
    ["SELECT 1 FROM patients AS p JOIN clinics ON clinics.id = p.clinic_id WHERE p.clinic_id = ?"],
    ["SELECT 1 FROM patients AS p JOIN clinics ON clinics.id = p.clinic_id WHERE clinics.id = ?"],
    ["SELECT 1 FROM clinics LEFT JOIN patients AS p ON p.clinic_id = clinics.id WHERE clinics.id = ?"],
    ["SELECT 1 FROM patients WHERE clinic_id = ? AND name_key = ? OR clinic_id = ? AND mrn_key = ?"],
    ["SELECT 1 FROM patients WHERE clinic_id IN (?, ?)"],
    ["SELECT statistics FROM cgm_periods JOIN patients ON patients.key = patient_key WHERE patients.clinic_id = ?"],
    [
      "SELECT (SELECT min FROM cgm_periods WHERE patient_key = patients.key) FROM patients WHERE patients.clinic_id = ?",
    ],
    ["DELETE FROM bgm_periods WHERE patient_key IN (SELECT key FROM patients WHERE clinic_id = ?)"],
    [
      "WITH own AS (SELECT key FROM patients WHERE clinic_id = ?) SELECT 1 FROM own JOIN cgm_periods ON cgm_periods.patient_key = own.key",
    ],
    ["INSERT INTO clinic_sites (clinic_id, id) VALUES (?, ?)"],
    ["INSERT INTO deleted_patients (deleted_at, clinic_id) SELECT ?, clinic_id FROM patients WHERE clinic_id = ?"],
    [
      "INSERT INTO _guard (n) SELECT 3 WHERE NOT EXISTS (SELECT 1 FROM clinicians, json_each(clinicians.roles) AS held WHERE clinicians.clinic_id = ?)",
    ],
    ["SELECT 1 FROM users WHERE id = ?"],
  ])("passes: %s", (statement) => {
    expect(tablesUnbound(statement)).toEqual([]);
  });
});

describe("a block that does not say whose rows it means", () => {
  test.each([
    ["at all", 'SELECT * FROM "patients" WHERE "patients"."user_id" = ?', ["patients"]],
    ["in a comparison that is none", "SELECT 1 FROM patients WHERE clinic_id <> ?", ["patients"]],
    ["but in one arm of an OR", "SELECT 1 FROM patients WHERE clinic_id = ? OR user_id = ?", ["patients"]],
    ["but under NOT", "SELECT 1 FROM patients WHERE NOT (clinic_id = ?)", ["patients"]],
    [
      "but under CASE",
      "SELECT 1 FROM patients WHERE CASE WHEN true AND clinic_id = ? AND true THEN 1 END",
      ["patients"],
    ],
    ["but among what it selects", "SELECT clinic_id = ? FROM patients", ["patients"]],
    ["but in what it sets", "UPDATE clinic_sites SET clinic_id = ? WHERE id = ?", ["clinic_sites"]],
    ["but of another table", "SELECT 1 FROM patients, clinic_sites WHERE clinic_sites.clinic_id = ?", ["patients"]],
    [
      "but of a column without a source that has one",
      "SELECT 1 FROM patients AS p, clinics WHERE p.clinic_id = clinics.id",
      ["patients"],
    ],
    [
      "but left of a LEFT JOIN",
      "SELECT 1 FROM patients AS p LEFT JOIN clinics AS c ON c.id = ? AND p.clinic_id = ?",
      ["patients"],
    ],
    [
      "in a sub-select, whatever the outer one binds",
      "SELECT 1 FROM clinics WHERE id = ? AND EXISTS (SELECT 1 FROM patients WHERE user_id = ?)",
      ["patients"],
    ],
    ["in a scalar sub-select", "SELECT (SELECT count(*) FROM patients) FROM clinics WHERE id = ?", ["patients"]],
    ["in a derived table", "SELECT 1 FROM (SELECT * FROM patients) AS p WHERE p.clinic_id = ?", ["patients"]],
    [
      "in the outer block, whatever a sub-select binds",
      "SELECT 1 FROM patients WHERE EXISTS (SELECT 1 FROM clinics WHERE id = ?)",
      ["patients"],
    ],
    [
      "in the second half of a UNION",
      "SELECT id FROM clinic_sites WHERE clinic_id = ? UNION ALL SELECT id FROM clinic_sites",
      ["clinic_sites"],
    ],
    ["in a WITH", "WITH own AS (SELECT key FROM patients) SELECT 1 FROM own WHERE key = ?", ["patients"]],
    ["for periods by key alone", "SELECT min FROM cgm_periods WHERE period = ?", ["cgm_periods"]],
    ["through a view", "SELECT statistics FROM cgm_period_values", ["cgm_period_values"]],
    [
      "in what an INSERT selects",
      "INSERT INTO audit_log (clinic_id, patient_id) SELECT ?, user_id FROM patients",
      ["patients"],
    ],
    ["in what it inserts", "INSERT INTO clinic_sites (id, name) VALUES (?, ?)", ["clinic_sites"]],
    ["when it deletes", "DELETE FROM patients", ["patients"]],
    [
      "when it updates from another table",
      "UPDATE clinics SET patient_total = n FROM (SELECT count(*) AS n FROM patients WHERE clinic_id = ?) AS c",
      ["clinics"],
    ],
    [
      "in a guard",
      "INSERT INTO _guard (n) SELECT 0 WHERE EXISTS (SELECT 1 FROM clinicians WHERE user_id = ?)",
      ["clinicians"],
    ],
  ])("is told, %s", (_, statement, tables) => {
    expect(tablesUnbound(statement)).toEqual(tables);
  });
});

describe("the watch over the whole suite", () => {
  test("sees what requests send to the database and finds nothing in it", async () => {
    const clinic = await givenClinic();
    await clinic.member.get(`${clinic.path}/patients?search=a`);
    expect(await judgeStatements()).toEqual([]);
  });

  test("tells a statement that names no clinic, sent through the one class that talks to D1", async () => {
    await new Db(env.DB).batch([sql`SELECT full_name FROM patients WHERE user_id = ${"0000000000"}`]);
    expect(await judgeStatements()).toEqual([
      { table: "patients", block: "SELECT full_name FROM patients WHERE user_id = ?" },
    ]);
  });

  test("knows every table that holds a clinic's id or hangs on a patient's key", () => {
    expect([...columns.keys()]).toEqual(
      expect.arrayContaining(["clinics", "patients", "clinicians", "cgm_periods", "bgm_period_values", "audit_log"]),
    );
    for (const name of NOT_A_CLINICS.keys()) expect(columns.has(name)).toBe(false);
  });
});

describe("exceptions", () => {
  const sources = import.meta.glob<string>(["../../src/**/*.ts"], { query: "?raw", import: "default", eager: true });

  test.each(EXCEPTIONS)("$file: $why", ({ file, blocks }) => {
    const text = sources[`../../${file}`];
    expect(text, `${file} is not there`).toBeDefined();
    expect(blocks.length).toBeGreaterThan(0);
  });

  test("let nothing else pass: the same query for other columns is told", () => {
    const block = (columnsSelected: string) => `SELECT ${columnsSelected} FROM patients WHERE patients.user_id = ?`;
    const [allowed] = unboundIn(block("patients.clinic_id AS clinic_id"), columns);
    const [refused] = unboundIn(block("patients.full_name"), columns);
    expect(exceptionFor(allowed!)?.file).toBe("src/features/users/model/links-store.ts");
    expect(exceptionFor(refused!)).toBeUndefined();
  });
});
