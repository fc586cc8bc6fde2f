import { env, exports } from "cloudflare:workers";
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
  send,
  service,
  statuses,
  unmigrate,
} from "../../../../test/harness.ts";
import { type GivenInvite, givenInvite, storedInvite } from "../../../../test/invitations.ts";
import { servedIn } from "../../../../test/served-in.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const NO_MATCH = "No matching invite was found";
const restrict = (restrictions: object[]) =>
  clinic.service.put(`${clinic.path}/membership_restrictions`, { restrictions });
const accept = (caller: Awaited<ReturnType<typeof person>>, key: string) =>
  caller.put(`/v1/clinicians/${caller.id}/invites/${key}`);

describe("AcceptClinicianInvite", () => {
  test("200 makes the invited person a member with the roles of the invitation, in two round trips", async () => {
    const { key, email, invitee, receivedPath } = await givenInvite(clinic, { roles: ["CLINIC_ADMIN", "PRESCRIBER"] });
    const answer = await invitee.put(receivedPath);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual({
      id: invitee.id,
      email,
      name: `Person ${invitee.id}`,
      roles: ["CLINIC_ADMIN", "PRESCRIBER"],
      createdTime: expect.any(String),
      updatedTime: expect.any(String),
    });
    expect(await storedInvite(key)).toMatchObject({ status: "completed", isPending: false });
    expect((await invitee.get(`${clinic.path}/clinicians/${invitee.id}`)).body).toEqual(answer.body);
    expect(
      await rows("SELECT clinic_id, operation FROM audit_log WHERE request_id = ?", answer.headers.get("x-request-id")),
    ).toEqual([{ clinic_id: clinic.clinicId, operation: "AcceptClinicianInvite" }]);
  });

  test("200 under the profile's name, for an address in another case", async () => {
    const { key, email } = await givenInvite(clinic);
    const account = await givenAccount({ profile: { fullName: "Bo Lind" } });
    const caller = await person({ sub: account.id, email: email.toUpperCase() });
    expect((await accept(caller, key)).body).toMatchObject({ id: account.id, name: "Bo Lind", email });
  });

  test("200 by the account the invitation is to, whatever its address is now", async () => {
    const account = await givenAccount();
    const { key } = await givenInvite(clinic, { email: `${account.id}@people.test` });
    const caller = await person({ sub: account.id, email: "new@people.test", email_verified: false });
    expect((await accept(caller, key)).status).toBe(200);
  });

  test("403 with the right address that is not verified, also after such an account was there first", async () => {
    const email = `${newUserId()}@victim.test`;
    const impostor = await person({ email, email_verified: false });
    await impostor.get(`/v1/clinicians/${impostor.id}/clinics`);
    const { key } = await givenInvite(clinic, { email });
    const before = await everythingStored();
    const answer = await accept(impostor, key);
    expect([answer.status, answer.body.reason]).toEqual([403, "the e-mail address is not verified"]);
    expect(await everythingStored()).toBe(before);
  });

  test("404 for an unknown key, for somebody else, and for an invitation that has ended or expired", async () => {
    const [mine, declined, canceled, expired] = [
      await givenInvite(clinic),
      await givenInvite(clinic),
      await givenInvite(clinic),
      await givenInvite(clinic),
    ];
    await declined.invitee.delete(declined.receivedPath);
    await clinic.admin.delete(canceled.path);
    await rows("UPDATE clinician_invitations SET expires_at = ? WHERE key = ? RETURNING key", Date.now(), expired.key);
    const before = await everythingStored();
    const answers = [
      await accept(mine.invitee, "unknown"),
      await accept(await person(), mine.key),
      await accept(await person({ email: undefined }), mine.key),
      await accept(declined.invitee, declined.key),
      await accept(canceled.invitee, canceled.key),
      await accept(expired.invitee, expired.key),
    ];
    for (const answer of answers) expect([answer.status, answer.body.reason]).toEqual([404, NO_MATCH]);
    expect(await everythingStored()).toBe(before);
    await rows(
      "UPDATE clinician_invitations SET expires_at = ? WHERE key = ? RETURNING key",
      Date.now() + 60_000,
      expired.key,
    );
    expect((await accept(expired.invitee, expired.key)).status).toBe(200);
  });

  test("404 a second time", async () => {
    const { key, invitee } = await givenInvite(clinic);
    await accept(invitee, key);
    expect((await accept(invitee, key)).status).toBe(404);
  });

  test("403 `Error accepting invitation` against the restrictions as they are when it is accepted", async () => {
    const email = `${newUserId()}@harbor.example`;
    const { key, invitee } = await givenInvite(clinic, { email });
    await restrict([{ emailDomain: "harbor.example", requiredIdp: "harbor-sso" }]);
    const before = await everythingStored();
    const answer = await accept(invitee, key);
    expect([answer.status, answer.body]).toEqual([
      403,
      { code: 403, message: "Error accepting invitation", reason: "Error accepting invitation" },
    ]);
    expect(await everythingStored()).toBe(before);
    const bySso = await person({ sub: invitee.id, email, identity_provider: "Harbor-SSO" });
    expect((await accept(bySso, key)).status).toBe(200);
  });

  test("200 where the second of two entries is satisfied", async () => {
    await restrict([
      { emailDomain: "harbor.example", requiredIdp: "first" },
      { emailDomain: "harbor.example", requiredIdp: "second" },
    ]);
    const email = `${newUserId()}@harbor.example`;
    const { key, invitee } = await givenInvite(clinic, { email }, { identity_provider: "second" });
    expect((await accept(invitee, key)).status).toBe(200);
  });

  /** Accepts an invitation of which something changes between the check and the write. */
  const acceptWhile = async ({ invitee, receivedPath }: GivenInvite, change: () => Promise<unknown>) => {
    let isChanged = false;
    const withSession = () => {
      const session = env.DB.withSession("first-primary");
      const batch = async (statements: D1PreparedStatement[]) => {
        const results = await session.batch(statements);
        if (!isChanged) await change();
        isChanged = true;
        return results;
      };
      return { prepare: (text: string) => session.prepare(text), getBookmark: () => session.getBookmark(), batch };
    };
    const through = servedIn({ DB: { withSession } });
    return send("PUT", receivedPath, { token: invitee.token, through });
  };

  test("403 when the clinic is restricted between the check and the write", async () => {
    const it = await givenInvite(clinic);
    const answer = await acceptWhile(it, () => restrict([{ emailDomain: "other.example" }]));
    expect(answer.status).toBe(403);
    expect(await storedInvite(it.key)).toMatchObject({ status: "pending", isPending: true });
  });

  test("404 when the invitation ends between the check and the write, even where its record is left", async () => {
    const it = await givenInvite(clinic);
    const end = "UPDATE clinician_invitations SET status = 'canceled' WHERE key = ? RETURNING key";
    expect((await acceptWhile(it, () => rows(end, it.key))).status).toBe(404);
    expect(await countRows("clinicians WHERE user_id = ?", it.invitee.id)).toBe(0);
  });

  test("200 with the roles the record has when it is written", async () => {
    const it = await givenInvite(clinic);
    const change = "UPDATE clinicians SET roles = '[\"PRESCRIBER\"]' WHERE invite_id = ? RETURNING id";
    const answer = await acceptWhile(it, () => rows(change, it.key));
    expect([answer.status, answer.body.roles]).toEqual([200, ["PRESCRIBER"]]);
  });

  test("409 for a member, 422 in a clinic that is not migrated, and nothing is stored", async () => {
    const { key, email, invitee } = await givenInvite(clinic);
    const member = await person({ sub: clinic.member.id, email });
    const before = await everythingStored();
    const answer = await accept(member, key);
    expect([answer.status, answer.body.reason]).toEqual([
      409,
      "duplicate: clinician is already a member of the clinic",
    ]);
    expect(await everythingStored()).toBe(before);
    await unmigrate(clinic.clinicId);
    expect((await accept(invitee, key)).status).toBe(422);
    expect(await storedInvite(key)).toMatchObject({ status: "pending", isPending: true });
  });

  test("200 in a clinic that has no admin left", async () => {
    const { key, invitee } = await givenInvite(clinic);
    await rows("UPDATE clinicians SET roles = '[\"CLINIC_MEMBER\"]' WHERE clinic_id = ? RETURNING id", clinic.clinicId);
    expect((await accept(invitee, key)).status).toBe(200);
  });

  test("401 for somebody the path does not name, and for a service whose id it is", async () => {
    const { invitee, receivedPath, key } = await givenInvite(clinic);
    const stranger = await person({ email: "x@people.test" });
    expect((await stranger.put(receivedPath)).body.reason).toBe("Not authorized for requested operation");
    const backend = await service(invitee.id);
    expect((await backend.put(receivedPath)).status).toBe(401);
    expect((await storedInvite(key)).isPending).toBe(true);
  });

  test("of eight acceptances at once one succeeds, the rest get 404", async () => {
    const { key, email } = await givenInvite(clinic);
    const callers = await Promise.all(Array.from({ length: 8 }, () => person({ email })));
    const racers = await Promise.all(callers.map((caller) => accept(caller, key)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(404)]);
    expect(await countRows("clinicians WHERE email = ? AND user_id IS NOT NULL", email)).toBe(1);
  });

  test("of one person's eight acceptances at once one succeeds, the rest get 404; all succeed with an Idempotency-Key", async () => {
    const [one, two] = [await givenInvite(clinic), await givenInvite(clinic)];
    const racers = await Promise.all(Array.from({ length: 8 }, () => one.invitee.put(one.receivedPath)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(404)]);
    const key = { "idempotency-key": newUserId() };
    const repeats = await Promise.all(
      Array.from({ length: 8 }, () => two.invitee.put(two.receivedPath, undefined, key)),
    );
    expect(statuses(repeats)).toEqual(Array(8).fill(200));
    expect(new Set(repeats.map(({ text }) => text)).size).toBe(1);
  });

  test("accepted and taken back at once: what is stored is one of the two, whole", async () => {
    const outcomes = new Set<unknown>();
    for (let i = 0; i < 8; i++) {
      const { key, path, invitee, receivedPath } = await givenInvite(clinic);
      const [accepted, deleted] = await Promise.all([invitee.put(receivedPath), clinic.admin.delete(path)]);
      expect([200, 404]).toContain(accepted.status);
      expect(deleted.status).toBe(200);
      const isMember = (await countRows("clinicians WHERE user_id = ?", invitee.id)) === 1;
      const { status, isPending } = await storedInvite(key);
      expect([isMember, status, isPending]).toEqual(
        accepted.status === 200 ? [true, "completed", false] : [false, "canceled", false],
      );
      outcomes.add(accepted.status);
    }
    expect(outcomes.size).toBeGreaterThanOrEqual(1);
  });

  test("200 with the token's name where the profile has an empty one", async () => {
    const it = await givenInvite(clinic, {}, { name: "Bo Lind" });
    const internal = exports.InternalApi({ props: { caller: "accounts", scopes: ["*"] } });
    await internal.putUser({ id: it.invitee.id, email: it.email, emailVerified: true, profile: { fullName: "" } });
    const accepted = await it.invitee.put(it.receivedPath);
    expect([accepted.status, accepted.body.name], accepted.text).toEqual([200, "Bo Lind"]);
  });
});
