import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  person,
  rows,
} from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";
import { settled } from "../../../../test/patient-invitations.ts";

let clinics: GivenClinic[];
let user: Caller;
let newEmail: string;
beforeEach(async () => {
  clinics = [await givenClinic(), await givenClinic()];
  user = await givenAccount({ email: `old-${newUserId()}@old.test` });
  newEmail = `new-${newUserId()}@new.test`;
  for (const [i, { service, path }] of clinics.entries()) {
    const member = { id: user.id, email: `old-${i}@old.test`, name: `Änne ${i} Lind`, roles: ["CLINIC_MEMBER"] };
    expect((await service.post(`${path}/clinicians`, member)).status).toBe(200);
    const patient = { fullName: "Anne Lind", birthDate: "1980-01-31", mrn: `M-${i}` };
    expect((await service.post(`${path}/patients/${user.id}`, patient)).status).toBe(200);
  }
});
const update = (body?: unknown, headers?: Record<string, string>) =>
  clinics[0]!.service.post(`/v1/users/${user.id}/clinics`, body, headers);
const members = () => rows("SELECT * FROM clinicians WHERE user_id = ? ORDER BY clinic_id", user.id);
const patients = () => rows("SELECT * FROM patients WHERE user_id = ? ORDER BY clinic_id", user.id);
const found = async (clinic: GivenClinic, what: "clinicians" | "patients", search: string) => {
  const { body } = await clinic.admin.get(`${clinic.path}/${what}?search=${encodeURIComponent(search)}`);
  return (what === "patients" ? body.data : body).map((it: any) => it.id);
};

