import type { Ctx } from "../core/context.ts";
import { conflict, notFound } from "../core/errors.ts";
import { StaleRead, untilFresh } from "../core/stale.ts";
import { refuseIfUnchanged } from "../db/guard.ts";
import { patientNotFound } from "./get-patient.ts";
import { refuseServices } from "./people-only.ts";
import type { Review } from "./record.ts";
import { findReviews, setReviews } from "./store.ts";

/**
 * Takes the newest review back, which must be the caller's own, and returns those that are left. Whoever reviews the
 * patient first when two are at it, the other's review is never taken back.
 */
export function revertReview(ctx: Ctx, clinicId: string, userId: string): Promise<Review[]> {
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
