import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  person,
  rows,
} from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const list = (caller: { id: string; get: (path: string) => ReturnType<GivenClinic["admin"]["get"]> }) =>
  caller.get(`/v1/clinicians/${caller.id}/invites`);
const restrict = (restrictions: object[]) =>
  clinic.service.put(`${clinic.path}/membership_restrictions`, { restrictions });

describe("ListClinicianInvites", () => {
  test("200 lists what is pending, newest first, with who invited and whether it may be accepted", async () => {
    const email = `Bo.${newUserId()}@Harbor.test`;
    const first = await givenInvite(clinic, { email });
    const other = await givenClinic();
    const second = await givenInvite(other, { email: email.toLowerCase() });
    await rows(
      "UPDATE clinician_invitations SET created_at = created_at - 1000 WHERE key = ? RETURNING key",
      first.key,
    );
    const answer = await list(first.invitee);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body.map(({ key }: { key: string }) => key)).toEqual([second.key, first.key]);
    expect(answer.body[1]).toEqual({
      key: first.key,
      type: "clinician_invitation",
      status: "pending",
      email,
      clinicId: clinic.clinicId,
      creatorId: clinic.admin.id,
      creator: {
        userid: clinic.admin.id,
        profile: { fullName: `Person ${clinic.admin.id}`, patient: {} },
        clinicId: clinic.clinicId,
        clinicName: (await clinic.admin.get(clinic.path)).body.name,
      },
      created: expect.any(String),
      modified: expect.any(String),
      restrictions: { canAccept: true },
    });
  });

  test("200 makes them the caller's, with an audit row for each clinic, and takes one round trip from then on", async () => {
    const { key, invitee } = await givenInvite(clinic);
    const first = await list(invitee);
    expect((await storedInvite(key)).invitation).toMatchObject({ invited_user_id: invitee.id });
    expect(
      await rows("SELECT clinic_id, actor_id FROM audit_log WHERE request_id = ?", first.headers.get("x-request-id")),
    ).toEqual([{ clinic_id: clinic.clinicId, actor_id: invitee.id }]);
    const again = await list(invitee);
    expect([again.body, again.calls]).toEqual([first.body, 1]);
    // Also after their address has changed.
    const renamed = await person({ sub: invitee.id, email: "other@people.test", email_verified: false });
    expect((await list(renamed)).body.map((it: { key: string }) => it.key)).toEqual([key]);
  });

  test("404 `Nothing found` without any, for an address that is not verified, and nothing is claimed", async () => {
    const { key, email } = await givenInvite(clinic);
    for (const caller of [
      await person(),
      await person({ email, email_verified: false }),
      await person({ email: undefined }),
    ]) {
      const before = await everythingStored();
      const answer = await list(caller);
      expect([answer.status, answer.body]).toEqual([
        404,
        { code: 404, message: "Nothing found", reason: "Nothing found" },
      ]);
      expect(await everythingStored()).toBe(before);
    }
    expect((await storedInvite(key)).invitation).toMatchObject({ invited_user_id: null });
  });

  test("404 once all are accepted, declined, taken back or expired", async () => {
    const email = `${newUserId()}@ended.test`;
    const ends: ((
      it: Awaited<ReturnType<typeof givenInvite>>,
      invitee: Awaited<ReturnType<typeof person>>,
    ) => unknown)[] = [
      (it, invitee) => invitee.put(`/v1/clinicians/${invitee.id}/invites/${it.key}`),
      (it, invitee) => invitee.delete(`/v1/clinicians/${invitee.id}/invites/${it.key}`),
      (it) => clinic.service.delete(it.path),
      (it) => rows("UPDATE clinician_invitations SET expires_at = 1 WHERE key = ? RETURNING key", it.key),
    ];
    const invitee = await person({ email });
    for (const end of ends) {
      const it = await givenInvite(await givenClinic(), { email });
      await end(it, invitee);
    }
    expect((await list(invitee)).status).toBe(404);
  });

  test("200 never shows or takes over what is somebody else's", async () => {
    const account = await givenAccount();
    const { key } = await givenInvite(clinic, { email: `${account.id}@people.test` });
    await givenInvite(clinic);
    expect((await list(account)).body).toMatchObject([{ key }]);
    expect(await countRows("clinician_invitations WHERE invited_user_id = ?", account.id)).toBe(1);
  });

  test("200 says what the clinic's restrictions mean for this sign-in", async () => {
    await restrict([{ emailDomain: "harbor.example", requiredIdp: "harbor-sso" }]);
    const email = `${newUserId()}@harbor.example`;
    const { invitee } = await givenInvite(clinic, { email });
    const restrictionsFor = async (claims: object) =>
      (await list(await person({ sub: invitee.id, email, ...claims }))).body[0].restrictions;
    expect(await restrictionsFor({})).toEqual({ canAccept: false, requiredIdp: "harbor-sso" });
    expect(await restrictionsFor({ identity_provider: "HARBOR-SSO" })).toEqual({ canAccept: true });
    expect(await restrictionsFor({ identity_provider: "harbor-sso", email_verified: false })).toEqual({
      canAccept: false,
    });
    await restrict([{ emailDomain: "other.example" }]);
    expect(await restrictionsFor({})).toEqual({ canAccept: false });
    await restrict([]);
    expect(await restrictionsFor({})).toEqual({ canAccept: true });
  });
});
