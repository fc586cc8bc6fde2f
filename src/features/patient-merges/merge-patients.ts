import { leadClaimElsewhere } from "../accounts/claims-store.ts";
import { MOVE_ADDRESS } from "../accounts/jobs.ts";
import { revokeAllTokens } from "../accounts/tokens-store.ts";
import { skipEhrJobs, moveMessages } from "../ehr/model/merge-store.ts";
import { skipWaiting } from "../../platform/outbox/store.ts";
import { writeRecord } from "../patients/model/patient-merge-store.ts";
import { auditChange } from "../../platform/audit/audit-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { badRequest, conflict, DetailedRefusal, notFound, type Refusal } from "../../platform/core/errors.ts";
import { StaleRead } from "../../platform/core/stale.ts";
import { refuseOutright, refuseUnlessFound, type Step } from "../../platform/db/guard.ts";
import { closeLater, moveAddress, parkAccount } from "../accounts/park-store.ts";
import { copyRecord, followCustodialRecord } from "../accounts/custody-store.ts";
import { cancelInvitationsOf } from "../patient-invites/model/store.ts";
import { adjustCountersOfPatients } from "../patients/model/counters-store.ts";
import { patientNotFound } from "../patients/model/get-patient.ts";
import { insertFormer } from "../patients/model/former-mrns-store.ts";
import { recordsWithKeys } from "../patients/model/merge-store.ts";
import { onePatient } from "../patients/model/read.ts";
import { derivedColumns } from "../patients/model/record.ts";
import { archiveRecords, patientWith } from "../patients/model/store.ts";
import { type Facts, type ReadFacts, readFacts } from "./facts-read.ts";
import { ACCEPTABLE } from "./rules.ts";
import { type Asked, ERASED_AFTER_MS, type Plan, type PlanDocument, planMerge, writtenOf } from "./plan.ts";
import { type MergeView, planned } from "./schema.ts";
import { replanned } from "./replanned.ts";
import { findStanding, guardFacts, guardMrn, insertPatientMerge } from "./store.ts";
import { viewOf } from "./view.ts";
import { tellOfPatientMerge } from "../event-webhooks/model/events-store.ts";
import { withSuccessor } from "../patients/model/with-successor.ts";

/** A merge that a caller asks for: which two, and how. */
export interface MergeRequest extends Asked {
  readonly clinicId: string;
  readonly targetId: string;
  readonly sourceId: string;
  readonly plan: string | undefined;
}

const isOneRecord = () => badRequest("a patient can't be merged into itself");
const sourceNotFound = () => notFound("source patient");
const planIsOld = (current: PlanDocument) =>
  new DetailedRefusal(conflict("the records have changed since the plan was made"), { current: planned(current) });
const isBlocked = ({ errors }: PlanDocument): Refusal =>
  new DetailedRefusal(badRequest("the merge plan does not allow execution"), {
    errors,
    acceptable: errors.filter(({ acceptable }) => acceptable).map(({ reason }) => reason),
  });

/** What a merge would do, blocked or not; nothing is written but that both records were read. */
export async function previewMerge(ctx: Ctx, it: MergeRequest): Promise<PlanDocument> {
  if (it.sourceId === it.targetId) throw await afterAccess(ctx, isOneRecord());
  const read = await readBoth(ctx, it);
  const { facts } = read;
  if (!facts) throw await missing(ctx, it, read);
  ctx.auditRead(it.clinicId, [it.targetId, it.sourceId]);
  const { document } = await planMerge(facts, it, ctx.caller.id, ctx.now);
  if (it.plan !== undefined && it.plan !== document.plan) throw planIsOld(document);
  return document;
}

/**
 * Merges the source's record into the target's, in one batch: two round trips, and two more each time somebody was faster.
 * A repeat finds the merge that stands.
 */
export async function mergePatients(ctx: Ctx, it: MergeRequest): Promise<MergeView> {
  if (it.sourceId === it.targetId) throw await afterAccess(ctx, isOneRecord());
  return replanned(() => attemptMerge(ctx, it));
}

/** A refusal that is to be told to those alone who may ask. */
async function afterAccess(ctx: Ctx, refusal: Refusal): Promise<Refusal> {
  await ctx.read({});
  return refusal;
}

async function readBoth(ctx: Ctx, { clinicId, targetId, sourceId }: MergeRequest): Promise<ReadFacts> {
  const { read } = await ctx.read({ read: readFacts(ctx.users, clinicId, targetId, sourceId) });
  return read;
}

const missing = (ctx: Ctx, { clinicId, sourceId }: MergeRequest, { target }: ReadFacts) =>
  target ? withSuccessor(ctx, clinicId, sourceId, sourceNotFound()) : patientNotFound();