describe("UpdateClinicUserDetails", () => {
  test("200 without a body gives all memberships and patient records the address, in one round trip", async () => {
    const before = { members: await members(), patients: await patients() };
    const answer = await update({ email: newEmail.toUpperCase() });
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    expect(await members()).toEqual(
      before.members.map((row) => ({
        ...row,
        email: newEmail,
        search_key: `${String(row.search_key).split("\n").slice(0, -1).join("\n")}\n${newEmail}`,
        updated_at: expect.any(Number),
      })),
    );
    expect(await patients()).toEqual(
      before.patients.map((row) => ({
        ...row,
        email: newEmail,
        search_rest: [newEmail, ...String(row.search_rest).split("\u001f").slice(1)].join("\u001f"),
        version: (row.version as number) + 1,
        updated_at: expect.any(Number),
      })),
    );
    const audited = await rows<{ clinic_id: string; patient_id: string | null }>(
      "SELECT clinic_id, patient_id FROM audit_log WHERE request_id = ? AND outcome = 'changed'",
      answer.headers.get("x-request-id"),
    );
    expect(new Set(audited.map((row) => `${row.clinic_id} ${row.patient_id}`))).toEqual(
      new Set(clinics.flatMap(({ clinicId }) => [`${clinicId} null`, `${clinicId} ${user.id}`])),
    );
  });

  test("200 lets searches find the new address, the name and the rest, and the old address no more", async () => {
    await update({ email: newEmail });
    for (const [i, clinic] of clinics.entries()) {
      expect(await found(clinic, "clinicians", newEmail)).toEqual([user.id]);
      expect(await found(clinic, "clinicians", `anne ${i}`)).toEqual([user.id]);
      expect(await found(clinic, "clinicians", `old-${i}@old`)).toEqual([]);
      expect(await found(clinic, "patients", newEmail)).toEqual([user.id]);
      expect(await found(clinic, "patients", `m-${i}`)).toEqual([user.id]);
      expect(await found(clinic, "patients", "old-")).toEqual([]);
    }
  });

  test("200 leaves other people and the directory alone", async () => {
    const others = () => rows("SELECT * FROM clinicians WHERE user_id IS NOT ? ORDER BY clinic_id, id", user.id);
    const accounts = () => rows("SELECT * FROM users WHERE id = ?", user.id);
    const before = [await others(), await accounts()];
    await update({ email: newEmail });
    expect([await others(), await accounts()]).toEqual(before);
  });

  test.each([undefined, {}])("200 for %j changes nothing", async (body) => {
    const before = await settled();
    const answer = await update(body);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(await settled()).toBe(before);
  });

  test("200 for a user nobody knows, and the second time, changes nothing", async () => {
    await update({ email: newEmail });
    const before = await settled();
    expect((await update({ email: newEmail })).status).toBe(200);
    expect((await clinics[0]!.service.post(`/v1/users/${newUserId()}/clinics`, { email: newEmail })).status).toBe(200);
    expect(await settled()).toBe(before);
  });

  test.each(["", "no address", "a@b@c", null, 7])("400 for the address %j", async (email) => {
    const before = await settled();
    expect((await update({ email })).status).toBe(400);
    expect(await settled()).toBe(before);
  });

  test("403 for the user themself", async () => {
    expect((await user.post(`/v1/users/${user.id}/clinics`, { email: newEmail })).status).toBe(403);
  });

  test("200 cancels the invitation of a clinic that has invited the address; its member stays as they are", async () => {
    const invite = await givenInvite(clinics[1]!, { email: newEmail, roles: ["CLINIC_ADMIN"] });
    const elsewhere = await givenInvite(await givenClinic(), { email: newEmail });
    expect((await update({ email: newEmail })).status).toBe(200);
    expect(await storedInvite(invite.key)).toMatchObject({ status: "canceled", isPending: false });
    expect(await storedInvite(elsewhere.key)).toMatchObject({ status: "pending", isPending: true });
    const { body } = await clinics[1]!.admin.get(`${clinics[1]!.path}/clinicians/${user.id}`);
    expect([body.email, body.roles]).toEqual([newEmail, ["CLINIC_MEMBER"]]);
    expect((await invite.invitee.put(invite.receivedPath)).status).toBe(404);
  });

  test("422 where another member of one of the clinics has the address, and nothing changes in any", async () => {
    const other = await person();
    const { service, path } = clinics[1]!;
    await service.post(`${path}/clinicians`, { id: other.id, email: newEmail, roles: ["PRESCRIBER"] });
    await givenInvite(clinics[0]!, { email: newEmail });
    const before = await settled();
    const answer = await update({ email: newEmail });
    expect([answer.status, answer.body.message]).toEqual([422, "constraint violation: duplicate email"]);
    expect(await settled()).toBe(before);
  });

  test("200 where somebody else has the address in a clinic the user is only a patient of", async () => {
    const other = await givenClinic();
    await other.service.post(`${other.path}/patients/${user.id}`, {});
    const body = { id: newUserId(), email: newEmail, roles: ["PRESCRIBER"] };
    expect((await other.service.post(`${other.path}/clinicians`, body)).status).toBe(200);
    expect((await update({ email: newEmail })).status).toBe(200);
    expect(new Set((await patients()).map((row) => row.email))).toEqual(new Set([newEmail]));
  });

  test("of an update and an invitation of the same address at once the invitation never outlives the member", async () => {
    const [updated] = await Promise.all([
      update({ email: newEmail }),
      clinics[0]!.admin.post(`${clinics[0]!.path}/invites/clinicians`, { email: newEmail, roles: ["CLINIC_MEMBER"] }),
    ]);
    expect(updated.status).toBe(200);
    expect(await countRows("clinicians WHERE clinic_id = ? AND email = ?", clinics[0]!.clinicId, newEmail)).toBe(1);
    expect(new Set((await members()).map((row) => row.email))).toEqual(new Set([newEmail]));
  });

  test("200 again with the Idempotency-Key, and 422 with it for another address", async () => {
    const key = { "idempotency-key": newUserId() };
    await update({ email: newEmail }, key);
    const again = await update({ email: newEmail }, key);
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([200, "", "true"]);
    expect((await update({ email: `x${newEmail}` }, key)).status).toBe(422);
    expect((await update(undefined, key)).status).toBe(422);
  });
});
