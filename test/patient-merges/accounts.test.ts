import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { changeAccount, findAccount } from "../accounts.ts";
import { countRows, type GivenClinic, givenAccount, givenClinic, givenPatient, newUserId, rows } from "../harness.ts";
import { deliverRow, makeDue, outboxRow } from "../mail/post-office.ts";
import { merge } from "../patient-merges.ts";

/** Which account survives a merge, and what becomes of the other: now, on day 31, and after an undo. */

const DAY_MS = 86_400_000;
const born = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const address = () => `rosa-${newUserId()}@merged.test`;

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});

const at = (id: string, { path } = clinic) => `${path}/patients/${id}`;
const kept = async (fields: object = {}) =>
  (await givenPatient(clinic, { ...born, mrn: newUserId(), ...fields })).id as string;
async function claimed(): Promise<string> {
  const { id } = await givenAccount();
  const made = await clinic.service.post(at(id), { ...born, permissions: { view: {}, upload: {} } });
  expect(made.status, made.text).toBe(200);
  return id;
}
/** Does the jobs of an account that wait, as often as it is told. */
async function work(kind: string, userId: string, times = 1): Promise<void> {
  for (const { id } of await rows<{ id: string }>(
    "SELECT id FROM outbox WHERE kind = ? AND recipient_user_id = ? AND state <> 'skipped'",
    kind,
    userId,
  ))
    for (let n = 0; n < times; n++) {
      if (n > 0) await rows("UPDATE outbox SET state = 'queued' WHERE id = ? RETURNING 1", id);
      await makeDue(id);
      await deliverRow(id, env);
      expect((await outboxRow(id)).state).toBe("sent");
    }
}
const mergeOf = async (target: string, source: string, more: object = {}) => {
  const done = await merge(clinic, target, source, { accept: ["data-stays", "records-elsewhere"], ...more });
  expect(done.status, done.text).toBe(200);
  await work("move_address", done.body.mails.length > 0 ? target : source);
  return done.body;
};
const undo = async ({ id, targetId, sourceId }: { id: string; targetId: string; sourceId: string }) => {
  const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${id}/undo`);
  expect([undone.status, undone.body.notRestored], undone.text).toEqual([200, []]);
  for (const kind of ["copy_to_profile", "move_address"]) for (const one of [targetId, sourceId]) await work(kind, one);
};
/** Lets a merge be so long ago. */
const later = (mergeId: string, ms: number) =>
  rows("UPDATE patient_merges SET merged_at = merged_at - ? WHERE id = ? RETURNING 1", ms, mergeId);
const keyOf = async (userId: string) =>
  (await rows<{ key: string }>("SELECT key FROM account_claims WHERE user_id = ?", userId))[0]?.key;
const opens = async (key: string | undefined) =>
  key &&
  (await exports.InternalApi({ props: { caller: "accounts", scopes: ["findAccountClaim"] } }).findAccountClaim({ key }))
    ?.userId;
const addressOf = async (id: string) => (await findAccount(id))?.email;

describe("whose account survives", () => {
  const reasons = async (target: string, source: string) => {
    const { body } = await merge(clinic, target, source, {}, "?dryRun=true");
    return [
      body.allowed,
      body.account.custodial,
      ...body.errors.map(({ reason, swap }: any) => (swap ? `${reason}, swap` : reason)),
    ];
  };

  test("the clinic's, or the claimed one; never one of two that are claimed", async () => {
    const [a, b, c, d] = [await kept(), await kept(), await claimed(), await claimed()];
    expect(await reasons(a, b)).toEqual([true, true]);
    expect(await reasons(c, a)).toEqual([true, false]);
    expect(await reasons(a, c)).toEqual([false, true, "source-claimed, swap"]);
    expect(await reasons(c, d)).toEqual([false, false, "both-claimed"]);
  });

  test("in doubt an account is somebody's own", async () => {
    const [a, b, c] = [await kept(), await kept(), await kept()];
    await rows("UPDATE patients SET permissions = 2 WHERE user_id = ? RETURNING 1", b);
    expect(await reasons(a, b)).toEqual([false, true, "source-claimed, swap"]);
    await rows("UPDATE patients SET permissions = NULL WHERE user_id = ? RETURNING 1", b);
    expect(await reasons(a, b)).toEqual([false, true, "source-claimed, swap"]);
    await changeAccount(c, { isCustodial: false });
    expect(await reasons(a, c)).toEqual([false, true, "source-claimed, swap"]);
    expect(await reasons(b, c)).toEqual([false, false, "both-claimed"]);
  });

  test("the demo patient is neither", async () => {
    const demo = env.CLINIC_DEMO_PATIENT_USER_ID;
    const a = await kept();
    for (const pair of [
      [a, demo],
      [demo, a],
    ] as const) {
      const [isAllowed, , ...why] = await reasons(...pair);
      expect([isAllowed, why]).toEqual([false, expect.arrayContaining(["demo-patient"])]);
    }
  });
});

describe("the account that goes", () => {
  test("is offered to nobody, its tokens end, and its address is free; the survivor's link stays", async () => {
    const [mail, other] = [address(), address()];
    const [a, b] = [await kept({ email: mail }), await kept({ email: other })];
    const [key, own] = [await keyOf(a), await keyOf(b)];
    expect([await opens(key), await opens(own)]).toEqual([a, b]);
    await rows("INSERT INTO restricted_tokens VALUES (?, ?, '/x', 1, 9000000000000) RETURNING 1", `hash-${a}`, a);
    const done = await mergeOf(b, a);
    expect([await opens(key), await opens(own), done.mails]).toEqual([undefined, b, []]);
    expect([await addressOf(a), await addressOf(b)]).toEqual([null, other]);
    expect(await countRows("restricted_tokens WHERE user_id = ?", a)).toBe(0);
    const elsewhere = await givenClinic();
    expect((await givenPatient(elsewhere, { ...born, email: mail })).email).toBe(mail);
  });

  test("gets all of it back when the merge is undone", async () => {
    const [mail, other] = [address(), address()];
    const [a, b] = [await kept({ email: mail }), await kept({ email: other })];
    const keys = [await keyOf(a), await keyOf(b)];
    const done = await mergeOf(b, a, { take: ["email", "mrn"] });
    expect(done.mails).toEqual(["account_claim"]);
    expect([await addressOf(a), await addressOf(b), await opens(keys[0]), await opens(keys[1])]).toEqual([
      null,
      mail,
      undefined,
      undefined,
    ]);
    expect(await opens(await keyOf(b))).toBe(b);
    await undo(done);
    expect([await keyOf(a), await keyOf(b)]).toEqual(keys);
    expect([await addressOf(a), await addressOf(b)]).toEqual([mail, other]);
  });

  test("does not stay in the survivor's profile after the undo", async () => {
    const a = await kept({ mrn: "A-17", diagnosisType: "type1", targetDevices: ["d1"] });
    const { id: b } = await givenPatient(clinic, born);
    const done = await mergeOf(b, a);
    await work("copy_to_profile", b);
    expect((await findAccount(b))?.profile.patient).toMatchObject({
      mrn: "A-17",
      diagnosisType: "type1",
      targetDevices: ["d1"],
    });
    await undo(done);
    const { patient } = (await findAccount(b))!.profile;
    expect([patient.birthday, patient.mrn, patient.diagnosisType, patient.targetDevices ?? undefined]).toEqual([
      born.birthDate,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("moves no address out of an account that another merge has parked meanwhile", async () => {
    const mail = address();
    const [a, b, c] = [await kept({ email: mail }), await kept(), await kept()];
    for (const [target, source] of [
      [b, a],
      [c, b],
    ] as const)
      expect((await merge(clinic, target, source)).status).toBe(200);
    await work("move_address", b, 2);
    await work("move_address", c, 2);
    expect([await addressOf(a), await addressOf(b), await addressOf(c)]).toEqual([null, null, mail]);
  });

  test("is left alone while it is a patient elsewhere, and its link leads there", async () => {
    const mail = address();
    const [a, b] = [await kept({ email: mail }), await kept()];
    const key = await keyOf(a);
    const other = await givenClinic();
    const shared = await other.service.post(at(a, other), { permissions: { custodian: {}, view: {} } });
    expect(shared.status, shared.text).toBe(200);
    const blocked = await merge(clinic, b, a, { take: ["email"] });
    expect(blocked.body.errors.map(({ reason }: any) => reason)).toEqual(["email-not-free", "records-elsewhere"]);
    const done = await mergeOf(b, a);
    expect(done.account.source).toBe("elsewhere");
    expect([await addressOf(a), await keyOf(a), done.patient.email]).toEqual([mail, key, undefined]);
    expect(await rows("SELECT clinic_id FROM account_claims WHERE user_id = ?", a)).toEqual([
      { clinic_id: other.clinicId },
    ]);
    expect(await countRows("outbox WHERE kind = 'close_account' AND recipient_user_id = ?", a)).toBe(0);
    await undo(done);
    expect(await rows("SELECT clinic_id FROM account_claims WHERE user_id = ?", a)).toEqual([
      { clinic_id: clinic.clinicId },
    ]);
  });
});

describe("the account of a record that went, whose last record another clinic deletes meanwhile", () => {
  async function deletedElsewhere() {
    const mail = address();
    const [a, b] = [await kept({ email: mail }), await kept()];
    const other = await givenClinic();
    await other.service.post(at(a, other), { permissions: { custodian: {}, view: {} } });
    const done = await mergeOf(b, a);
    expect((await other.admin.delete(at(a, other))).status).toBe(204);
    for (const { id } of await rows<{ id: string }>(
      "SELECT id FROM outbox WHERE kind = 'close_account' AND recipient_user_id = ? AND next_attempt_at <= ?",
      a,
      Date.now(),
    ))
      await deliverRow(id, env);
    return { mail, a, b, done };
  }

  test("waits without an address, and is there when the merge is undone", async () => {
    const { mail, a, done } = await deletedElsewhere();
    expect(await findAccount(a)).toMatchObject({ email: null, isCustodial: true });
    expect(await keyOf(a)).toBeUndefined();
    await undo(done);
    expect([(await clinic.admin.get(at(a))).body.email, await addressOf(a)]).toEqual([mail, mail]);
  });

  test("is closed when no undo can need it any more", async () => {
    const { a, done } = await deletedElsewhere();
    const day31 = Date.parse(done.mergedTime) + 31 * DAY_MS;
    const [waiting] = await rows<{ id: string; at: number }>(
      "SELECT id, next_attempt_at AS at FROM outbox WHERE kind = 'close_account' AND recipient_user_id = ? AND state = 'queued'",
      a,
    );
    expect(waiting!.at).toBeGreaterThanOrEqual(day31);
    await later(done.id, 31 * DAY_MS);
    await makeDue(waiting!.id);
    await deliverRow(waiting!.id, env);
    expect(await findAccount(a)).toBeUndefined();
  });
});

describe("on day 31", () => {
  const due = async (id: string) =>
    (
      await rows<{ at: number }>(
        "SELECT next_attempt_at AS at FROM outbox WHERE kind = 'close_account' AND recipient_user_id = ?",
        id,
      )
    )[0]?.at;

  test("an account without data is removed, not before", async () => {
    const [a, b] = [await kept({ email: address() }), await kept()];
    const done = await mergeOf(b, a);
    expect(await due(a)).toBe(Date.parse(done.mergedTime) + 31 * DAY_MS);
    expect(done.account.closesTime).toBe(new Date((await due(a))!).toISOString());
    await later(done.id, 31 * DAY_MS);
    await work("close_account", a, 2);
    expect(await findAccount(a)).toBeUndefined();
    await later(done.id, -31 * DAY_MS);
    const late = await clinic.admin.post(`${clinic.path}/patient_merges/${done.id}/undo`);
    expect([late.status, late.body.errors]).toEqual([409, [{ reason: "account-gone" }]]);
    expect((await clinic.admin.get(at(a))).body.replacedBy).toBe(b);
  });

  test("an account with data stays, without an address, and the clinic goes on reading it", async () => {
    const [a, b] = [await kept({ email: address() }), await kept()];
    const upload = { time: "2026-01-01T00:00:00Z", type: "upload", dataSetType: "continuous" };
    await clinic.member.post(`/v1/users/${a}/data_sets`, upload);
    await mergeOf(b, a);
    await work("close_account", a, 2);
    expect(await findAccount(a)).toMatchObject({ email: null, isCustodial: true });
    const sets = await clinic.member.get(`/v1/users/${a}/data_sets`);
    expect([sets.status, sets.body.length]).toEqual([200, 1]);
  });

  test("nothing is closed of a merge that was undone", async () => {
    const mail = address();
    const [a, b] = [await kept({ email: mail }), await kept()];
    const done = await mergeOf(b, a);
    await undo(done);
    const key = await keyOf(a);
    await work("close_account", a, 2);
    expect([await addressOf(a), await keyOf(a), await opens(key)]).toEqual([mail, key, a]);
    expect((await clinic.admin.get(at(a))).status).toBe(200);
  });

  test("nothing is closed of a merge that was undone and done again: that has its own day 31", async () => {
    const mail = address();
    const [a, b] = [await kept({ email: mail }), await kept()];
    await undo(await mergeOf(b, a));
    const first = await rows<{ id: string }>(
      "SELECT id FROM outbox WHERE kind = 'close_account' AND recipient_user_id = ?",
      a,
    );
    const again = await mergeOf(b, a);
    expect(first).toHaveLength(1);
    await makeDue(first[0]!.id);
    await deliverRow(first[0]!.id, env);
    await undo(again);
    expect([(await clinic.admin.get(at(a))).status, await addressOf(a)]).toEqual([200, mail]);
  });

  test("nothing is closed that its owner has taken over", async () => {
    const [a, b] = [await kept(), await kept()];
    await mergeOf(b, a);
    await changeAccount(a, { isCustodial: false, email: address() });
    const before = await findAccount(a);
    await work("close_account", a);
    expect(await findAccount(a)).toEqual(before);
  });
});
