import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  person,
  rows,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (userId: string, caller: Caller = clinic.admin, headers?: Record<string, string>) =>
  caller.delete(`${clinic.path}/clinicians/${userId}`, headers);
const archived = (userId: string) => rows("SELECT * FROM deleted_clinicians WHERE user_id = ?", userId);
const secondAdmin = async () => {
  const caller = await person();
  const body = { id: caller.id, email: `${caller.id}@people.test`, roles: ["CLINIC_ADMIN"] };
  await clinic.service.post(`${clinic.path}/clinicians`, body);
  return caller;
};

describe("DeleteClinician", () => {
  test("200 without a body removes the member and keeps the whole record, in one round trip", async () => {
    const [stored] = await rows("SELECT * FROM clinicians WHERE user_id = ?", clinic.member.id);
    const answer = await remove(clinic.member.id);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.calls).toBe(1);
    expect(await archived(clinic.member.id)).toEqual([
      { ...stored, deleted_at: expect.any(Number), deleted_by: clinic.admin.id },
    ]);
    expect(await countRows("clinicians WHERE user_id = ?", clinic.member.id)).toBe(0);
    expect(await countRows("audit_log WHERE request_id = ?", answer.headers.get("x-request-id"))).toBe(1);
    expect((await clinic.member.get(`${clinic.path}/clinicians`)).status).toBe(403);
  });

  test("200 names nobody in the archive when a service removes", async () => {
    expect((await remove(clinic.member.id, clinic.service)).status).toBe(200);
    expect(await archived(clinic.member.id)).toEqual([expect.objectContaining({ deleted_by: null })]);
  });

  test("200 for a member who leaves, and 403 when they leave again", async () => {
    expect((await remove(clinic.member.id, clinic.member)).status).toBe(200);
    expect((await remove(clinic.member.id, clinic.member)).status).toBe(403);
  });

  test("403 for a clinician who only prescribes, also about themself", async () => {
    expect((await remove(clinic.prescriber.id, clinic.prescriber)).status).toBe(403);
  });

  test("200 leaves the person's other memberships and invitations of the clinic alone", async () => {
    const other = await givenClinic();
    const body = { id: clinic.member.id, email: "other@else.test", roles: ["CLINIC_MEMBER"] };
    await other.service.post(`${other.path}/clinicians`, body);
    await remove(clinic.member.id);
    expect((await other.service.get(`${other.path}/clinicians/${clinic.member.id}`)).status).toBe(200);
    expect(await countRows("clinicians WHERE clinic_id = ?", clinic.clinicId)).toBe(2);
  });

  test("404 for a clinic that is not there, 422 where it is not migrated, and only then 404 for the clinician", async () => {
    const noClinic = await clinic.service.delete(`/v1/clinics/${UNKNOWN_ID}/clinicians/${newUserId()}`);
    expect([noClinic.status, noClinic.body.message]).toEqual([404, "clinic not found"]);
    const noClinician = await remove(newUserId());
    expect([noClinician.status, noClinician.body.message]).toEqual([404, "clinician not found"]);
    await unmigrate(clinic.clinicId);
    const before = await everythingStored();
    const answer = await remove(clinic.member.id);
    expect([answer.status, answer.body.message]).toEqual([422, "constraint violation: clinic is not migrated"]);
    expect((await remove(newUserId())).status).toBe(422);
    expect(await everythingStored()).toBe(before);
  });

  test("404 the second time", async () => {
    await remove(clinic.member.id);
    expect((await remove(clinic.member.id)).status).toBe(404);
    expect(await archived(clinic.member.id)).toHaveLength(1);
  });

  test("422 for the only admin, who stays, and nothing is stored", async () => {
    const before = await everythingStored();
    for (const caller of [clinic.admin, clinic.service]) {
      const answer = await remove(clinic.admin.id, caller);
      expect(answer.status).toBe(422);
      expect(answer.body.message).toBe("constraint violation: the clinic must have at least one admin");
    }
    expect(await everythingStored()).toBe(before);
  });

  test("200 for a plain member of a clinic without admins", async () => {
    await rows("UPDATE clinicians SET roles = '[\"PRESCRIBER\"]' WHERE user_id = ? RETURNING id", clinic.admin.id);
    expect((await remove(clinic.member.id, clinic.service)).status).toBe(200);
  });

  test("of eight admins removed at once seven go, one gets 422", async () => {
    const admins = [clinic.admin, ...(await Promise.all(Array.from({ length: 7 }, secondAdmin)))];
    const racers = await Promise.all(admins.map((it) => remove(it.id, clinic.service)));
    expect(statuses(racers)).toEqual([...Array(7).fill(200), 422]);
  });

  test("of two last admins who remove each other at once one does, the other may no longer: 403", async () => {
    const other = await secondAdmin();
    const racers = await Promise.all([remove(other.id, clinic.admin), remove(clinic.admin.id, other)]);
    expect(statuses(racers)).toEqual([200, 403]);
  });

  test("of two last admins who leave at once one does, the other gets 422", async () => {
    const other = await secondAdmin();
    const racers = await Promise.all([remove(clinic.admin.id, clinic.admin), remove(other.id, other)]);
    expect(statuses(racers)).toEqual([200, 422]);
  });

  test("of a removal and a demotion of the last two admins at once one happens, the other gets 422", async () => {
    const other = await secondAdmin();
    const racers = await Promise.all([
      remove(clinic.admin.id, clinic.service),
      clinic.service.put(`${clinic.path}/clinicians/${other.id}`, { email: "a@b.test", roles: ["CLINIC_MEMBER"] }),
    ]);
    expect(statuses(racers)).toEqual([200, 422]);
  });

  test("of eight who remove one member at once one does, the rest get 404, and one snapshot is kept", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => remove(clinic.member.id)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(404)]);
    expect(await archived(clinic.member.id)).toHaveLength(1);
  });

  test("200 again with the Idempotency-Key for a member who has left", async () => {
    const key = { "idempotency-key": newUserId() };
    expect((await remove(clinic.member.id, clinic.member, key)).status).toBe(200);
    const again = await remove(clinic.member.id, clinic.member, key);
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([200, "", "true"]);
    expect((await remove(clinic.prescriber.id, clinic.member, key)).status).toBe(403);
  });

  test("200 again with the Idempotency-Key", async () => {
    const key = { "idempotency-key": newUserId() };
    expect((await remove(clinic.member.id, clinic.admin, key)).status).toBe(200);
    const again = await remove(clinic.member.id, clinic.admin, key);
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([200, "", "true"]);
  });
});
