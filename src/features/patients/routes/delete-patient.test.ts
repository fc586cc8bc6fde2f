import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  newUserId,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { givenSummary, statsWith } from "../../../../test/summaries.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (id: string, caller = clinic.admin) => caller.delete(`${clinic.path}/patients/${id}`);

describe("DeletePatient", () => {
  test("204 archives the whole record with its summaries, corrects every count, in one round trip", async () => {
    const tag = await givenTag(clinic);
    const site = await givenSite(clinic);
    const patient = await givenPatient(clinic, {
      mrn: "GONE",
      tags: [tag.id],
      sites: [site],
      dataSources: [{ providerName: "dexcom", state: "connected" }],
    });
    await givenSummary(clinic.clinicId, patient.id, {
      cgmStats: await statsWith("cgm", { timeInTargetPercent: 0.7 }),
      bgmStats: await statsWith("bgm", { totalRecords: 12 }),
    });
    const answer = await remove(patient.id);
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    expect(await countRows("patients WHERE user_id = ?", patient.id)).toBe(0);
    const [kept] = await rows("SELECT * FROM deleted_patients WHERE user_id = ?", patient.id);
    expect(kept).toMatchObject({
      deleted_by: clinic.admin.id,
      mrn: "GONE",
      cgm_low_threshold: 3.9,
      tags: `["${tag.id}"]`,
    });
    expect(
      await rows("SELECT time_in_target_percent AS t FROM deleted_cgm_periods WHERE patient_key = ?", kept!.key),
    ).toEqual([{ t: 0.7 }]);
    expect(await rows("SELECT total_records AS t FROM deleted_bgm_periods WHERE patient_key = ?", kept!.key)).toEqual([
      { t: 12 },
    ]);
    expect(await countRows("cgm_periods WHERE patient_key = ?", kept!.key)).toBe(0);
    expect((await clinic.admin.get(clinic.path)).body).toMatchObject({ patientTags: [tag], sites: [site] });
    expect((await clinic.admin.get(`${clinic.path}/patient_count`)).body).toEqual({ total: 1, demo: 1, plan: 0 });
    expect(await countRows("audit_log WHERE patient_id = ? AND operation = 'DeletePatient'", patient.id)).toBe(1);
  });

  test("204 for the patient; a service is refused, and so is a plain member", async () => {
    const own = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${own.id}`, { permissions: { view: {} } });
    expect((await remove(own.id, clinic.service)).status).toBe(403);
    expect((await remove(own.id, clinic.member)).status).toBe(403);
    expect((await remove(own.id, own)).status).toBe(204);
    expect(await rows("SELECT deleted_by FROM deleted_patients WHERE user_id = ?", own.id)).toEqual([
      { deleted_by: own.id },
    ]);
  });

  test("404 the second time, and for a person who is no patient of the clinic; nothing is archived twice", async () => {
    const patient = await givenPatient(clinic);
    await remove(patient.id);
    const again = await remove(patient.id);
    expect([again.status, again.body.message]).toEqual([404, "patient not found"]);
    expect(await countRows("deleted_patients WHERE user_id = ?", patient.id)).toBe(1);
    expect((await remove(newUserId())).status).toBe(404);
  });

  test("400 for an id that is none", async () => {
    expect((await remove("1234")).status).toBe(400);
  });

  test("of eight racers one deletes, the rest get 404; the counts move by one", async () => {
    const patient = await givenPatient(clinic);
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => remove(patient.id))))).toEqual([
      204,
      ...Array(7).fill(404),
    ]);
    expect((await clinic.admin.get(`${clinic.path}/patient_count`)).body.total).toBe(1);
  });

  test("a repeat with the same Idempotency-Key gets 204 again", async () => {
    const patient = await givenPatient(clinic);
    const key = { "idempotency-key": "d-1" };
    const path = `${clinic.path}/patients/${patient.id}`;
    expect((await clinic.admin.delete(path, key)).status).toBe(204);
    const again = await clinic.admin.delete(path, key);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([204, "true"]);
  });

  test("the same user can be a patient again, with a new record", async () => {
    const own = await givenAccount();
    const link = () => clinic.service.post(`${clinic.path}/patients/${own.id}`, { permissions: { view: {} } });
    await link();
    await remove(own.id);
    expect((await link()).status).toBe(200);
  });
});
