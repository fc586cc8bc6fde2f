import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenSite, givenTag, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, clinicVersion, givenPatients, shownCounts, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const refresh = (caller = clinic.service) => caller.post(`${clinic.path}/patient_count/refresh`);

describe("RefreshPatientCount", () => {
  test("200 without a body corrects every number that is kept, in one round trip", async () => {
    const [tag, bare, site] = [await givenTag(clinic), await givenTag(clinic), await givenSite(clinic)];
    const dataSources = [{ providerName: "dexcom", state: "connected" }];
    await givenPatients(clinic, { tags: [tag.id], sites: [site.id], dataSources }, { tags: [tag.id] });
    const right = (await clinic.member.get(`${clinic.path}/patient_count`)).body;
    await rows(
      "UPDATE clinics SET patient_total = 9, patient_demo = 9, patient_plan = 9 WHERE id = ?",
      clinic.clinicId,
    );
    await rows("UPDATE clinic_provider_counts SET state = 'error', n = 9 WHERE clinic_id = ?", clinic.clinicId);
    await rows("UPDATE clinic_patient_tags SET num_patients = 9 WHERE clinic_id = ?", clinic.clinicId);
    await rows("UPDATE clinic_sites SET num_patients = 9 WHERE clinic_id = ?", clinic.clinicId);
    const answer = await refresh();
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body).toEqual(right);
    expect(right).toEqual({
      total: 3,
      demo: 1,
      plan: 2,
      providers: { dexcom: { total: 1, states: { connected: 1 } } },
    });
    expect(await shownCounts(clinic)).toEqual({ [tag.id]: 2, [bare.id]: 0, [site.id]: 1 });
  });

  test("200 is audited and does not count as a change of the clinic", async () => {
    const before = await clinicVersion(clinic.clinicId);
    await refresh();
    expect(await clinicVersion(clinic.clinicId)).toEqual(before);
    expect(await audited(clinic.clinicId, "RefreshPatientCount")).toHaveLength(1);
  });

  test("200 leaves the numbers of other clinics alone", async () => {
    const other = await givenClinic();
    await rows("UPDATE clinics SET patient_total = 9 WHERE id = ?", other.clinicId);
    await refresh();
    expect((await other.member.get(`${other.path}/patient_count`)).body.total).toBe(9);
  });

  test("400 for something that is no id", async () => {
    expect((await unchanging(() => clinic.service.post("/v1/clinics/no-id/patient_count/refresh"))).status).toBe(400);
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await refresh(clinic.admin)).status).toBe(403);
    expect((await clinic.admin.post("/v1/clinics/no-id/patient_count/refresh")).status).toBe(403);
  });

  test("404 for a clinic that is not there", async () => {
    const answer = await unchanging(() => clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/patient_count/refresh`));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
