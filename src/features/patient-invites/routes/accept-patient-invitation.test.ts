import { beforeEach, describe, expect, test } from "vitest";
import { removeAccount } from "../../../../test/accounts.ts";
import { givenRecordElsewhere, keptAndCounted } from "../../../../test/elsewhere.ts";
import {
  countRows,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  newUserId,
  rows,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { givenPatientInvitation, type Offer, settled } from "../../../../test/patient-invitations.ts";
import { interrupted } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let offer: Offer;
const profile = { fullName: "Ada Own", patient: { birthday: "1979-05-06", mrn: "P-1", targetDevices: ["omnipod"] } };
beforeEach(async () => {
  clinic = await givenClinic();
  offer = await givenPatientInvitation(clinic, { name: "Ada Own", profile });
});
const accept = (body?: unknown, caller = clinic.member, headers?: Record<string, string>) =>
  caller.put(offer.path, body, headers);
const invitation = async () =>
  (await rows("SELECT status, modified_at FROM patient_invitations WHERE key = ?", offer.key))[0]!;
const ranges = { type: "preset", preset: "adaHighRisk" };

describe("AcceptPatientInvitation", () => {
  test("200 without a body makes the sender a patient with what they offered, in two round trips", async () => {
    const answer = await accept();
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toMatchObject({
      id: offer.sender.id,
      fullName: "Ada Own",
      birthDate: "1979-05-06",
      mrn: "P-1",
      email: `${offer.sender.id}@people.test`,
      targetDevices: ["omnipod"],
      permissions: { view: {}, upload: {} },
    });
    expect(answer.body.permissions).toEqual({ view: {}, upload: {} });
    expect((await clinic.member.get(`${clinic.path}/patients/${offer.sender.id}`)).body).toEqual(answer.body);
    expect(await invitation()).toEqual({ status: "completed", modified_at: Date.parse(answer.body.createdTime) });
    expect(
      await rows("SELECT patient_id FROM audit_log WHERE request_id = ?", answer.headers.get("x-request-id")),
    ).toEqual([{ patient_id: offer.sender.id }]);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body).toMatchObject({ total: 2, plan: 1 });
  });

  test("200 starts with what the sender's record elsewhere knows, counted, in two round trips", async () => {
    const { summary, dataSources } = await givenRecordElsewhere(offer.sender.id);
    const answer = await accept();
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toMatchObject({ summary, dataSources });
    expect((await clinic.member.get(`${clinic.path}/patients/${offer.sender.id}`)).body).toEqual(answer.body);
    const { kept, counted } = await keptAndCounted(clinic);
    expect(kept).toEqual(counted);
    expect(kept).toMatchObject({ total: 2, plan: 0 });
  });

  test("200 lets the body go first, keeps ranges and diagnosis, drops unknown tags and sites", async () => {
    const site = await givenSite(clinic);
    const tag = await givenTag(clinic);
    const { status, body } = await accept({
      fullName: "Ada Clinic",
      birthDate: "1980-01-01",
      mrn: "C-2",
      tags: [tag.id, UNKNOWN_ID],
      sites: [site, { id: UNKNOWN_ID, name: "gone" }],
      glycemicRanges: ranges,
      diagnosisType: "type2",
      permissions: { custodian: {} },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      fullName: "Ada Clinic",
      birthDate: "1980-01-01",
      mrn: "C-2",
      tags: [tag.id],
      sites: [site],
    });
    expect(body).toMatchObject({ glycemicRanges: ranges, diagnosisType: "type2" });
    expect(body.permissions).toEqual({ view: {}, upload: {} });
    const shown = (await clinic.admin.get(clinic.path)).body;
    expect([shown.patientTags[0].numPatients, shown.sites[0].numPatients]).toEqual([1, 1]);
  });

  test("200 for a clinician of any role, for a service, and for an invitation that has expired", async () => {
    await rows("UPDATE patient_invitations SET expires_at = 1 WHERE key = ? RETURNING key", offer.key);
    expect((await accept(undefined, clinic.prescriber)).status).toBe(200);
    const other = await givenPatientInvitation(clinic);
    expect((await clinic.service.put(other.path)).status).toBe(200);
  });

  test("200 for somebody who is a patient already: their record is not touched", async () => {
    await clinic.service.post(`${clinic.path}/patients/${offer.sender.id}`, {
      permissions: { note: {} },
      fullName: "Known Already",
    });
    const [before] = await rows("SELECT * FROM patients WHERE user_id = ?", offer.sender.id);
    const answer = await accept({ fullName: "Another Name" });
    expect([answer.status, answer.body.fullName, answer.body.permissions]).toEqual([
      200,
      "Known Already",
      { note: {} },
    ]);
    expect(await rows("SELECT * FROM patients WHERE user_id = ?", offer.sender.id)).toEqual([before]);
    expect((await invitation()).status).toBe("completed");
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body.total).toBe(2);
  });

  test("200 for a clinic at its plan's limit: who shares does not count against it", async () => {
    await rows("UPDATE clinics SET hard_limit_plan = 0 WHERE id = ? RETURNING id", clinic.clinicId);
    expect(
      (await clinic.member.post(`${clinic.path}/patients`, { fullName: "A", birthDate: "1980-01-31" })).status,
    ).toBe(402);
    expect((await accept()).status).toBe(200);
  });

  test.each(["{ no JSON", { mrn: "" }, { birthDate: "1980-02-30" }, { tags: ["x"] }, []])(
    "400 for the body %j",
    async (body) => {
      expect((await accept(body)).status).toBe(400);
      expect((await invitation()).status).toBe("pending");
    },
  );

  test.each([undefined, {}, { mrn: "  " }])("400 without an MRN where the clinic requires one: %j", async (body) => {
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: false });
    const before = await settled();
    const answer = await accept(body);
    expect([answer.status, answer.body.message]).toEqual([400, "Error creating patient because MRN is required"]);
    expect(await settled()).toBe(before);
    expect((await accept({ mrn: "A-1" })).status).toBe(200);
  });

  test("400 relays that the MRN is another patient's, and nothing is stored", async () => {
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
    await givenPatient(clinic, { mrn: "ab-7" });
    const before = await settled();
    const answer = await accept({ mrn: "AB-7" });
    expect([answer.status, answer.body.message]).toEqual([400, "bad request: mrn must be unique"]);
    expect(await settled()).toBe(before);
  });

  test("401 for everybody else, the sender included", async () => {
    for (const caller of [clinic.outsider, offer.sender]) {
      const { status, body } = await accept(undefined, caller);
      expect([status, body.reason]).toEqual([401, "Not authorized for requested operation"]);
    }
  });

  test("403 for one that has ended in any way, and nothing is stored", async () => {
    for (const status of ["completed", "declined", "canceled"]) {
      await rows("UPDATE patient_invitations SET status = ? WHERE key = ? RETURNING key", status, offer.key);
      const before = await settled();
      const answer = await accept();
      expect([answer.status, answer.body.message]).toEqual([403, "Forbidden to perform requested operation"]);
      expect(await settled()).toBe(before);
    }
  });

  test("404 for a key of no invitation, or of one to another clinic, and when the sender's account is gone", async () => {
    const unknown = await clinic.member.put(`${clinic.path}/invites/patients/${"x".repeat(32)}`);
    expect([unknown.status, unknown.body.message]).toEqual([404, "No matching invite was found"]);
    const elsewhere = await givenPatientInvitation(await givenClinic());
    expect((await clinic.member.put(`${clinic.path}/invites/patients/${elsewhere.key}`)).status).toBe(404);
    await removeAccount(offer.sender.id);
    const gone = await accept();
    expect([gone.status, gone.body.message]).toEqual([404, "not found"]);
    expect((await invitation()).status).toBe("pending");
  });

  test("of two who accept at once one does, the other gets 403, and there is one patient", async () => {
    const racers = await Promise.all([accept(), accept(undefined, clinic.admin)]);
    expect(statuses(racers)).toEqual([200, 403]);
    expect(await countRows("patients WHERE user_id = ?", offer.sender.id)).toBe(1);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body.total).toBe(2);
  });

  test("of eight who accept at once one does", async () => {
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => accept())))).toEqual([
      200,
      ...Array(7).fill(403),
    ]);
  });

  test("of an acceptance and a withdrawal at once one happens, the other gets 403", async () => {
    const [accepted, canceled] = await Promise.all([accept(), offer.sender.delete(offer.path)]);
    expect(statuses([accepted, canceled])).toEqual([200, 403]);
    expect(await countRows("patients WHERE user_id = ?", offer.sender.id)).toBe(accepted.status === 200 ? 1 : 0);
    expect((await invitation()).status).toBe(accepted.status === 200 ? "completed" : "canceled");
  });

  test("403 when the sender withdraws while it is being accepted", async () => {
    const request = { method: "PUT", path: offer.path };
    const answer = await interrupted(clinic.member, request, () => offer.sender.delete(offer.path));
    expect(answer.status).toBe(403);
    expect(await countRows("patients WHERE user_id = ?", offer.sender.id)).toBe(0);
  });

  test("200 when a service adds the patient while it is being accepted: that record is used", async () => {
    const request = { method: "PUT", path: offer.path, body: { fullName: "Too Late" } };
    const answer = await interrupted(clinic.member, request, () =>
      clinic.service.post(`${clinic.path}/patients/${offer.sender.id}`, { fullName: "Was Faster" }),
    );
    expect([answer.status, answer.body.fullName]).toEqual([200, "Was Faster"]);
    expect((await invitation()).status).toBe("completed");
  });

  test("200 with the record as it is by then when the patient changes while it is being accepted", async () => {
    await clinic.service.post(`${clinic.path}/patients/${offer.sender.id}`, { fullName: "Before" });
    const answer = await interrupted(clinic.member, { method: "PUT", path: offer.path }, () =>
      clinic.member.put(`${clinic.path}/patients/${offer.sender.id}`, { fullName: "After", birthDate: "1980-01-31" }),
    );
    expect([answer.status, answer.body.fullName]).toEqual([200, "After"]);
  });

  test("401 when the clinician is removed while they accept", async () => {
    const answer = await interrupted(clinic.member, { method: "PUT", path: offer.path }, () =>
      clinic.admin.delete(`${clinic.path}/clinicians/${clinic.member.id}`),
    );
    expect(answer.status).toBe(401);
    expect(await countRows("patients WHERE user_id = ?", offer.sender.id)).toBe(0);
  });

  test("200 again with the Idempotency-Key", async () => {
    const key = { "idempotency-key": newUserId() };
    const first = await accept({ mrn: "A-1" }, clinic.member, key);
    const again = await accept({ mrn: "A-1" }, clinic.member, key);
    expect([again.status, again.body, again.headers.get("idempotent-replayed")]).toEqual([200, first.body, "true"]);
  });
});
