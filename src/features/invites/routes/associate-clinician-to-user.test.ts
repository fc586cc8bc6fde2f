import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const associate = (path: string, userId: unknown, headers?: Record<string, string>) =>
  clinic.service.patch(`${path}/clinician`, { userId }, headers);

describe("AssociateClinicianToUser", () => {
  test("200 makes the user a member under the profile's name, and completes the invitation, in two round trips", async () => {
    const { key, path, email } = await givenInvite(clinic, { roles: ["CLINIC_ADMIN", "PRESCRIBER"] });
    const account = await givenAccount({ profile: { fullName: "Bo Lind" } });
    const answer = await associate(path, account.id);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual({
      id: account.id,
      email,
      name: "Bo Lind",
      roles: ["CLINIC_ADMIN", "PRESCRIBER"],
      createdTime: expect.any(String),
      updatedTime: expect.any(String),
    });
    expect(await storedInvite(key)).toMatchObject({ status: "completed", isPending: false });
    expect((await account.get(`${clinic.path}/clinicians/${account.id}`)).body).toEqual(answer.body);
    expect((await clinic.admin.get(`${clinic.path}/clinicians?search=lind`)).body).toHaveLength(1);
  });

  test("200 for a user nobody knows, without a name, and for a record without an invitation", async () => {
    const [userId, inviteId] = [newUserId(), newUserId()];
    await clinic.service.post(`${clinic.path}/clinicians`, { inviteId, email: "r@only.test", roles: ["PRESCRIBER"] });
    const answer = await associate(`${clinic.path}/invites/clinicians/${inviteId}`, userId);
    expect([answer.status, answer.body.id, answer.body.name]).toEqual([200, userId, undefined]);
  });

  test.each([[undefined], [""], ["NOT-AN-ID"], [7]])("400 with the user id %j", async (userId) => {
    const { path } = await givenInvite(clinic);
    expect((await associate(path, userId)).body.message).toContain('Error at "/userId"');
  });

  test("404 for a key the clinic does not have, and for the same request again", async () => {
    const { path } = await givenInvite(clinic);
    await associate(path, newUserId());
    for (const unknown of [path, `${clinic.path}/invites/clinicians/x`]) {
      const answer = await associate(unknown, newUserId());
      expect([answer.status, answer.body.message]).toEqual([404, "clinician not found"]);
    }
    const nowhere = await associate(`/v1/clinics/${UNKNOWN_ID}/invites/clinicians/x`, newUserId());
    expect([nowhere.status, nowhere.body.message]).toEqual([404, "clinic not found"]);
  });

  test("409 for a user who is a member already, 422 in a clinic that is not migrated; nothing is stored", async () => {
    const { path } = await givenInvite(clinic);
    const before = await everythingStored();
    const answer = await associate(path, clinic.member.id);
    expect([answer.status, answer.body.message]).toEqual([
      409,
      "duplicate: clinician is already a member of the clinic",
    ]);
    expect(await everythingStored()).toBe(before);
    await unmigrate(clinic.clinicId);
    expect((await associate(path, newUserId())).status).toBe(422);
  });

  test("of eight users at once one becomes the member, the rest get 404", async () => {
    const { path, email } = await givenInvite(clinic);
    const racers = await Promise.all(Array.from({ length: 8 }, () => associate(path, newUserId())));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(404)]);
    expect(await countRows("clinicians WHERE email = ?", email)).toBe(1);
  });

  test("of eight invitations of one user at once one is accepted, the rest get 409", async () => {
    const invites = await Promise.all(Array.from({ length: 8 }, () => givenInvite(clinic)));
    const userId = newUserId();
    const racers = await Promise.all(invites.map(({ path }) => associate(path, userId)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
  });

  test("200 again with the Idempotency-Key", async () => {
    const { path } = await givenInvite(clinic);
    const [userId, key] = [newUserId(), { "idempotency-key": newUserId() }];
    const racers = await Promise.all(Array.from({ length: 8 }, () => associate(path, userId, key)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
  });
});
