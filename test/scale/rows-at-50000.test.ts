import { env } from "cloudflare:workers";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  service,
} from "../harness.ts";
import { newObjectId } from "../../src/platform/core/ids.ts";
import { CODES, connect, orderFor } from "../ehr/fake-redox.ts";
import { connectXealth, fakeXealth } from "../ehr/fake-xealth.ts";
import { statsWith, summaryStatements } from "../summaries.ts";

/** How many rows and round trips the everyday reads cost in the largest clinics: figures that don't depend on the machine. */

const PATIENTS = 50_000;
const PAGE = 50;
const HOUR_MS = 3_600_000;
const PERIODS = ["1d", "7d", "14d", "30d"];

let clinic: GivenClinic;
let tagId: string;
let patientId: string;

beforeAll(async () => {
  clinic = await givenClinic({ country: "CA" });
  for (let i = 0; i < 50; i++) await givenTag(clinic, `tag ${i}`);
  for (let i = 0; i < 50; i++) await givenSite(clinic, `site ${i}`);
  const [tag] = await rows<{ id: string }>("SELECT id FROM clinic_patient_tags WHERE clinic_id = ?", clinic.clinicId);
  const [site] = await rows<{ id: string; name: string }>(
    "SELECT id, name FROM clinic_sites WHERE clinic_id = ?",
    clinic.clinicId,
  );
  tagId = tag!.id;
  const dataSources = [{ providerName: "dexcom", state: "disconnected" }];
  const patient = await givenPatient(clinic, { fullName: "AAA model", tags: [tagId], sites: [site], dataSources });
  patientId = patient.id;
  await copies(PATIENTS - 2);
  await givenFullSummaries();
}, 120_000);

