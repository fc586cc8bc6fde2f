import { describe, expect, test } from "vitest";
import { add, cbg, close, openSet, settle, smbg } from "../device-data.ts";
import { countRows, givenClinic, givenPatient, givenTag, rows } from "../harness.ts";
import { givenSummary, statsWith } from "../summaries.ts";
import { merge } from "../patient-merges.ts";

/** Merges of one record after another, and what other clinics know of a record that returns. */

const born = { birthDate: "1987-02-03" };
const at = (time: string) => ({ dates: { lastData: time, lastUpdatedDate: time } });

/** Every column of every record of the clinic and of their accounts, but for how often and when it was written. */
async function wholeOf(clinicId: string) {
  const patients = await rows("SELECT * FROM patients WHERE clinic_id = ? ORDER BY key", clinicId);
  const accounts = await rows(
    "SELECT * FROM users WHERE id IN (SELECT user_id FROM patients WHERE clinic_id = ?) ORDER BY id",
    clinicId,
  );
  const isWritingItself = (column: string) => column === "version" || column === "updated_at";
  return [...patients, ...accounts].map((row) =>
    Object.fromEntries(Object.entries(row).filter(([column]) => !isWritingItself(column))),
  );
}

describe("a chain of merges", () => {
  test("undone, the newest first, is as it was before each of them", async () => {
    const clinic = await givenClinic();
    const people = [];
    for (const n of [1, 2, 3, 4]) {
      const [tag, { id }] = [
        await givenTag(clinic),
        await givenPatient(clinic, { fullName: `Rosa ${n}`, email: undefined, ...born }),
      ];
      const record = {
        fullName: `Rosa ${n}`,
        mrn: `CHAIN-${n}`,
        email: `${n}-${id}@chains.test`,
        tags: [tag.id],
        ...born,
      };
      expect((await clinic.admin.put(`${clinic.path}/patients/${id}`, record)).status).toBe(200);
      const cgmStats = await statsWith("cgm", { totalRecords: n }, at(`2026-01-0${n}T00:00:00Z`));
      await givenSummary(clinic.clinicId, id, { cgmStats });
      people.push(id as string);
    }
    const before: { readonly id: string; readonly whole: object[] }[] = [];
    for (let n = 0; n < people.length - 1; n++) {
      const whole = await wholeOf(clinic.clinicId);
      const take = ["fullName", "email", "mrn"];
      const done = await merge(clinic, people[n + 1]!, people[n]!, { take, accept: ["not-alike", "data-stays"] });
      expect(done.status, done.text).toBe(200);
      before.push({ id: done.body.id, whole });
    }
    const [survivor] = await rows("SELECT full_name AS name, mrn FROM patients WHERE user_id = ?", people.at(-1)!);
    expect(survivor).toEqual({ name: "Rosa 1", mrn: "CHAIN-1" });
    for (const { id, whole } of before.toReversed()) {
      const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${id}/undo`);
      expect([undone.status, undone.body.notRestored], undone.text).toEqual([200, []]);
      expect(await wholeOf(clinic.clinicId)).toEqual(whole);
    }
  });
});

describe("a record that returns", () => {
  test("has the summary that another clinic knows, where that is newer, and it is named", async () => {
    const [here, elsewhere] = [await givenClinic(), await givenClinic()];
    const a = await givenPatient(here, { fullName: "Rosa Diaz", ...born });
    const b = await givenPatient(here, { fullName: "rosa diaz", mrn: "KNOWN-1", ...born });
    await elsewhere.service.post(`${elsewhere.path}/patients/${a.id}`, { permissions: { view: {} }, ...born });
    const statsOf = (records: number, time: string) => statsWith("cgm", { totalRecords: records }, at(time));
    await givenSummary(here.clinicId, a.id, { cgmStats: await statsOf(1, "2026-01-01T00:00:00Z") });
    const { body } = await merge(here, b.id, a.id, { accept: ["data-stays", "records-elsewhere"] });
    const told = await elsewhere.service.post(`/v1/patients/${a.id}/summary`, {
      cgmStats: await statsOf(2, "2026-02-02T00:00:00Z"),
    });
    expect(told.status).toBe(200);
    const undone = await here.admin.post(`${here.path}/patient_merges/${body.id}/undo`);
    expect([undone.status, undone.body.notRestored], undone.text).toEqual([
      200,
      [{ record: "source", field: "summary", reason: "known-elsewhere" }],
    ]);
    const [shown, known] = [
      (await here.admin.get(`${here.path}/patients/${a.id}`)).body.summary,
      (await elsewhere.admin.get(`${elsewhere.path}/patients/${a.id}`)).body.summary,
    ];
    expect(shown.cgmStats.periods["14d"].totalRecords).toBe(2);
    expect(shown).toEqual(known);
  });

  test("has the data sources that another clinic knows, and they are named", async () => {
    const [here, elsewhere] = [await givenClinic(), await givenClinic()];
    const a = await givenPatient(here, { fullName: "Rosa Diaz", ...born });
    const b = await givenPatient(here, { fullName: "rosa diaz", mrn: "SOURCE-1", ...born });
    await elsewhere.service.post(`${elsewhere.path}/patients/${a.id}`, { permissions: { view: {} }, ...born });
    const sources = (state: string) =>
      here.service.put(`/v1/patients/${a.id}/data_sources`, [{ providerName: "dexcom", state }]);
    expect((await sources("connected")).status).toBe(200);
    const accept = ["connection-stays", "records-elsewhere"];
    const { body } = await merge(here, b.id, a.id, { accept });
    expect((await sources("disconnected")).status).toBe(200);
    const undone = await here.admin.post(`${here.path}/patient_merges/${body.id}/undo`);
    expect([undone.status, undone.body.notRestored], undone.text).toEqual([
      200,
      [{ record: "source", field: "dataSources", reason: "known-elsewhere" }],
    ]);
    const shown = (await here.admin.get(`${here.path}/patients/${a.id}`)).body.dataSources;
    expect(shown).toEqual([expect.objectContaining({ state: "disconnected" })]);
  });

  test("has no summary of data that were destroyed meanwhile, and it is named", async () => {
    const clinic = await givenClinic();
    const a = await givenPatient(clinic, { fullName: "Rosa Diaz", ...born });
    const b = await givenPatient(clinic, { fullName: "rosa diaz", mrn: "GONE-1", ...born });
    const setId = await openSet(clinic.admin, a.id);
    await add(clinic.admin, setId, [cbg(Date.now() - 60_000), smbg(Date.now() - 60_000)]);
    await close(clinic.admin, setId);
    await settle(a.id);
    const summary = async () => (await clinic.admin.get(`${clinic.path}/patients/${a.id}`)).body.summary;
    expect(Object.keys(await summary())).toEqual(["cgmStats", "bgmStats"]);
    const { body } = await merge(clinic, b.id, a.id, { accept: ["data-stays"] });
    expect((await clinic.service.delete(`/v1/users/${a.id}/data`)).status).toBe(200);
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect([undone.status, undone.body.notRestored], undone.text).toEqual([
      200,
      [{ record: "source", field: "summary", reason: "gone" }],
    ]);
    expect(await summary()).toBeUndefined();
    expect(await countRows("cgm_periods WHERE patient_key = (SELECT key FROM patients WHERE user_id = ?)", a.id)).toBe(
      0,
    );
  });
});
