import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  newUserId,
  person,
  rows,
  UNKNOWN_ID,
} from "../../../test/harness.ts";
import { changeAccount, findAccount, onlyWithOwnDirectory } from "../../../test/accounts.ts";
import { givenMigration, givenShare } from "../../../test/legacy-accounts.ts";
import { Db } from "../../platform/db/client.ts";
import { newToken } from "./tokens-store.ts";
import { deliverRow, givenOutboxEntry, makeDue, outboxRow, postOffice, sweep } from "../../../test/mail/post-office.ts";

const HOUR = 3_600_000;
const BORN = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const address = () => `rosa.${newUserId()}@own.test`;

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic({ name: "Harbor" });
});

interface Waiting {
  id: string;
  kind: string;
  variables: string;
  next_attempt_at: number;
  created_at: number;
}
/** What is or was in the outbox about an account. */
const about = (userId: string, kind: string) =>
  rows<Waiting>("SELECT * FROM outbox WHERE recipient_user_id = ? AND kind = ?", userId, kind);
const claimOf = async (userId: string) =>
  (
    await rows<{ key: string; email: string; invited_by: string | null }>(
      "SELECT * FROM account_claims WHERE user_id = ?",
      userId,
    )
  )[0];
const update = (id: string, fields: object) =>
  clinic.member.put(`${clinic.path}/patients/${id}`, { ...BORN, ...fields });

/** Does the jobs of a kind there are for an account, each until it is done. */
async function work(userId: string, kind: "close_account" | "copy_to_profile"): Promise<void> {
  for (const { id } of await about(userId, kind)) {
    await deliverRow(id, env);
    // The queue of the tests may be at it already.
    await vi.waitFor(async () => expect(await outboxRow(id)).toMatchObject({ state: "sent" }));
  }
}
/** The account's owner has a token and has used it. */
async function signIn(id: string, email: string): Promise<void> {
  const owner = await person({ sub: id, email });
  expect((await owner.get(`/v1/patients/${id}/clinics`)).status).toBe(200);
  await vi.waitFor(async () => expect(await findAccount(id)).toMatchObject({ isCustodial: false }));
}
/** Runs the migration of the clinic's admin to its end. */
async function untilMigrated({ clinicId, admin }: GivenClinic): Promise<void> {
  const kind = "run_migration";
  const job = await givenOutboxEntry({ kind, clinic_id: clinicId, recipient_user_id: admin.id });
  while ((await outboxRow(job)).state !== "sent") await deliverRow(job, env);
}
/** The profile once the job is done that writes it where accounts are elsewhere. */
async function profileOf(userId: string) {
  await work(userId, "copy_to_profile");
  return (await findAccount(userId))?.profile ?? {};
}