/** Copies the one patient the service made, under other names and ids. */
async function copies(count: number): Promise<void> {
  const info = await rows<{ name: string }>("SELECT name FROM pragma_table_info('patients')");
  const columns = info.map(({ name }) => name).filter((name) => name !== "key");
  const values = columns.map((name) => {
    if (name === "user_id") return "printf('%010x', 900000000000 + n.i)";
    if (name === "full_name") return "'Person ' || printf('%05d', (n.i * 7919) % 50021)";
    if (name === "name_key") return "'person ' || printf('%05d', (n.i * 7919) % 50021)";
    if (name === "birth_date") return "date('1940-01-01', '+' || ((n.i * 31) % 20000) || ' days')";
    return `p.${name}`;
  });
  await env.DB.batch([
    env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT INTO patients (${columns.join(", ")})
       SELECT ${values.join(", ")} FROM n CROSS JOIN (SELECT * FROM patients WHERE clinic_id = ? AND user_id = ?) AS p`,
    ).bind(clinic.clinicId, patientId),
    env.DB.prepare(
      "UPDATE clinics SET patient_total = patient_total + ?, patient_plan = patient_plan + ? WHERE id = ?",
    ).bind(count, count, clinic.clinicId),
  ]);
}

/** All eight period rows for every patient of the clinic: those of the model, copied. */
async function givenFullSummaries(): Promise<void> {
  for (const type of ["cgm", "bgm"] as const) {
    const dates = { hasLastData: true, lastData: new Date(Date.now() - 9 * HOUR_MS).toISOString() };
    const stats = await statsWith(type, { totalRecords: 12, timeInTargetPercent: 0.5 }, { dates });
    const periods = Object.fromEntries(PERIODS.map((period) => [period, stats.periods!["14d"]!]));
    await env.DB.batch(await summaryStatements(clinic.clinicId, patientId, type, { ...stats, periods }));
    const info = await rows<{ name: string }>(`SELECT name FROM pragma_table_info('${type}_periods')`);
    const columns = info.map(({ name }) => name);
    const values = columns.map((name) => {
      if (name === "patient_key") return "p.key";
      if (name === "time_in_target_percent") return "(p.key % 997) / 997.0";
      return `m.${name}`;
    });
    const head = (await rows<{ name: string }>("SELECT name FROM pragma_table_info('patients')"))
      .map(({ name }) => name)
      .filter((name) => name.startsWith(`${type}_`));
    await rows(
      `UPDATE patients SET ${head.map((name) => `${name} = m.${name}`).join(", ")}
       FROM (SELECT * FROM patients WHERE user_id = ?1) AS m WHERE patients.clinic_id = ?2 AND patients.user_id <> ?1`,
      patientId,
      clinic.clinicId,
    );
    await rows(
      `INSERT INTO ${type}_periods (${columns.join(", ")})
       SELECT ${values.join(", ")} FROM patients AS p CROSS JOIN ${type}_periods AS m
       WHERE p.clinic_id = ?2 AND p.user_id <> ?1 AND m.patient_key = (SELECT key FROM patients WHERE user_id = ?1)`,
      patientId,
      clinic.clinicId,
    );
  }
}

const cost = ({ calls, rowsRead }: Answer) => ({ calls, rowsRead });
const list = (query: string, caller: Caller = clinic.member) => caller.get(`${clinic.path}/patients?${query}`);

describe("in a clinic of 50,000 patients", () => {
  test("GetPatient takes one round trip and at most 20 rows, summary included", async () => {
    const answer = await clinic.member.get(`${clinic.path}/patients/${patientId}`);
    expect(Object.keys(answer.body.summary.cgmStats.periods)).toHaveLength(4);
    expect(answer.calls).toBe(1);
    expect(answer.rowsRead).toBeLessThanOrEqual(20);
  });

  test("GetClinician takes one round trip and at most 20 rows", async () => {
    const answer = await clinic.member.get(`${clinic.path}/clinicians/${clinic.admin.id}`);
    expect(answer.status).toBe(200);
    expect(answer.calls).toBe(1);
    expect(answer.rowsRead).toBeLessThanOrEqual(20);
  });

  test("GetClinic takes one round trip and at most 250 rows, with 50 tags and 50 sites", async () => {
    const answer = await clinic.member.get(clinic.path);
    expect(answer.body.patientTags).toHaveLength(50);
    expect(answer.calls).toBe(1);
    expect(answer.rowsRead).toBeLessThanOrEqual(250);
  });

  test("the first page of the default list takes at most 12 rows a patient and 60", async () => {
    const answer = await list(`limit=${PAGE}`);
    expect(answer.body.meta).toEqual({ count: PATIENTS, totalCount: PATIENTS });
    expect(Object.keys(answer.body.data[0].summary.bgmStats.periods)).toHaveLength(4);
    expect(answer.calls).toBeLessThanOrEqual(2);
    expect(answer.rowsRead).toBeLessThanOrEqual(12 * PAGE + 60);
  });

  test("a page whose records were listed before takes at most 4 rows a patient and 60, and is the same", async () => {
    const [query, sorted] = [`limit=${PAGE}&offset=10`, `limit=${PAGE}&sort=-fullName&sortType=cgm`];
    for (const again of [query, sorted]) {
      const first = await list(again);
      const answer = await list(again);
      expect(answer.calls).toBe(first.calls);
      expect(answer.rowsRead).toBeLessThanOrEqual(4 * PAGE + 60);
      expect(answer.text).toBe(first.text);
    }
  });

  test.each([
    ["a deep page", "offset=49000"],
    ["a search", "search=person%2012"],
    ["a tag", "tags={tag}"],
    ["a numeric filter", "cgm.timeInTargetPercent=%3E0.5"],
    ["a numeric filter that lets everyone pass, deep", "cgm.timeInTargetPercent=%3E%3D0&offset=25000"],
    ["a sort by a statistic, deep", "sort=-timeInTargetPercent&sortType=cgm&offset=25000"],
    ["a sort by birth date, deep", "sort=%2BbirthDate&sortType=cgm&offset=49900"],
    ["a sort by name downwards", "sort=-fullName&sortType=cgm"],
    ["a filter and a sort by a date", "cgm.timeInTargetPercent=%3E%3D0&sort=-lastData&sortType=cgm&offset=25000"],
    ["a filter and a sort by another statistic", "cgm.timeInTargetPercent=%3E%3D0&sort=%2BtotalRecords&sortType=cgm"],
    ["a tag and a sort by a statistic", "tags={tag}&sort=-timeInTargetPercent&sortType=bgm"],
  ])("%s takes at most 2.2 rows a patient and two round trips", async (_, query) => {
    const answer = await list(`limit=${PAGE}&${query.replace("{tag}", tagId)}`);
    expect(answer.status).toBe(200);
    expect(answer.body.data.length).toBeGreaterThan(0);
    expect(cost(answer).calls).toBeLessThanOrEqual(2);
    expect(answer.rowsRead).toBeLessThanOrEqual(2.2 * PATIENTS);
  });

  test.each(["mrn=SCALE-1", "birthDate=1931-01-01"])(
    "FindPatients by %s takes one round trip and at most 250 rows, with 50 tags and 50 sites",
    async (query) => {
      await rows(
        "UPDATE patients SET mrn = 'Scale-1', mrn_key = 'scale-1', birth_date = '1931-01-01' WHERE user_id = ? RETURNING key",
        patientId,
      );
      const answer = await clinic.member.get(`/v1/patients?${query}`);
      expect(answer.body.map(({ patient }: any) => patient.id)).toEqual([patientId]);
      expect(answer.calls).toBe(1);
      expect(answer.rowsRead).toBeLessThanOrEqual(250);
    },
  );

  test.each(["MRN", "MRN_DOB", "DOB_FULLNAME"])(
    "MatchClinicAndPatient by %s takes two round trips and at most 250 rows",
    async (criterion) => {
      const sourceId = `scale-${clinic.clinicId}`;
      await connect(clinic, { sourceId });
      const person = { fullName: "Scale Person", birthDate: "1932-01-01", mrn: "SCALE-2" };
      await rows(
        `UPDATE patients SET full_name = 'Scale Person', name_key = 'scale person', mrn = 'Scale-2', mrn_key = 'scale-2',
           birth_date = '1932-01-01' WHERE user_id = ? RETURNING key`,
        patientId,
      );
      const id = newObjectId(Date.now());
      await rows(
        `INSERT INTO ehr_messages (id, deduplication_key, data_model, event_type, source_id, is_test, received_at, expires_at, state, message)
         VALUES (?1, ?1, 'Order', 'New', ?2, 0, 1, 9000000000000000, 'stored', ?3) RETURNING id`,
        id,
        sourceId,
        JSON.stringify(orderFor({ sourceId }, person, CODES.enableSummaryReports)),
      );
      const answer = await (await service()).post("/v1/redox/match", {
        messageRef: { dataModel: "Order", eventType: "New", documentId: id },
        patients: { criteria: [criterion] },
      });
      expect(answer.body.patients?.map((patient: { id: string }) => patient.id)).toEqual([patientId]);
      expect(answer.calls).toBe(2);
      expect(answer.rowsRead).toBeLessThanOrEqual(250);
    },
  );

  test("Xealth's reads take one round trip and at most 400 rows, its link two", async () => {
    const xealth = fakeXealth();
    const deployment = `scale-${clinic.clinicId}`;
    await connectXealth(clinic, { sourceId: deployment });
    const there = { ...clinic, deployment };
    const person = { given: "Scale", family: "Person", birthDate: "1931-01-01", mrn: "SCALE-3" };
    await rows(
      "UPDATE patients SET mrn = 'Scale-3', mrn_key = 'scale-3', birth_date = '1931-01-01' WHERE user_id = ? RETURNING key",
      patientId,
    );
    await xealth.notify("new", there, person, xealth.place(there, person));
    await xealth.run();
    const ids = [
      { id: person.mrn, type: "MRN" },
      ...Array.from({ length: 49 }, (_, i) => ({ id: `${i}`, type: "EPI" })),
    ];
    const many = { patientIdentity: { ids } };
    const known = await xealth.preorder("initial", there, person, many);
    const unknown = await xealth.preorder("initial", there, { ...person, mrn: "SCALE-4" });
    const programs = await xealth.programs(there, person, many);
    const link = await xealth.programUrl(there, person, many);
    xealth.restore();
    expect([known.body, unknown.body.notOrderable, programs.body.present, link.status]).toEqual([{}, false, true, 200]);
    for (const { rowsRead } of [known, unknown, programs, link]) expect(rowsRead).toBeLessThanOrEqual(400);
    expect([known, unknown, programs, link].map(({ calls }) => calls)).toEqual([1, 1, 1, 2]);
  });

  const MOST = "timeInVeryLowPercent,timeInTargetPercent,meetingTargets";
  test.each([
    ["with nobody to list twice", `categories=${MOST}&excludeNoData=true`],
    ["where everybody may stand in a category and has lost their connection", `categories=${MOST}`],
    ["where nobody has fresh data", "", -8 * HOUR_MS],
  ])("TideReport takes at most 2.2 rows a patient and two round trips %s", async (_, query, cutoff = -24 * HOUR_MS) => {
    const lastDataCutoff = new Date(Date.now() + cutoff).toISOString();
    const path = `${clinic.path}/tide_report?period=14d&tags=${tagId}&lastDataCutoff=${lastDataCutoff}&${query}`;
    const answer = await clinic.member.get(path);
    expect(answer.status).toBe(200);
    expect(Object.values<unknown[]>(answer.body.results).flat().length).toBeGreaterThanOrEqual(50);
    expect(answer.calls).toBeLessThanOrEqual(2);
    expect(answer.rowsRead).toBeLessThanOrEqual(2.2 * PATIENTS);
  });

  test.each([
    ["text/csv", ({ text }: Answer) => text.split("\r\n").length - 2],
    ["text/csv; headings=readable", ({ text }: Answer) => text.split("\r\n").length - 2],
    [
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      ({ bytes }: Answer) =>
        new TextDecoder().decode(unzipSync(bytes)["xl/worksheets/sheet1.xml"]).split("<row ").length - 2,
    ],
  ])(
    "the table of all patients as %s has a line for each, and begins after two round trips",
    {
      timeout: 60_000,
    },
    async (accept, lines) => {
      const query = "cgm.timeInTargetPercent=%3E%3D0&sort=-timeInTargetPercent&sortType=cgm";
      const answer = await clinic.member.get(`${clinic.path}/patients?${query}`, { accept });
      expect(answer.status).toBe(200);
      expect(lines(answer)).toBe(PATIENTS);
      expect(answer.calls).toBe(2);
    },
  );

  test("a summary is updated and deleted in five clinics in one round trip, and others' are not read", async () => {
    for (let i = 0; i < 4; i++) {
      const other = await givenClinic();
      expect((await other.service.post(`${other.path}/patients/${patientId}`)).status).toBe(200);
    }
    const stats = await statsWith("cgm", { totalRecords: 7 });
    const periods = Object.fromEntries(PERIODS.map((period) => [period, stats.periods!["14d"]!]));
    const cgmStats = { ...stats, periods, id: clinic.clinicId };
    const answers = [
      await clinic.service.post(`/v1/patients/${patientId}/summary`, { cgmStats }),
      await clinic.service.delete(`/v1/summaries/${clinic.clinicId}/clinics`),
    ];
    for (const { status, calls, rowsRead } of answers) {
      expect([status, calls]).toEqual([200, 1]);
      expect(rowsRead).toBeLessThanOrEqual(150);
    }
  });

  test("writes to one patient don't read the others", async () => {
    const created = await clinic.member.post(`${clinic.path}/patients`, {
      fullName: "New",
      birthDate: "2000-01-01",
      mrn: "X",
    });
    const path = `${clinic.path}/patients/${created.body.id}`;
    const updated = await clinic.member.put(path, { fullName: "Newer", birthDate: "2000-01-01", tags: [tagId] });
    const deleted = await clinic.admin.delete(path);
    for (const answer of [created, updated, deleted]) {
      expect(answer.status).toBeLessThan(300);
      expect(answer.calls).toBeLessThanOrEqual(2);
      expect(answer.rowsRead).toBeLessThanOrEqual(100);
    }
  });
});
