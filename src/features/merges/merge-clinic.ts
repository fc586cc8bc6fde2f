import { auditChange } from "../../platform/audit/audit-store.ts";
import { clinicNotFound, refuseUnlessClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import {
  badRequest,
  constraintViolation,
  DetailedRefusal,
  invalid,
  Refusal,
  isRefusal,
} from "../../platform/core/errors.ts";
import { MERGE_IN_PROGRESS, refuseDuringMerge } from "./model/merge-guards.ts";
import { TAGS_PER_CLINIC_MAX } from "../tags/model/rules.ts";
import type { Blocking } from "./plan/blocking.ts";
import type { Conductor, Outcome } from "./coordinator/conductor.ts";
import { isComplete } from "./plan/rules.ts";
import { lockClinics, findMergeUnderWay, insertMerge } from "./steps/store.ts";

export const sourceIsMissing = () =>
  invalid(
    `request body has an error: doesn't match schema #/components/schemas/mergeClinic.v1: Error at "/sourceId": a clinic id is expected`,
  );
export const isOneClinic = () => badRequest("a clinic can't be merged into itself");

/**
 * Merges the source into the target. Both clinics are claimed in one batch: of several merges that share a clinic one
 * begins, the others are told that it is under way. From then on the merge happens whatever becomes of the request; a
 * repeat joins it. Says whether it is complete: it is, unless it was not to be waited for or goes on without the request.
 */
export async function mergeClinic(
  ctx: Ctx,
  conductor: Conductor,
  { sourceId, targetId, answerKey }: { sourceId: string; targetId: string; answerKey: string | null },
): Promise<{ mergeId: string; isComplete: boolean }> {
  if (sourceId === targetId) throw isOneClinic();
  // A repeat of a request that was fulfilled gets its answer here.
  await ctx.read({});
  const merge = await claim(ctx, sourceId, targetId, answerKey);
  const outcome = await conductor.conduct(merge);
  if (outcome?.phase === "refused") throw refusalOf(outcome);
  return { mergeId: merge.id, isComplete: outcome !== undefined && isComplete(outcome.phase) };
}

async function claim(ctx: Ctx, sourceId: string, targetId: string, answerKey: string | null) {
  const id = ctx.newId();
  const merge = { id, sourceId, targetId, requestedBy: ctx.caller.id, requestId: ctx.requestId, answerKey };
  try {
    await ctx.commit({
      clinicId: null,
      answer: undefined,
      // The answer is kept with what it answers: the end of the merge.
      isPartial: true,
      audit: [auditChange(ctx, targetId)],
      steps: [
        refuseUnlessClinic(sourceId),
        refuseUnlessClinic(targetId),
        refuseDuringMerge(sourceId),
        refuseDuringMerge(targetId),
        lockClinics(id, [sourceId, targetId]),
        insertMerge(merge, ctx.now),
      ],
    });
    return merge;
  } catch (error) {
    if (!isRefusal(error, MERGE_IN_PROGRESS)) throw error;
    const { underWay } = await ctx.read({ underWay: findMergeUnderWay(sourceId, targetId) });
    if (underWay && !isComplete(underWay.phase) && underWay.undoRequestedBy === null) return underWay;
    throw error;
  }
}

/** Why the plan did not allow the merge. Tags alone have a status of their own. */
function refusalOf(outcome: Outcome): Refusal {
  const errors = JSON.parse(outcome.errors ?? "[]") as Blocking[];
  // A clinic that was deleted between the claim and the plan.
  if (errors.length === 0) return clinicNotFound();
  const isAboutTags = errors.every(({ reason }) => reason === "tag-limit");
  const refusal = isAboutTags
    ? constraintViolation(`the clinic already has the maximum number of ${TAGS_PER_CLINIC_MAX} patient tags`)
    : badRequest("the merge plan does not allow execution");
  return new DetailedRefusal(refusal, { errors });
}