async function attemptMerge(ctx: Ctx, it: MergeRequest): Promise<MergeView> {
  const { clinicId, targetId, sourceId } = it;
  const read = await readBoth(ctx, it);
  const { facts } = read;
  if (!facts) {
    if (read.target) {
      const { standing } = await ctx.read({ standing: findStanding(clinicId, read.target.row.key, sourceId) });
      if (standing) {
        ctx.auditRead(clinicId, [targetId, sourceId]);
        // Changes nothing, but for a repeat with the same key later on.
        return ctx.commit({ clinicId: null, answer: viewOf(standing, read.target), steps: [], audit: [] });
      }
    }
    throw await missing(ctx, it, read);
  }
  const plan = await planMerge(facts, it, ctx.caller.id, ctx.now);
  const { document } = plan;
  const old = it.plan !== undefined && it.plan !== document.plan ? planIsOld(document) : undefined;
  const refusal = old ?? (document.allowed ? undefined : isBlocked(document));
  const id = ctx.newId();
  const merge = {
    id,
    clinicId,
    sourceKey: facts.source.key,
    targetKey: facts.target.key,
    sourceUserId: sourceId,
    targetUserId: targetId,
    take: JSON.stringify(it.take),
    accept: JSON.stringify(ACCEPTABLE.filter((code) => it.accept.includes(code))),
    plan: JSON.stringify(document),
    before: JSON.stringify({
      ...writtenOf(facts.target),
      mrnKey: facts.target.mrnKey,
      claim: facts.claim,
      targetClaim: plan.hasNewAddress ? facts.targetClaim : null,
      address: facts.sourceAddress,
      clashes: facts.clashes,
      messages: messagesOf(plan, facts),
    }),
    after: JSON.stringify(plan.after),
    mergedAt: ctx.now,
    mergedBy: ctx.caller.id,
    undoneAt: null,
    undoneBy: null,
    notRestored: null,
  };
  const row = { ...facts.target, ...plan.after, updatedAt: ctx.now };
  const committed = ctx.commit({
    clinicId,
    answer: viewOf(merge, { row, siteNames: facts.siteNames }),
    steps: [
      refuseUnlessFound(patientWith(clinicId, targetId), () => new StaleRead()),
      refuseUnlessFound(patientWith(clinicId, sourceId), () => new StaleRead()),
      guardFacts(facts, () => new StaleRead()),
      ...(refusal ? [refuseOutright(() => refusal)] : await stepsOf(ctx, it, facts, plan)),
      insertPatientMerge(merge),
      ...insertFormer(merge, plan.former, derivedColumns(plan.after).mrnKey),
      writeRecord(clinicId, facts.target.key, row, ctx.now),
      ...adjustCountersOfPatients(clinicId, onePatient(clinicId, targetId), 1),
      tellOfPatientMerge("patient.merged", { clinicId, mergeId: id, patientId: targetId, sourceId }, ctx.now),
    ],
    audit: [auditChange(ctx, clinicId, targetId), auditChange(ctx, clinicId, sourceId)],
    outbox: refusal ? [] : [...afterwards(ctx, clinicId, id, facts, plan)],
  });
  return committed.catch((error: unknown) => {
    // The plan as it is now shows both records.
    if (error === old) ctx.auditRead(clinicId, [targetId, sourceId]);
    throw error;
  });
}

/** The messages that a subscription which came from the source answers. */
function messagesOf(plan: Plan, { source }: Facts): string[] {
  if (source.ehrSubscriptions === null) return [];
  const all = JSON.parse(source.ehrSubscriptions) as Record<string, { matchedMessages?: { id: string }[] }>;
  return plan.document.ehr.flatMap(({ name, from }) => {
    const last = from === "source" ? all[name]?.matchedMessages?.at(-1) : undefined;
    return last ? [last.id] : [];
  });
}

/** Everything before the survivor is written: MRN and address belong to the source until then. */
async function stepsOf(
  ctx: Ctx,
  { clinicId, targetId, sourceId }: MergeRequest,
  facts: Facts,
  plan: Plan,
): Promise<Step[]> {
  const { target, source } = facts;
  const keys = [target.key, source.key];
  const { mrnKey } = derivedColumns(plan.after);
  const stale = () => new StaleRead();
  return [
    ...(plan.after.mrnUnique && mrnKey !== target.mrnKey ? [guardMrn(clinicId, mrnKey, keys, stale)] : []),
    ...adjustCountersOfPatients(clinicId, recordsWithKeys(clinicId, keys), -1),
    skipEhrJobs(source.key, "merged", ctx.now),
    ...(mrnKey === target.mrnKey ? [] : [skipEhrJobs(target.key, "not_subscribed", ctx.now)]),
    // An address that an earlier merge is about to move has to be free for the next account.
    skipWaiting(clinicId, sourceId, MOVE_ADDRESS, ctx.now),
    ...moveMessages(messagesOf(plan, facts), source.key, target.key),
    ...archiveRecords(onePatient(clinicId, sourceId), ctx.caller.id, ctx.now),
    cancelInvitationsOf(clinicId, sourceId, ctx.now),
    ...(plan.isParked
      ? [...parkAccount(ctx, sourceId), revokeAllTokens(sourceId)]
      : leadClaimElsewhere(clinicId, sourceId)),
    ...(plan.hasNewAddress && ctx.users.custodial.where === "ours"
      ? (await ctx.users.changeCustodialEmail({ id: targetId, email: plan.after.email, now: ctx.now })).steps
      : []),
  ];
}

/** What follows once the survivor is written. */
function* afterwards(ctx: Ctx, clinicId: string, mergeId: string, facts: Facts, plan: Plan) {
  const { target, source } = facts;
  const survivor = onePatient(clinicId, target.userId);
  if (plan.hasNewAddress) yield* followCustodialRecord(ctx, survivor);
  else if (plan.isToldOtherwise) yield copyRecord(ctx, survivor);
  if (!plan.isParked) return;
  yield* moveAddress(ctx, clinicId, mergeId, source.userId, plan.hasNewAddress ? target.userId : source.userId);
  yield closeLater(ctx, clinicId, mergeId, source.userId, ctx.now + ERASED_AFTER_MS);
}