describe("the claim of a custodial account", () => {
  test("is mailed to its address with a link that the account service can follow, and again after a week", async () => {
    const office = postOffice();
    const email = address();
    const { id } = await givenPatient(clinic, { ...BORN, email });
    const [mail, reminder] = [(await about(id, "account_claim"))[0]!, (await about(id, "account_claim_reminder"))[0]!];
    expect(reminder.next_attempt_at - reminder.created_at).toBe(168 * HOUR);
    await deliverRow(mail.id, office.env);
    expect(office.posted).toEqual([expect.objectContaining({ to: email, subject: expect.stringContaining("Harbor") })]);
    const { key } = (await claimOf(id))!;
    expect(office.posted[0]!.text).toContain(`/login?signupKey=${encodeURIComponent(key)}`);
    expect(`${office.posted[0]!.subject} ${office.posted[0]!.html}`).not.toMatch(/Rosa|1987/);
    expect(
      await exports
        .InternalApi({ props: { caller: "accounts", scopes: ["findAccountClaim"] } })
        .findAccountClaim({ key }),
    ).toMatchObject({ userId: id, clinicId: clinic.clinicId, email });

    // Before its time the reminder stays where it is, for the sweep and for a message that names it.
    await deliverRow(reminder.id, office.env);
    expect((await sweep(office.env)).map(({ body }) => body)).not.toContainEqual({ v: 1, id: reminder.id });
    expect((await sweep(office.env, Date.now() + 169 * HOUR)).map(({ body }) => body)).toContainEqual({
      v: 1,
      id: reminder.id,
    });
    await makeDue(reminder.id);
    await deliverRow(reminder.id, office.env);
    expect(office.posted.map(({ to }) => to)).toEqual([email, email]);
    expect(await outboxRow(reminder.id)).toMatchObject({ state: "sent", variables: "{}" });
  });

  test("is none without an address; one that is added later is mailed", async () => {
    const { id } = await givenPatient(clinic, BORN);
    expect([await claimOf(id), await about(id, "account_claim"), await about(id, "account_claim_reminder")]).toEqual([
      undefined,
      [],
      [],
    ]);
    const email = address();
    await update(id, { email });
    expect(await claimOf(id)).toMatchObject({ email, invited_by: clinic.member.id });
    expect(await about(id, "account_claim")).toHaveLength(1);
  });

  test("stays as it is when anything else changes, and leads with a new key to a new address only", async () => {
    const office = postOffice();
    const { id, email } = await givenPatient(clinic, { ...BORN, email: address() });
    const first = (await claimOf(id))!;
    await update(id, { email, mrn: "A-1" });
    expect(await claimOf(id)).toEqual(first);
    const other = address();
    await update(id, { email: other, mrn: "A-1" });
    const second = (await claimOf(id))!;
    expect([second.email, second.key === first.key]).toEqual([other, false]);
    const mails = await about(id, "account_claim");
    const late = mails.find(({ variables }) => variables.includes(first.key));
    const mail = mails.find(({ variables }) => variables.includes(second.key));
    await deliverRow(late!.id, office.env);
    await deliverRow(mail!.id, office.env);
    expect(await outboxRow(late!.id)).toMatchObject({ state: "skipped", reason: "claim_over" });
    expect(office.posted.map(({ to }) => to)).toEqual([other]);
  });

  test("is gone with the address", async () => {
    const { id } = await givenPatient(clinic, { ...BORN, email: address() });
    await update(id, {});
    expect(await claimOf(id)).toBeUndefined();
    const [reminder] = await about(id, "account_claim_reminder");
    await makeDue(reminder!.id);
    await deliverRow(reminder!.id, postOffice().env);
    expect(await outboxRow(reminder!.id)).toMatchObject({ state: "skipped", reason: "claim_over" });
  });

  test("is over once the clinic is no longer the custodian, or the claim has expired", async () => {
    const bound = exports.InternalApi({ props: { caller: "accounts", scopes: ["*"] } });
    const { id } = await givenPatient(clinic, { ...BORN, email: address() });
    const { key } = (await claimOf(id))!;
    await rows("UPDATE account_claims SET expires_at = ? WHERE user_id = ? RETURNING key", Date.now() - 1, id);
    expect(await bound.findAccountClaim({ key })).toBeUndefined();
    await rows("UPDATE account_claims SET expires_at = ? WHERE user_id = ? RETURNING key", Date.now() + HOUR, id);
    expect(await bound.findAccountClaim({ key })).toMatchObject({ userId: id });
    await rows("UPDATE patients SET permissions = 2 WHERE user_id = ? RETURNING key", id);
    expect(await bound.findAccountClaim({ key })).toBeUndefined();
  });

  test("is over when its owner says what the clinic may do", async () => {
    const { id } = await givenPatient(clinic, { ...BORN, email: address() });
    expect(await claimOf(id)).toBeDefined();
    const owner = await person({ sub: id });
    expect((await owner.put(`${clinic.path}/patients/${id}/permissions`, { view: {} })).status).toBe(200);
    expect(await claimOf(id)).toBeUndefined();
  });

  describe("once the owner has signed in", () => {
    const bound = exports.InternalApi({ props: { caller: "accounts", scopes: ["*"] } });
    let id: string;
    let email: string;
    beforeEach(async () => {
      ({ id, email } = await givenPatient(clinic, { ...BORN, email: address() }));
      await signIn(id, email);
    });

    test("is over: neither the mail nor its reminder goes out, and its key names nothing", async () => {
      const office = postOffice();
      const { key } = (await claimOf(id))!;
      const waiting = [...(await about(id, "account_claim")), ...(await about(id, "account_claim_reminder"))];
      for (const mail of waiting) {
        await makeDue(mail.id);
        await deliverRow(mail.id, office.env);
        expect(await outboxRow(mail.id)).toMatchObject({ state: "skipped", reason: "claim_over" });
      }
      expect([waiting.length, office.posted]).toEqual([2, []]);
      expect(await bound.findAccountClaim({ key })).toBeUndefined();
    });

    test("is not made again by a clinic, and the address stays the owner's", async () => {
      for (const fields of [{ email: address() }, {}, { email, mrn: "A-1" }]) {
        const answer = await update(id, fields);
        expect([answer.status, answer.body.email]).toEqual([200, email]);
      }
      expect(await rows("SELECT email, mrn FROM patients WHERE user_id = ?", id)).toEqual([{ email, mrn: "A-1" }]);
      expect([await findAccount(id), await about(id, "account_claim")]).toMatchObject([{ email }, { length: 1 }]);
    });

    test("is not made for another address of the account, nor in another clinic", async () => {
      const other = await givenClinic();
      const link = { permissions: { custodian: {}, view: {} } };
      expect((await other.service.post(`${other.path}/patients/${id}`, link)).status).toBe(200);
      expect((await clinic.service.post(`/v1/users/${id}/clinics`, { email: address() })).status).toBe(200);
      expect(await about(id, "account_claim")).toHaveLength(1);
    });

    test("is not made by a migration", async () => {
      const office = postOffice();
      await rows("DELETE FROM account_claims WHERE user_id = ? RETURNING key", id);
      const legacy = await givenClinic();
      await givenShare(id, legacy.admin.id, 7);
      await givenMigration(legacy.clinicId, legacy.admin.id);
      await untilMigrated(legacy);
      expect(await countRows("patients WHERE clinic_id = ? AND user_id = ?", legacy.clinicId, id)).toBe(1);
      for (const mail of await about(id, "account_claim")) await deliverRow(mail.id, office.env);
      expect(office.posted).toEqual([]);
    });
  });

  test("follows the address that the account service gives the account", async () => {
    const { id } = await givenPatient(clinic, { ...BORN, email: address() });
    const other = address();
    expect((await clinic.service.post(`/v1/users/${id}/clinics`, { email: other })).status).toBe(200);
    expect(await claimOf(id)).toMatchObject({ email: other });
    expect(await about(id, "account_claim")).toHaveLength(2);
  });

  test("is not made for somebody who shares their data", async () => {
    const person = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${person.id}`, { permissions: { view: {} } });
    await update(person.id, { email: address() });
    expect([await claimOf(person.id), await about(person.id, "copy_to_profile")]).toEqual([undefined, []]);
  });

  test("is one, mailed once, when eight change the address at once", async () => {
    const { id } = await givenPatient(clinic, BORN);
    const email = address();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => update(id, { email, mrn: `R-${i}` })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await about(id, "account_claim")).toHaveLength(1);
  });
});

describe("the profile of a custodial account", () => {
  test("says what the clinic says, and keeps what the clinic does not know", async () => {
    const email = address();
    const { id } = await givenPatient(clinic, {
      ...BORN,
      email,
      mrn: "A-17",
      targetDevices: ["dexcom"],
      diagnosisType: "type1",
    });
    const patient = {
      birthday: "1987-02-03",
      mrn: "A-17",
      targetDevices: ["dexcom"],
      diagnosisType: "type1",
    };
    expect(await profileOf(id)).toEqual({ fullName: "Rosa Diaz", email, patient: { ...patient, emails: [email] } });

    const known = await profileOf(id);
    await changeAccount(id, { profile: { ...known, bio: "x", patient: { ...known.patient, about: "y" } } });
    await update(id, { fullName: "Rosa M. Diaz", diagnosisType: "type1" });
    expect(await profileOf(id)).toEqual({ bio: "x", fullName: "Rosa M. Diaz", patient: { about: "y", ...patient } });
  });

  test("says what the clinic says that keeps the account, when another clinic is told otherwise", async () => {
    const { id } = await givenPatient(clinic, BORN);
    const other = await givenClinic();
    await other.service.post(`${other.path}/patients/${id}`, { permissions: { view: {} }, fullName: "R. D." });
    expect(await profileOf(id)).toMatchObject({ fullName: "Rosa Diaz" });
  });

  test("is not written again when nothing of it has changed", async () => {
    const { id } = await givenPatient(clinic, BORN);
    await work(id, "copy_to_profile");
    await changeAccount(id, { profile: {} });
    await update(id, { sites: [], tags: [] });
    expect(await profileOf(id)).toEqual({});
  });

  test("is its owner's once the account was taken over", async () => {
    const { id } = await givenPatient(clinic, BORN);
    await work(id, "copy_to_profile");
    await changeAccount(id, { isCustodial: false, profile: {} });
    await update(id, { fullName: "Rose Diaz" });
    expect(await profileOf(id)).toEqual({});
  });

  test("is written by a job that was asked for when accounts were elsewhere", async () => {
    const { id } = await givenPatient(clinic, BORN);
    await changeAccount(id, { profile: {} });
    const kind = "copy_to_profile";
    await deliverRow(await givenOutboxEntry({ kind, clinic_id: clinic.clinicId, recipient_user_id: id }), env);
    expect(await profileOf(id)).toMatchObject({ fullName: "Rosa Diaz", patient: { birthday: "1987-02-03" } });
  });
});

describe("the account of a custodial patient whom the clinic deletes", () => {
  const remove = async (id: string) => {
    expect((await clinic.admin.delete(`${clinic.path}/patients/${id}`)).status).toBe(204);
  };

  test("is removed with its claim when there is no data; the address is free again", async () => {
    const { id, email } = await givenPatient(clinic, { ...BORN, email: address() });
    await remove(id);
    await work(id, "close_account");
    expect([await findAccount(id), await claimOf(id)]).toEqual([undefined, undefined]);
    expect((await clinic.member.post(`${clinic.path}/patients`, { ...BORN, email })).status).toBe(200);
  });

  test.each(["nothing", "data"])("takes with it what mails about it open: an account with %s", async (what) => {
    const dataSources =
      what === "data" ? [{ providerName: "dexcom", state: "connected", dataSourceId: UNKNOWN_ID }] : [];
    const { id } = await givenPatient(clinic, { ...BORN, email: address(), dataSources });
    const path = "/v1/oauth/dexcom";
    const { token, statements } = await newToken(id, path, Date.now(), HOUR);
    await new Db(env.DB).batch(statements);
    const holder = () =>
      exports.InternalApi({ props: { caller: "accounts", scopes: ["*"] } }).findTokenHolder({ token, path });
    expect(await holder()).toBe(id);
    await remove(id);
    await work(id, "close_account");
    expect(await holder()).toBeUndefined();
  });

  onlyWithOwnDirectory("where accounts are elsewhere a job closes them")(
    "is closed with the answer: the address is free at once, with data or without",
    async () => {
      for (const dataSources of [[], [{ providerName: "dexcom", state: "connected", dataSourceId: UNKNOWN_ID }]]) {
        const { id, email } = await givenPatient(clinic, { ...BORN, email: address(), dataSources });
        await remove(id);
        expect((await clinic.member.post(`${clinic.path}/patients`, { ...BORN, email })).status).toBe(200);
        expect([await about(id, "close_account"), await claimOf(id)]).toEqual([[], undefined]);
        expect(await findAccount(id)).toEqual(
          dataSources.length > 0 ? expect.objectContaining({ email: null }) : undefined,
        );
      }
    },
  );

  test.each([
    [
      "a summary",
      async (id: string) =>
        rows("UPDATE patients SET bgm_summary_id = '0123456789abcdef01234567' WHERE user_id = ? RETURNING key", id),
    ],
    [
      "a source of data",
      async (id: string) =>
        rows(
          `UPDATE patients SET data_sources = '[{"providerName":"dexcom","state":"connected","dataSourceId":"0123456789abcdef01234567"}]' WHERE user_id = ? RETURNING key`,
          id,
        ),
    ],
  ])("stays without its address when there is %s", async (_, give) => {
    const { id } = await givenPatient(clinic, { ...BORN, email: address() });
    await give(id);
    await remove(id);
    await work(id, "close_account");
    expect(await findAccount(id)).toMatchObject({ email: null });
    expect(await claimOf(id)).toBeUndefined();
  });

  test("stays whole while another clinic has it, or when it was taken over meanwhile", async () => {
    const { id, email } = await givenPatient(clinic, { ...BORN, email: address() });
    const other = await givenClinic();
    await other.service.post(`${other.path}/patients/${id}`, { permissions: { view: {} } });
    await remove(id);
    await work(id, "close_account");
    expect(await findAccount(id)).toMatchObject({ email });

    const second = await givenPatient(clinic, { ...BORN, email: address() });
    await changeAccount(second.id, { isCustodial: false });
    await remove(second.id);
    await work(second.id, "close_account");
    expect(await findAccount(second.id)).toMatchObject({ email: second.email });
  });

  test("stays as it is when its owner leaves the clinic, whatever they did before", async () => {
    const { id, email } = await givenPatient(clinic, { ...BORN, email: address() });
    const profile = await profileOf(id);
    const owner = await person({ sub: id, email });
    expect((await owner.delete(`${clinic.path}/patients/${id}`)).status).toBe(204);
    await vi.waitFor(async () => expect(await findAccount(id)).toMatchObject({ isCustodial: false }));
    expect([await findAccount(id), await claimOf(id)]).toMatchObject([{ email, profile }, undefined]);
  });

  test("can be claimed by the same mail as long as another clinic keeps it", async () => {
    const { id, email } = await givenPatient(clinic, { ...BORN, email: address() });
    const { key } = (await claimOf(id))!;
    const other = await givenClinic();
    await other.service.post(`${other.path}/patients/${id}`, { permissions: { custodian: {}, view: {} } });
    await remove(id);
    await work(id, "close_account");
    const bound = exports.InternalApi({ props: { caller: "accounts", scopes: ["findAccountClaim"] } });
    expect(await bound.findAccountClaim({ key })).toMatchObject({ userId: id, clinicId: other.clinicId, email });
    expect((await other.admin.delete(`${other.path}/patients/${id}`)).status).toBe(204);
    await work(id, "close_account");
    expect([await claimOf(id), await findAccount(id)]).toEqual([undefined, undefined]);
  });

  test("is none of the clinic's business when the patient shared their data", async () => {
    const person = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${person.id}`, { permissions: { view: {} } });
    await remove(person.id);
    expect(await about(person.id, "close_account")).toEqual([]);
  });
});
