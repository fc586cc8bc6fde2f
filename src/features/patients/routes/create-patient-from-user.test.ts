import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { givenRecordElsewhere, keptAndCounted } from "../../../../test/elsewhere.ts";
import {
  type Caller,
  countRows,
  everythingStored,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  newUserId,
  rows,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { interrupted } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let user: Caller;
beforeEach(async () => {
  clinic = await givenClinic();
  user = await givenAccount({
    name: "Ada Own",
    profile: { fullName: "Ada Own", patient: { birthday: "1979-05-06", mrn: "P-1", targetDevices: ["omnipod"] } },
  });
});
const link = (body?: unknown, userId = user.id, headers?: Record<string, string>) =>
  clinic.service.post(`${clinic.path}/patients/${userId}`, body, headers);

describe("CreatePatientFromUser", () => {
  test("200 without a body takes everything from the account's profile", async () => {
    const answer = await link();
    expect(answer.status).toBe(200);
    expect(answer.calls).toBeLessThanOrEqual(2);
    expect(answer.body).toMatchObject({
      id: user.id,
      fullName: "Ada Own",
      birthDate: "1979-05-06",
      mrn: "P-1",
      email: `${user.id}@people.test`,
      targetDevices: ["omnipod"],
    });
    expect(answer.body).not.toHaveProperty("permissions");
    expect((await clinic.member.get(`${clinic.path}/patients/${user.id}`)).body).toEqual(answer.body);
  });

  test("200 lets the body go before the profile and drops unknown sites and tags", async () => {
    const site = await givenSite(clinic);
    const tag = await givenTag(clinic);
    const { body } = await link({
      permissions: { view: {}, note: {} },
      fullName: "Ada Clinic",
      birthDate: "1980-01-01",
      mrn: "C-2",
      tags: [tag.id, UNKNOWN_ID],
      sites: [site, { id: UNKNOWN_ID, name: "gone" }],
      diagnosisType: "type2",
    });
    expect(body).toMatchObject({
      fullName: "Ada Clinic",
      birthDate: "1980-01-01",
      mrn: "C-2",
      tags: [tag.id],
      sites: [site],
      permissions: { view: {}, note: {} },
      diagnosisType: "type2",
    });
  });

  test("200 for an account that says nothing: the name is empty and the birth date unknown", async () => {
    const silent = await givenAccount({ email: null, name: null });
    const { status, body } = await link(undefined, silent.id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ fullName: "", birthDate: "0001-01-01" });
    expect(body).not.toHaveProperty("email");
  });

  test("404 for a user nobody knows, and for a clinic nobody knows; nothing is stored", async () => {
    const before = await everythingStored();
    const unknown = await link(undefined, newUserId());
    expect([unknown.status, unknown.body.message]).toEqual([404, "not found"]);
    const nowhere = await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/patients/${user.id}`);
    expect([nowhere.status, nowhere.body.message]).toEqual([404, "clinic not found"]);
    expect(await everythingStored()).toBe(before);
  });

  test("409 for a patient of the clinic", async () => {
    await link();
    const again = await link();
    expect([again.status, again.body.message]).toEqual([409, "duplicate: patient is already a member of the clinic"]);
  });

  test("200 for a patient of the clinic with a legacy clinician: added to the set once, nothing else changes", async () => {
    const first = await link({ legacyClinicianId: "aaaaaaaaa1" });
    const second = await link({ legacyClinicianId: "aaaaaaaaa2", fullName: "Somebody else" });
    await link({ legacyClinicianId: "aaaaaaaaa2" });
    expect(second.status).toBe(200);
    expect({ ...second.body, updatedTime: 0 }).toEqual({ ...first.body, updatedTime: 0 });
    const [stored] = await rows("SELECT legacy_clinician_ids AS ids FROM patients WHERE user_id = ?", user.id);
    expect(stored).toEqual({ ids: '["aaaaaaaaa1","aaaaaaaaa2"]' });
  });

  test("400 by the clinic's MRN rules, the profile's MRN counted too; the patient's own MRN is no clash", async () => {
    await givenPatient(clinic, { mrn: "p-1" });
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: true });
    const clash = await link();
    expect([clash.status, clash.body.message]).toEqual([400, "bad request: mrn must be unique"]);
    const none = await givenAccount();
    expect((await link({}, none.id)).body.message).toBe("bad request: mrn is required");
    await link({ mrn: "Q", legacyClinicianId: "aaaaaaaaa1" });
    expect((await link({ mrn: "q", legacyClinicianId: "aaaaaaaaa2" })).status).toBe(200);
  });

  test("402 only for a custodial patient", async () => {
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 0 } });
    expect((await link({ permissions: { custodian: {}, view: {} } })).status).toBe(402);
    expect((await link({ permissions: { view: {} } })).status).toBe(200);
  });

  test("200 with the name of the account where the patient's in its profile is empty", async () => {
    const id = newUserId();
    const profile = {
      fullName: "Rosa Diaz",
      patient: { fullName: "", birthday: "", mrn: "", targetDevices: ["", "x"] },
    };
    await exports.InternalApi({ props: { caller: "accounts", scopes: ["*"] } }).putUser({ id, profile });
    const { body } = await link({ permissions: { view: {} } }, id);
    expect(body).toMatchObject({ fullName: "Rosa Diaz", birthDate: "0001-01-01", targetDevices: ["", "x"] });
    expect(body).not.toHaveProperty("mrn");
  });

  test("the limit refuses neither the demo patient nor somebody who is there already", async () => {
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 0 } });
    const permissions = { custodian: {}, view: {} };
    const demo = env.CLINIC_DEMO_PATIENT_USER_ID;
    await givenAccount({ sub: demo });
    expect((await clinic.admin.delete(`${clinic.path}/patients/${demo}`)).status).toBe(204);
    expect((await link({ permissions }, demo)).status).toBe(200);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body).toEqual({ total: 1, demo: 1, plan: 0 });
    expect((await link({ permissions }, demo)).status).toBe(409);
    expect((await link({ permissions, legacyClinicianId: "aaaaaaaaa1" }, demo)).status).toBe(200);
  });

  test("400 names the field", async () => {
    const answer = await link({ birthDate: "yesterday" });
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining('"/birthDate"')]);
  });

  test("of eight racers one links, the rest get 409; the counts move by one", async () => {
    const before = (await clinic.member.get(`${clinic.path}/patient_count`)).body.total;
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => link())))).toEqual([200, ...Array(7).fill(409)]);
    expect(await countRows("patients WHERE clinic_id = ? AND user_id = ?", clinic.clinicId, user.id)).toBe(1);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body.total).toBe(before + 1);
  });

  test("eight racers with legacy clinicians all get 200 and none is lost", async () => {
    const ids = Array.from({ length: 8 }, (_, i) => `bbbbbbbbb${i}`);
    const racers = await Promise.all(ids.map((legacyClinicianId) => link({ legacyClinicianId })));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    const [stored] = await rows<{ ids: string }>(
      "SELECT legacy_clinician_ids AS ids FROM patients WHERE user_id = ?",
      user.id,
    );
    expect((JSON.parse(stored!.ids) as string[]).toSorted()).toEqual(ids);
  });

  test("200 starts with the summary and data sources of the record elsewhere that was updated last, in two round trips", async () => {
    const older = await givenRecordElsewhere(user.id);
    const { clinic: latest, summary, dataSources } = await givenRecordElsewhere(user.id);
    const newest = await givenClinic();
    await newest.service.post(`${newest.path}/patients/${user.id}`, {});
    const ada = { fullName: "Ada", birthDate: "1980-01-31" };
    const others = [{ providerName: "a", state: "error" }];
    for (const it of [older.clinic, newest]) {
      expect((await it.member.put(`${it.path}/patients/${user.id}`, { ...ada, dataSources: others })).status).toBe(200);
    }
    expect((await latest.member.put(`${latest.path}/patients/${user.id}`, ada)).status).toBe(200);
    const answer = await link();
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toMatchObject({ fullName: "Ada Own", dataSources, summary });
    expect((await clinic.member.get(`${clinic.path}/patients/${user.id}`)).body).toEqual(answer.body);
  });

  test("200 counts the data sources that come along, and a patient with an exempt one not toward the plan", async () => {
    await givenRecordElsewhere(user.id);
    const before = (await clinic.member.get(`${clinic.path}/patient_count`)).body;
    await link();
    const { kept, counted } = await keptAndCounted(clinic);
    expect(kept).toEqual(counted);
    expect(kept).toMatchObject({ total: before.total + 1, plan: before.plan });
    expect(Object.keys(kept.providers).toSorted()).toEqual(["dexcom", "twiist"]);
    const [row] = await rows(
      "SELECT counts_to_plan FROM patients WHERE clinic_id = ? AND user_id = ?",
      clinic.clinicId,
      user.id,
    );
    expect(row).toEqual({ counts_to_plan: 0 });
  });

  test("200 starts with nothing where the records elsewhere know nothing", async () => {
    const other = await givenClinic();
    await other.service.post(`${other.path}/patients/${user.id}`, {});
    const before = (await clinic.member.get(`${clinic.path}/patient_count`)).body;
    const { body } = await link();
    expect(body).not.toHaveProperty("summary");
    expect(body.dataSources).toEqual([]);
    const { kept, counted } = await keptAndCounted(clinic);
    expect(kept).toEqual(counted);
    expect(kept.plan).toBe(before.plan + 1);
  });

  test("200 shows the record as it is stored when the one elsewhere changes meanwhile", async () => {
    await givenRecordElsewhere(user.id);
    const answer = await interrupted(
      clinic.service,
      { method: "POST", path: `${clinic.path}/patients/${user.id}`, body: {} },
      () => clinic.service.post(`/v1/patients/${user.id}/summary`, { bgmStats: { id: "fff" } }),
    );
    expect(answer.status).toBe(200);
    expect(answer.body.summary.bgmStats.id).toBe("fff");
    expect((await clinic.member.get(`${clinic.path}/patients/${user.id}`)).body).toEqual(answer.body);
  });

  test("200 leaves the record elsewhere as it is", async () => {
    const { clinic: other } = await givenRecordElsewhere(user.id);
    const before = (await other.member.get(`${other.path}/patients/${user.id}`)).body;
    await link();
    expect((await other.member.get(`${other.path}/patients/${user.id}`)).body).toEqual(before);
  });

  test("a repeat with the same Idempotency-Key gets the first answer, not 409", async () => {
    const key = { "idempotency-key": "link-1" };
    const first = await link({}, user.id, key);
    const again = await link({}, user.id, key);
    expect([again.status, again.text]).toEqual([200, first.text]);
  });
});
