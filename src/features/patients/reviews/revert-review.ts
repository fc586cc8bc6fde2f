import type { Ctx } from "../../../platform/context/context.ts";
import { conflict, notFound } from "../../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { refuseIfUnchanged } from "../../../platform/db/guard.ts";
import { patientNotFound } from "../model/get-patient.ts";
import { refuseServices } from "../model/people-only.ts";
import type { Review } from "../model/record.ts";
import { findReviews, reviewsOf, setReviews } from "../model/store.ts";

/**
 * Takes the newest review back, which must be the caller's own, and returns those that are left. Whoever reviews the
 * patient first when two are at it, the other's review is never taken back; nor is an earlier one of the caller by a repeat.
 */
export function revertReview(ctx: Ctx, clinicId: string, userId: string): Promise<Review[]> {
  ctx.answerStandsWhile(() => reviewsOf(clinicId, userId));
  return untilFresh(async () => {
    const { found } = await ctx.read({ found: findReviews(clinicId, userId) });
    refuseServices(ctx);
    if (!found) throw patientNotFound();
    const [newest, ...reviews] = JSON.parse(found.reviews) as Review[];
    if (!newest) throw notFound("review");
    if (newest.clinicianId !== ctx.caller.id) throw conflict("cannot revert review from another clinician");
    return ctx.commit({
      clinicId,
      patientId: userId,
      answer: reviews,
      steps: [setReviews(clinicId, userId, reviews, found.reviews), refuseIfUnchanged(() => new StaleRead())],
    });
  });
}
