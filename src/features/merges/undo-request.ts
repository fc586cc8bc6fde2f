import { auditChange } from "../../platform/audit/audit-store.ts";
import { refuseUnlessClinic } from "../clinics/model/guards.ts";
import { archivedClinic } from "../clinics/model/merge-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { conflict } from "../../platform/core/errors.ts";
import { refuseIfFound, refuseUnlessFound } from "../../platform/db/guard.ts";
import { refuseDuringMerge } from "./model/merge-guards.ts";
import type { Conductor } from "./coordinator/conductor.ts";
import { mergeNotFound, readMergeStatus } from "./merge-status.ts";
import type { MergeStatus } from "./status-schema.ts";
import { type Phase, UNDO_MS } from "./plan/rules.ts";
import {
  lockMergedClinics,
  enterPhase,
  findMergeInto,
  mergeJoinedSince,
  mergeMergedSince,
  patientsMergedSince,
  startUndo,
  StepTaken,
} from "./steps/store.ts";

const isTooLate = () => conflict("the merge was done more than 30 days ago");
const isNotDone = (phase: Phase) => conflict(`the merge can't be undone while it is ${phase}`);

const hasMergedPatients = () => conflict("patients of both clinics have been merged since: undo these merges first");
const isForgotten = () => conflict("nothing is kept of the clinic that was merged");
const hasLaterMerge = () => conflict("a later merge has joined records of this one: undo it first");

const UNDO_PHASES: ReadonlySet<Phase> = new Set(["restoring", "returning", "closing", "undone"]);
/** As many records as the answer shows; GetMerge has the rest. */
const KEPT_SHOWN_MAX = 1000;

/**
 * Undoes a merge within 30 days: both clinics are themselves again, and what was changed since stays and is reported. A
 * target that was merged away itself has to come back first. A repeat joins what is under way, or finds it done. Takes
 * three round trips: the merge says who coordinates it, and how it stands is asked when that has ended.
 */
export async function undoMerge(
  ctx: Ctx,
  conductor: Conductor,
  { targetId, mergeId }: { targetId: string; mergeId: string },
): Promise<MergeStatus> {
  const sourceId = await begin(ctx, targetId, mergeId);
  await conductor.conduct({ id: mergeId, sourceId });
  return readMergeStatus(ctx, targetId, mergeId, { offset: 0, limit: KEPT_SHOWN_MAX });
}

/** Claims both clinics, or finds that this has been done; the source. */
async function begin(ctx: Ctx, targetId: string, mergeId: string): Promise<string> {
  const { merge } = await ctx.read({ merge: findMergeInto(targetId, mergeId) });
  if (!merge) throw mergeNotFound();
  if (UNDO_PHASES.has(merge.phase)) return merge.sourceId;
  try {
    await ctx.commit({
      clinicId: null,
      answer: undefined,
      // What a repeat is told is how the merge stands then.
      isPartial: true,
      audit: [auditChange(ctx, targetId)],
      steps: [
        ...enterPhase(mergeId, "done", "restoring", ctx.now),
        refuseUnlessFound(mergeMergedSince(mergeId, ctx.now - UNDO_MS), isTooLate),
        refuseUnlessClinic(targetId),
        // One of the two would go with the other's data, and the other could not come back.
        refuseIfFound(patientsMergedSince({ id: mergeId, targetId }), hasMergedPatients),
        refuseIfFound(mergeJoinedSince({ id: mergeId, targetId }), hasLaterMerge),
        refuseDuringMerge(merge.sourceId),
        refuseDuringMerge(targetId),
        // An undo that can't be done would never end.
        refuseUnlessFound(archivedClinic(merge.sourceId, merge.mergedAt ?? 0), isForgotten),
        startUndo(mergeId, ctx.caller.id, ctx.requestId),
        lockMergedClinics(mergeId),
      ],
    });
  } catch (error) {
    if (!(error instanceof StepTaken)) throw error;
    const { now = merge } = await ctx.read({ now: findMergeInto(targetId, mergeId) });
    if (!UNDO_PHASES.has(now.phase)) throw isNotDone(now.phase);
  }
  return merge.sourceId;
}
