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
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";
import { mailsOf, storedInvite } from "../../../../test/invitations.ts";
import { MAILS_OF_A_CLINIC_MAX, MAILS_TO_AN_ADDRESS_MAX } from "../model/rules.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const newEmail = () => `${newUserId()}@invited.test`;
const invite = (body: object = {}, caller = clinic.admin, headers?: Record<string, string>) =>
  caller.post(`${clinic.path}/invites/clinicians`, { email: newEmail(), roles: ["CLINIC_MEMBER"], ...body }, headers);
/** As if so many mails had been sent for invitations of a clinic to an address. */
const givenMails = async (clinicId: string, email: string, count: number, at: number) => {
  for (let i = 0; i < count; i++) {
    const key = `${newUserId()}${"x".repeat(22)}`;
    await rows(
      `INSERT INTO clinician_invitations (key, clinic_id, email, email_key, creator_id, clinic_name, status, created_at, modified_at)
       VALUES (?1, ?2, ?3, ?3, 'x', 'x', 'canceled', ?4, ?4) RETURNING key`,
      key,
      clinicId,
      email,
      at,
    );
    await rows(
      `INSERT INTO outbox (id, batch, unique_key, kind, variables, state, attempts, next_attempt_at, created_at)
       VALUES (?1, '', 'clinician_invitation:' || ?1 || ':' || ?2, 'clinician_invitation', '{}', 'sent', 1, 0, ?2) RETURNING id`,
      key,
      at,
    );
  }
};

