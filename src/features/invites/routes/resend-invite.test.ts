import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  everythingStored,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  rows,
  service,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";
import { givenInvite, mailsOf, storedInvite } from "../../../../test/invitations.ts";
import { MAILS_TO_AN_ADDRESS_MAX } from "../model/rules.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
afterEach(() => {
  vi.useRealTimers();
});
const later = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const newKey = () => `${newUserId()}${"y".repeat(22)}`;
/** The record alone, as CreateClinician makes it. */
const givenRecord = async (key = newKey()) => {
  const email = `${newUserId()}@record.test`;
  await clinic.service.post(`${clinic.path}/clinicians`, { inviteId: key, email, roles: ["PRESCRIBER"] });
  return { key, email, path: `${clinic.path}/invites/clinicians/${key}` };
};

describe("ResendInvite", () => {
  test("200 sends another mail and brings the invitation up to date, in two round trips; its creator stays", async () => {
    const { key, path, email } = await givenInvite(clinic, { email: `Bo.${newUserId()}@Harbor.test` });
    await clinic.admin.put(clinic.path, { name: "New Name", preferredBgUnits: "mg/dL" });
    const account = await givenAccount({ email: email.toLowerCase() });
    const before = await storedInvite(key);
    later(60_000);
    const answer = await clinic.service.patch(path);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual({
      key,
      type: "clinician_invitation",
      status: "pending",
      email,
      clinicId: clinic.clinicId,
      creatorId: clinic.admin.id,
      creator: {
        userid: clinic.admin.id,
        profile: { fullName: `Person ${clinic.admin.id}`, patient: {} },
        clinicId: clinic.clinicId,
        clinicName: "New Name",
      },
      created: new Date(before.invitation!.created_at as number).toISOString(),
      modified: new Date().toISOString(),
    });
    const after = await storedInvite(key);
    expect(after.invitation).toEqual({
      ...before.invitation,
      clinic_name: "New Name",
      invited_user_id: account.id,
      modified_at: Date.now(),
    });
    expect(after.pending).toEqual(before.pending);
    const [first, second, ...rest] = await mailsOf(key);
    expect([rest, first!.variables.WebPath]).toEqual([[], "signup/clinician"]);
    expect(second).toMatchObject({
      recipient_email: email,
      variables: { ClinicName: "New Name", CreatorName: `Person ${clinic.admin.id}`, WebPath: "login" },
    });
  });

  test("200 takes the address from the clinician's record", async () => {
    const { key, path } = await givenInvite(clinic);
    await rows(
      "UPDATE clinician_invitations SET email = 'Old@x.test', email_key = 'old@x.test', invited_user_id = 'x' WHERE key = ? RETURNING key",
      key,
    );
    const [record] = (await storedInvite(key)).pending;
    later(60_000);
    expect((await clinic.admin.patch(path)).body.email).toBe(record!.email);
    expect((await storedInvite(key)).invitation).toMatchObject({ email_key: record!.email, invited_user_id: null });
  });

  test("200 makes the invitation where there is a clinician's record only, by whoever asks", async () => {
    const { key, path, email } = await givenRecord();
    const answer = await clinic.admin.patch(path);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ key, email, creatorId: clinic.admin.id, status: "pending" });
    expect((await storedInvite(key)).invitation).toMatchObject({ clinic_id: clinic.clinicId, status: "pending" });
    expect((await mailsOf(key))[0]).toMatchObject({ variables: { CreatorName: `Person ${clinic.admin.id}` } });
  });

  test("200 by a service that names itself with an account id", async () => {
    const backend = await service(crypto.randomUUID());
    const answer = await backend.patch((await givenRecord()).path);
    expect(answer.body).toMatchObject({ creatorId: backend.id, creator: { profile: { fullName: "" } } });
  });

  test("200 of an invitation that has expired makes it one that does not", async () => {
    const { key, path } = await givenInvite(clinic);
    await rows("UPDATE clinician_invitations SET expires_at = 1 WHERE key = ? RETURNING key", key);
    expect((await clinic.admin.get(path)).body.expiresAt).toBe("1970-01-01T00:00:00.001Z");
    expect((await clinic.admin.patch(path)).body).not.toHaveProperty("expiresAt");
  });

  test("200 within 30 seconds is the first answer and no further mail, also for eight at once", async () => {
    const { key, path } = await givenInvite(clinic);
    later(60_000);
    const racers = await Promise.all(Array.from({ length: 8 }, () => clinic.admin.patch(path)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(racers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(7);
    expect(await mailsOf(key)).toHaveLength(2);
    later(30_000);
    expect((await clinic.admin.patch(path)).headers.get("idempotent-replayed")).toBeNull();
    expect(await mailsOf(key)).toHaveLength(3);
  });

  test("404 for a key the clinic has no record of, and nothing is stored", async () => {
    const { key } = await givenInvite(await givenClinic());
    const before = await everythingStored();
    for (const unknown of [key, newKey()]) {
      const answer = await clinic.admin.patch(`${clinic.path}/invites/clinicians/${unknown}`);
      expect([answer.status, answer.body.reason]).toEqual([404, "clinician not found"]);
    }
    expect(await everythingStored()).toBe(before);
    expect((await clinic.service.patch(`/v1/clinics/${UNKNOWN_ID}/invites/clinicians/${key}`)).status).toBe(404);
  });

  test("404 once the invitation was accepted, declined or taken back, and no mail", async () => {
    const [accepted, declined, canceled] = [
      await givenInvite(clinic),
      await givenInvite(clinic),
      await givenInvite(clinic),
    ];
    await accepted.invitee.put(accepted.receivedPath);
    await declined.invitee.delete(declined.receivedPath);
    await clinic.admin.delete(canceled.path);
    for (const { path, key } of [accepted, declined, canceled]) {
      expect((await clinic.admin.patch(path)).status).toBe(404);
      expect(await mailsOf(key)).toHaveLength(1);
    }
  });

  test("409 for a record whose key is that of an invitation to another clinic, which stays as it is", async () => {
    const other = await givenInvite(await givenClinic());
    const before = await storedInvite(other.key);
    const { path } = await givenRecord(other.key);
    expect((await clinic.admin.patch(path)).status).toBe(409);
    expect((await storedInvite(other.key)).invitation).toEqual(before.invitation);
  });

  test("422 in a clinic that is not migrated", async () => {
    const { path } = await givenInvite(clinic);
    await unmigrate(clinic.clinicId);
    expect((await clinic.admin.patch(path)).status).toBe(422);
  });

  test("429 once the address was sent enough within an hour", async () => {
    const { path } = await givenInvite(clinic);
    const answers = [];
    for (let i = 0; i < MAILS_TO_AN_ADDRESS_MAX; i++) {
      later(31_000);
      answers.push((await clinic.service.patch(path)).status);
    }
    expect(answers).toEqual([...Array(MAILS_TO_AN_ADDRESS_MAX - 1).fill(200), 429]);
  });
});
