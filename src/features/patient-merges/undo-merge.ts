import { tellOfPatientMerge } from "../event-webhooks/model/events-store.ts";
import { restoreClaim } from "../accounts/claims-store.ts";
import { moveMessages } from "../ehr/model/merge-store.ts";
import { writeRecord, removeAllPeriods } from "../patients/model/patient-merge-store.ts";
import { auditChange } from "../../platform/audit/audit-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { conflict, DetailedRefusal } from "../../platform/core/errors.ts";
import { StaleRead } from "../../platform/core/stale.ts";
import { refuseIfUnchanged, refuseOutright, refuseUnlessFound, type Step } from "../../platform/db/guard.ts";
import { endClaim } from "../accounts/claims-store.ts";
import { copyRecord } from "../accounts/custody-store.ts";
import { moveAddress } from "../accounts/park-store.ts";
import { dataDestroyedSince, showSummariesOf } from "../device-data/model/jobs-store.ts";
import { adjustCountersOfPatients } from "../patients/model/counters-store.ts";
import { removeFormer } from "../patients/model/former-mrns-store.ts";
import { recordsWithKeys, restorePatients } from "../patients/model/merge-store.ts";
import { onePatient } from "../patients/model/read.ts";
import { copyFromElsewhere, copySourcesFromElsewhere, removeSummariesIf } from "../patients/summary/summary-store.ts";
import { patientAsRead } from "../patients/model/store.ts";
import { UNDO_MS } from "../merges/plan/rules.ts";
import { impossibleUndo, planUndo, type UndoPlan } from "./plan-undo.ts";
import { readUndo, type UndoFacts } from "./undo-read.ts";
import { type MergeView, planned, type UnmergePlan } from "./schema.ts";
import { replanned } from "./replanned.ts";
import { guardUndo } from "./undo-guards.ts";
import { keyAndTime, markUndone, notReturned } from "./store.ts";
import { mergeNotFound, viewOf } from "./view.ts";

const isTooLate = () => conflict("the merge was done more than 30 days ago");
const isImpossible = (errors: UnmergePlan["errors"]) =>
  new DetailedRefusal(conflict("the merge can't be undone now"), { errors });

async function readFor(ctx: Ctx, clinicId: string, mergeId: string): Promise<UndoFacts> {
  const { facts } = await ctx.read({ facts: readUndo(ctx.users, clinicId, mergeId) });
  if (!facts) throw mergeNotFound();
  if (facts.merge.undoneAt === null && ctx.now >= facts.merge.mergedAt + UNDO_MS) throw isTooLate();
  return facts;
}

/** What the undo of a merge would restore, and what not; nothing is written. One that is undone is shown as it is. */
export async function previewUndo(ctx: Ctx, clinicId: string, mergeId: string) {
  const facts = await readFor(ctx, clinicId, mergeId);
  ctx.auditRead(clinicId, [facts.merge.targetUserId, facts.merge.sourceUserId]);
  if (facts.merge.undoneAt !== null) return viewOf(facts.merge, facts.survivor);
  return planned(planUndo(facts, ctx.now)?.document ?? impossibleUndo(facts.blocks));
}

/**
 * Undoes a merge within 30 days, in one batch: both records are there again, and what was changed since stays and is named.
 * A repeat finds it undone. Two round trips.
 */
export async function undoPatientMerge(ctx: Ctx, clinicId: string, mergeId: string): Promise<MergeView> {
  return replanned(() => attemptUndo(ctx, clinicId, mergeId));
}

