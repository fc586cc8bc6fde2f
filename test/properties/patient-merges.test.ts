import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rows } from "../harness.ts";
import {
  type Given,
  givenRows,
  look,
  pair,
  type Pair,
  profileOf,
  type Row,
  type Stored,
} from "../patient-merges/pair-rows.ts";
import { expectCounted } from "../races/recount.ts";
import { type Facts, modelMerge, type Outcome } from "./patient-merge-model.ts";
import { cases } from "./size.ts";

const CASES = cases(300, 30);
const ACCEPTABLE = ["not-alike", "data-stays", "connection-stays", "orders-end", "records-elsewhere"];

const isOf = (id: string) => (it: Row) => it.user_id === id || it.id === id || it.user === id;
const recordOf = (stored: Stored, id: string) => stored.patients.find(isOf(id));
const timeless = (it: Row) => ({ ...it, version: 0, updated_at: 0 });

async function factsOf(given: Given, shape: Pair, stored: Stored): Promise<Facts> {
  const [target, source] = [given.targetId, given.sourceId].map((id) => recordOf(stored, id)!) as [Row, Row];
  const [targetAccount, sourceAccount] = [given.targetId, given.sourceId].map((id) => stored.users.find(isOf(id))!) as [
    Row,
    Row,
  ];
  const others = await rows(
    "SELECT 1 FROM users WHERE email = ? AND id NOT IN (?, ?)",
    source.email,
    target.user_id,
    source.user_id,
  );
  return {
    target,
    source,
    targetAccount,
    sourceAccount,
    mrnUnique: shape.mrnUnique,
    third: stored.patients.find((it) => it !== target && it !== source),
    hasThirdTheAddress: others.length > 0,
    elsewhere: stored.elsewhere.filter(isOf(given.sourceId)),
    take: shape.take,
  };
}

/** The plan is what the model says. */
function expectPlanned(document: Row, it: Outcome, accepted: readonly string[]): void {
  const left = it.reasons.filter((reason) => !accepted.includes(reason));
  expect(document.errors.map(({ reason }: Row) => reason)).toEqual(left);
  const { allowed, fields, tags, sites, reviews, ehr, shared, likeness, mails } = document;
  expect({ allowed, tags, sites, reviews, ehr, shared, likeness, mails }).toEqual({
    allowed: left.length === 0,
    tags: it.tags,
    sites: it.sites,
    reviews: it.reviews,
    ehr: it.ehr,
    shared: it.shared,
    likeness: it.likeness,
    mails: it.isNewAddress ? ["account_claim"] : [],
  });
  expect(fields).toEqual(JSON.parse(JSON.stringify(it.fields)));
  expect(document.leftBehind).toMatchObject(it.leftBehind);
  expect(document.account).toMatchObject({
    custodial: it.isTargetKept,
    source: it.isElsewhere ? "elsewhere" : "parked",
  });
}

/** What is stored is what the model says. */
function expectMerged(given: Given, shape: Pair, before: Stored, after: Stored, it: Outcome, done: Row): void {
  const { targetId, sourceId } = given;
  const [target, source] = [recordOf(before, targetId)!, recordOf(before, sourceId)!];
  const survivor = recordOf(after, targetId)!;
  expect({ ...survivor, updated_at: 0 }).toEqual({ ...it.survivor, updated_at: 0 });
  expect(after.patients.map(({ key }) => key)).toEqual(
    before.patients.map(({ key }) => key).filter((key) => key !== source.key),
  );
  expect(after.archive).toEqual([{ ...source, deleted_at: Date.parse(done.mergedTime), deleted_by: given.admin.id }]);
  expect(after.periods).toEqual(before.periods.filter(({ patient_key: key }) => key !== source.key));
  expect(after.elsewhere).toEqual(before.elsewhere);
  expect(after.former.map(({ mrn_key: key }) => key)).toEqual(it.formerKeys);
  expect(after.former.every(({ patient_key: key }) => key === target.key)).toBe(true);

  const addresses = after.users.map(({ id, email }) => [id, email]);
  expect(addresses).toEqual(
    before.users.map(({ id, email }) => [
      id,
      id === targetId && it.isNewAddress ? it.survivor.email : id === sourceId && !it.isElsewhere ? null : email,
    ]),
  );
  const claims = Object.fromEntries(after.claims.map((claim) => [claim.user_id, claim]));
  const [ownClaim, otherClaim] = [targetId, sourceId].map((id) => before.claims.find(isOf(id)));
  if (it.isNewAddress) {
    expect(claims[targetId]).toMatchObject({
      email: it.survivor.email,
      invited_by: given.admin.id,
      clinic_id: given.clinicId,
    });
    expect(claims[targetId]!.key).not.toBe(ownClaim?.key);
  } else expect(claims[targetId]).toEqual(ownClaim);
  const isLed = shape.source.elsewhere === "kept";
  expect(claims[sourceId]).toEqual(isLed && otherClaim ? { ...otherClaim, clinic_id: given.elsewhereId } : undefined);

  const mails = after.mails.filter(isOf(targetId)).map(({ kind }) => kind);
  expect(mails.filter((kind) => kind.startsWith("account_claim"))).toHaveLength(it.isNewAddress ? 2 : 0);
  const ofSource = after.mails.filter(isOf(sourceId)).map(({ kind, state, reason }) => [kind, state, reason]);
  expect(ofSource).toEqual([
    ...(it.isElsewhere ? [] : [["close_account", "queued", null]]),
    ...(shape.source.waits ? [["connection_request", "skipped", "patient_merged"]] : []),
  ]);
  expect(after.invitations).toEqual(
    before.invitations.map((one) => (one.user === sourceId ? { ...one, status: "canceled" } : one)),
  );
  const hasOtherMrn = it.survivor.mrn_key !== target.mrn_key;
  expect(after.jobs).toEqual(
    before.jobs.map((job) => {
      const isEnded = job.patient_key === source.key || (job.patient_key === target.key && hasOtherMrn);
      const reason = job.patient_key === source.key ? "merged" : "not_subscribed";
      return isEnded && job.state === "queued" ? { ...job, state: "skipped", reason } : job;
    }),
  );
  expect(after.messages).toEqual(
    before.messages.map(({ id, patient_key: key }) => ({
      id,
      patient_key: it.movedMessages.includes(id) ? target.key : key,
    })),
  );
  const profiles = [before, after].map(({ users }) => users.find(isOf(targetId))!.profile);
  expect(profiles[1]).toEqual(it.isTold ? profileOf(it.survivor) : profiles[0]);
}

