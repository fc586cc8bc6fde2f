import type { Ctx } from "../../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { fromDateTime, toDateTime } from "../../../platform/core/wire.ts";
import { refuseIfUnchanged } from "../../../platform/db/guard.ts";
import { patientNotFound } from "../model/get-patient.ts";
import { refuseServices } from "../model/people-only.ts";
import { type Review, REVIEWS_KEPT } from "../model/record.ts";
import { findReviews, setReviews } from "../model/store.ts";

/** Clients repeat what they got no answer to; a second entry would push out the one before. */
const REPEAT_MS = 30_000;

/**
 * Records that the caller has reviewed a patient and returns the reviews, newest first. The caller's own newest review
 * of the last 30 seconds is this one already. Reviews at the same time are all recorded, one after the other.
 */
export function addReview(ctx: Ctx, clinicId: string, userId: string): Promise<Review[]> {
  return untilFresh(async () => {
    const { found } = await ctx.read({ found: findReviews(clinicId, userId) });
    refuseServices(ctx);
    if (!found) throw patientNotFound();
    const earlier = JSON.parse(found.reviews) as Review[];
    const [newest] = earlier;
    if (newest?.clinicianId === ctx.caller.id && ctx.now - fromDateTime(newest.time) < REPEAT_MS) {
      // Changes nothing, but for a repeat with the same key later on.
      return ctx.commit({ clinicId, patientId: userId, answer: earlier, steps: [], audit: [] });
    }
    const reviews = [{ clinicianId: ctx.caller.id, time: toDateTime(ctx.now) }, ...earlier].slice(0, REVIEWS_KEPT);
    return ctx.commit({
      clinicId,
      patientId: userId,
      answer: reviews,
      steps: [setReviews(clinicId, userId, reviews, found.reviews), refuseIfUnchanged(() => new StaleRead())],
    });
  });
}