async function attemptUndo(ctx: Ctx, clinicId: string, mergeId: string): Promise<MergeView> {
  const facts = await readFor(ctx, clinicId, mergeId);
  const { merge, survivor } = facts;
  if (merge.undoneAt !== null) {
    ctx.auditRead(clinicId, [merge.targetUserId, merge.sourceUserId]);
    return viewOf(merge, survivor);
  }
  const plan = planUndo(facts, ctx.now);
  if (!plan || facts.blocks.length > 0) {
    // Behind what refuses every change of the clinic.
    const refusal = isImpossible([...facts.blocks]);
    return ctx.commit({
      clinicId,
      answer: viewOf(merge, survivor),
      steps: [refuseOutright(() => refusal)],
      audit: [],
    });
  }
  const { notRestored } = plan.document;
  const undone = { ...merge, undoneAt: ctx.now, undoneBy: ctx.caller.id, notRestored: JSON.stringify(notRestored) };
  const row = { ...survivor!.row, ...plan.target, updatedAt: ctx.now };
  const { targetUserId, sourceUserId } = merge;
  return ctx.commit({
    clinicId,
    answer: viewOf(undone, { row, siteNames: survivor!.siteNames }),
    steps: [
      refuseUnlessFound(patientAsRead(clinicId, targetUserId, survivor!.row.version), () => new StaleRead()),
      refuseUnlessFound(notReturned(clinicId, sourceUserId), () => new StaleRead()),
      ...guardUndo(facts, plan, ctx.users.custodial.where === "ours", () => new StaleRead()),
      markUndone(clinicId, mergeId, ctx.caller.id, undone.notRestored, ctx.now),
      refuseIfUnchanged(() => new StaleRead()),
      ...(await stepsOf(ctx, clinicId, facts, plan)),
      tellOfPatientMerge(
        "patient.unmerged",
        { clinicId, mergeId, patientId: targetUserId, sourceId: sourceUserId },
        ctx.now,
      ),
    ],
    audit: [auditChange(ctx, clinicId, targetUserId), auditChange(ctx, clinicId, sourceUserId)],
    outbox: [
      ...(facts.isTargetKept ? [copyRecord(ctx, onePatient(clinicId, targetUserId), plan.forgotten)] : []),
      ...moveAddress(ctx, clinicId, `${mergeId}:undo`, targetUserId, sourceUserId),
      showSummariesOf(ctx, sourceUserId),
    ],
  });
}

const claimOf = (clinicId: string, claim: string | null): string | null =>
  claim !== null && (JSON.parse(claim) as { clinicId: string }).clinicId === clinicId ? claim : null;

async function stepsOf(ctx: Ctx, clinicId: string, facts: UndoFacts, plan: UndoPlan): Promise<Step[]> {
  const { merge, before, survivor } = facts;
  const { sourceKey, targetKey, sourceUserId, targetUserId } = merge;
  const isOurs = ctx.users.custodial.where === "ours";
  const addressOf = async (id: string, email: string | null) =>
    isOurs ? (await ctx.users.changeCustodialEmail({ id, email, now: ctx.now })).steps : [];
  const claimAgain = (id: string, claim: string | null, email: string | null) =>
    claim === null ? [] : [restoreClaim(id, claim, email, ctx.now)];
  const both = recordsWithKeys(clinicId, [sourceKey, targetKey]);
  return [
    ...adjustCountersOfPatients(clinicId, onePatient(clinicId, targetUserId), -1),
    removeFormer(merge.id),
    ...moveMessages([...before!.messages, ...plan.movedMessages], targetKey, sourceKey),
    writeRecord(clinicId, targetKey, { ...survivor!.row, ...plan.target }, ctx.now),
    ...(plan.isAddressGivenBack
      ? [
          endClaim(targetUserId),
          ...(await addressOf(targetUserId, plan.target.email)),
          ...claimAgain(targetUserId, before!.targetClaim, plan.target.email),
        ]
      : []),
    // Its MRN may be another's by now: whether it is bound is written with the rest of the record.
    ...restorePatients(clinicId, keyAndTime(sourceKey, merge.mergedAt), { isMrnBound: false }),
    ...removeSummariesIf(clinicId, sourceKey, dataDestroyedSince(sourceUserId, merge.mergedAt)),
    ...(plan.takesSummaryFromElsewhere
      ? [...removeAllPeriods(sourceKey), ...copyFromElsewhere(clinicId, sourceUserId)]
      : []),
    ...(plan.takesSourcesFromElsewhere ? [copySourcesFromElsewhere(clinicId, sourceUserId)] : []),
    writeRecord(clinicId, sourceKey, plan.source, ctx.now, plan.source.permissions),
    ...(plan.sourceAddress === null ? [] : await addressOf(sourceUserId, plan.sourceAddress)),
    // Another clinic's claim was left alone by the merge, and may have been led on since.
    ...(facts.isSourceCustodial ? claimAgain(sourceUserId, claimOf(clinicId, before!.claim), plan.source.email) : []),
    ...adjustCountersOfPatients(clinicId, both, 1),
  ];
}
