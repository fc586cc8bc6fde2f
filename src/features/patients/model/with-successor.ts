import type { Ctx } from "../../../platform/context/context.ts";
import { DetailedRefusal, type Refusal } from "../../../platform/core/errors.ts";
import { findSuccessorFor } from "./successors-store.ts";

/**
 * A refusal because there is no such record, with the record that stands in its place if it was merged into one. Asked
 * only after a miss, and told to nobody who may not see the clinic's patients.
 */
export async function withSuccessor(ctx: Ctx, clinicId: string, userId: string, refusal: Refusal): Promise<Refusal> {
  const memberId = ctx.caller.kind === "person" ? ctx.caller.id : undefined;
  const { successor } = await ctx.read({ successor: findSuccessorFor(clinicId, userId, memberId) });
  if (!successor) return refusal;
  return new DetailedRefusal(
    refusal,
    { replacedBy: successor.id },
    {
      link: `</v1/clinics/${clinicId}/patients/${successor.id}>; rel="successor-version"`,
      "cache-control": "no-store",
    },
  );
}