async function mergeAndUndo(shape: Pair): Promise<"merged" | "blocked"> {
  const given = await givenRows(shape);
  const { admin, path, targetId, sourceId } = given;
  const before = await look(given);
  const it = modelMerge(await factsOf(given, shape, before), admin.id);
  const body = { sourceId, take: shape.take };
  const at = `${path}/patients/${targetId}/merge`;
  const dry = await admin.post(`${at}?dryRun=true`, body);
  expectPlanned(dry.body, it, []);
  const accepting = { ...body, accept: ACCEPTABLE };
  const accepted = await admin.post(`${at}?dryRun=true`, accepting);
  expectPlanned(accepted.body, it, ACCEPTABLE);
  expect(accepted.body.plan).toBe(dry.body.plan);
  expect(await look(given)).toEqual(before);

  const done = await admin.post(at, { ...accepting, plan: dry.body.plan });
  const unacceptable = it.reasons.filter((reason) => !ACCEPTABLE.includes(reason));
  if (unacceptable.length > 0) {
    expect([done.status, done.body.errors.map(({ reason }: Row) => reason)]).toEqual([400, unacceptable]);
    expect(await look(given)).toEqual(before);
    return "blocked";
  }
  expect([done.status, done.calls], done.text).toEqual([200, 2]);
  const { account: _, state: __, ...planned } = accepted.body;
  expect(done.body).toMatchObject(planned);
  const after = await look(given);
  expectMerged(given, shape, before, after, it, done.body);
  await expectCounted(given as never);
  expect((await admin.get(`${path}/patients/${targetId}`)).body).toEqual(done.body.patient);

  const undo = `${path}/patient_merges/${done.body.id}/undo`;
  const planOfUndo = await admin.post(`${undo}?dryRun=true`);
  const undone = await admin.post(undo);
  expect([undone.status, undone.calls, undone.body.notRestored], undone.text).toEqual([200, 2, []]);
  expect(planOfUndo.body.notRestored).toEqual([]);
  const end = await look(given);
  expect(end.patients.map(timeless)).toEqual(before.patients.map(timeless));
  expect(recordOf(end, sourceId)!.version).toBe(recordOf(before, sourceId)!.version + 1);
  for (const table of ["periods", "users", "claims", "messages", "former", "elsewhere"] as const)
    expect(end[table], table).toEqual(before[table]);
  await expectCounted(given as never);
  return "merged";
}

describe("two random records", () => {
  test("are merged as the model says; undone, both are as they were", { timeout: 600_000 }, async () => {
    const outcomes: string[] = [];
    await fc.assert(
      fc.asyncProperty(pair, async (shape) => {
        outcomes.push(await mergeAndUndo(shape));
      }),
      { numRuns: CASES, endOnFailure: true },
    );
    expect(outcomes.filter((it) => it === "merged").length).toBeGreaterThan(CASES / 5);
  });
});