describe("InviteClinician", () => {
  test("200 stores invitation, clinician's record and mail together, in two round trips with one audit row", async () => {
    const email = `Bo.${newUserId()}@Harbor.Example`;
    const answer = await invite({ email, roles: ["CLINIC_MEMBER", "PRESCRIBER"] });
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual({
      inviteId: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
      email: email.toLowerCase(),
      roles: ["CLINIC_MEMBER", "PRESCRIBER"],
      createdTime: expect.any(String),
      updatedTime: answer.body.createdTime,
    });
    const { name } = (await clinic.admin.get(clinic.path)).body;
    const { invitation, pending } = await storedInvite(answer.body.inviteId);
    const at = Date.parse(answer.body.createdTime);
    expect(invitation).toEqual({
      key: answer.body.inviteId,
      clinic_id: clinic.clinicId,
      email,
      email_key: email.toLowerCase(),
      invited_user_id: null,
      creator_id: clinic.admin.id,
      clinic_name: name,
      status: "pending",
      created_at: at,
      modified_at: at,
      expires_at: null,
    });
    expect(pending).toMatchObject([{ clinic_id: clinic.clinicId, user_id: null, email: email.toLowerCase() }]);
    expect(await mailsOf(answer.body.inviteId)).toEqual([
      {
        kind: "clinician_invitation",
        clinic_id: clinic.clinicId,
        recipient_user_id: null,
        recipient_email: email,
        variables: {
          ClinicName: name,
          CreatorName: `Person ${clinic.admin.id}`,
          Email: email,
          WebPath: "signup/clinician",
        },
      },
    ]);
    expect(await countRows("audit_log WHERE request_id = ?", answer.headers.get("x-request-id"))).toBe(1);
  });

  test("200 to an address that has an account: the mail leads to the login, the account is remembered", async () => {
    const account = await givenAccount();
    const { body } = await invite({ email: `${account.id.toUpperCase()}@people.test` });
    expect((await mailsOf(body.inviteId))[0]!.variables.WebPath).toBe("login");
    expect((await storedInvite(body.inviteId)).invitation).toMatchObject({ invited_user_id: account.id });
  });

  test("200 to an address that an account claims without proof: the account is not remembered", async () => {
    const account = await givenAccount();
    await rows("UPDATE users SET email_verified = 0 WHERE id = ? RETURNING id", account.id);
    const { body } = await invite({ email: `${account.id}@people.test` });
    expect((await storedInvite(body.inviteId)).invitation).toMatchObject({ invited_user_id: null });
  });

  test("200 by a service is signed by a clinic administrator", async () => {
    const { body } = await invite({}, clinic.service);
    expect((await mailsOf(body.inviteId))[0]!.variables.CreatorName).toBe("Clinic administrator");
  });

  test("200 names the inviter as their profile does", async () => {
    await givenAccount({ sub: clinic.admin.id, profile: { fullName: "Ana Ruiz" } });
    const { body } = await invite();
    expect((await mailsOf(body.inviteId))[0]!.variables.CreatorName).toBe("Ana Ruiz");
  });

  test("200 lists the invitation among the clinic's clinicians, and touches the clinic", async () => {
    const [before] = await rows<{ version: number }>("SELECT version FROM clinics WHERE id = ?", clinic.clinicId);
    const { body } = await invite();
    expect((await clinic.member.get(`${clinic.path}/clinicians`)).body).toContainEqual(body);
    const [after] = await rows<{ version: number }>("SELECT version FROM clinics WHERE id = ?", clinic.clinicId);
    expect(after!.version).toBe(before!.version + 1);
  });

  test.each([
    [{ email: undefined }, "/email"],
    [{ email: "a@b.c" }, "/email"],
    [{ email: "nobody.test" }, "/email"],
    [{ email: "two words@clinic.test" }, "/email"],
    [{ roles: undefined }, "/roles"],
    [{ roles: [] }, "/roles"],
    [{ roles: ["OWNER"] }, "/roles/0"],
    [{ roles: ["PRESCRIBER", "PRESCRIBER"] }, "/roles"],
  ])("400 with %j names %s, gives a reason and stores nothing", async (fields, pointer) => {
    const before = await everythingStored();
    const answer = await invite(fields);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(`Error at "${pointer}"`);
    expect(answer.body.reason).toBe(answer.body.message);
    expect(await everythingStored()).toBe(before);
  });

  test("404 for a clinic that is not there", async () => {
    const body = { email: newEmail(), roles: ["CLINIC_MEMBER"] };
    const answer = await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/invites/clinicians`, body);
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });

  test("422 in a clinic that is not migrated, and nothing is stored", async () => {
    await unmigrate(clinic.clinicId);
    const before = await everythingStored();
    const answer = await invite();
    expect([answer.status, answer.body.message]).toEqual([422, "constraint violation: clinic is not migrated"]);
    expect(await everythingStored()).toBe(before);
  });

  test("409 for an address the clinic has, as member's or as invited one, and nothing is stored", async () => {
    const email = newEmail();
    await invite({ email });
    const before = await everythingStored();
    for (const taken of [email, email.toUpperCase(), `${clinic.member.id}@people.test`]) {
      const answer = await invite({ email: taken });
      expect([answer.status, answer.body.message]).toEqual([
        409,
        "duplicate: clinician is already a member of the clinic",
      ]);
    }
    expect(await everythingStored()).toBe(before);
  });

  test("409 for the proved address of a member whom the clinic knows under another one", async () => {
    const email = newEmail();
    await givenAccount({ sub: clinic.member.id, email });
    expect((await invite({ email })).status).toBe(409);
  });

  test("200 in another clinic, and again after the invitation was taken back", async () => {
    const email = newEmail();
    const { body } = await invite({ email });
    const other = await givenClinic();
    const elsewhere = await other.admin.post(`${other.path}/invites/clinicians`, { email, roles: ["PRESCRIBER"] });
    expect(elsewhere.status).toBe(200);
    await clinic.admin.delete(`${clinic.path}/invites/clinicians/${body.inviteId}`);
    const again = await invite({ email });
    expect([again.status, again.body.inviteId === body.inviteId]).toEqual([200, false]);
  });

  test("of eight who invite one address at once one succeeds, the rest get 409, and one mail is sent", async () => {
    const email = newEmail();
    const racers = await Promise.all(Array.from({ length: 8 }, () => invite({ email })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(await countRows("clinician_invitations WHERE email_key = ?", email)).toBe(1);
    expect(await countRows("clinicians WHERE email = ?", email)).toBe(1);
    expect(await countRows("outbox WHERE recipient_email = ?", email)).toBe(1);
  });

  test("200 again with the Idempotency-Key, also for eight at once: one invitation, one mail", async () => {
    const email = newEmail();
    const key = { "idempotency-key": newUserId() };
    const racers = await Promise.all(Array.from({ length: 8 }, () => invite({ email }, clinic.admin, key)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map(({ text }) => text)).size).toBe(1);
    expect(await countRows("outbox WHERE recipient_email = ?", email)).toBe(1);
  });

  test("429 with Retry-After once the clinic has sent enough within an hour, and nothing is stored", async () => {
    const now = Date.now();
    await givenMails(clinic.clinicId, "x", MAILS_OF_A_CLINIC_MAX - 1, now);
    expect((await invite()).status).toBe(200);
    const before = await everythingStored();
    const answer = await invite();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "3600"]);
    expect(answer.body.message).toBe("too many invitations were sent, try again later");
    expect(await everythingStored()).toBe(before);
    await rows("UPDATE clinician_invitations SET modified_at = ? RETURNING key", now - 3_600_001);
    expect((await invite()).status).toBe(200);
  });

  test("429 once an address was sent enough within an hour, by whatever clinic", async () => {
    const [email, other] = [newEmail(), await givenClinic()];
    await givenMails(other.clinicId, email, MAILS_TO_AN_ADDRESS_MAX, Date.now() - 3_500_000);
    expect((await invite({ email: email.toUpperCase() })).status).toBe(429);
    expect((await invite()).status).toBe(200);
  });

  test("401 for who is no admin, with a reason", async () => {
    for (const caller of [clinic.member, clinic.prescriber, await person()]) {
      const answer = await invite({}, caller);
      expect(answer.status).toBe(401);
      expect(answer.body.reason).toBe("Not authorized for requested operation");
    }
  });
});
