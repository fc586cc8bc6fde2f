import { auditAcrossClinics } from "../../platform/audit/audit-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { refuseIfFound, refuseUnlessFound } from "../../platform/db/guard.ts";
import { clinicOfFailed, endedEntry, entryWithId, requeueFailed } from "../../platform/outbox/store.ts";
import { entryHasEnded, entryNotFound } from "./refusals.ts";

/**
 * Gives a failed mail or job all its attempts again and has it sent to its queue. One that is on its way already stays as
 * it is: nothing is done twice, and the trail has one row, with the clinic of the entry.
 */
export async function requeueEntry(ctx: Ctx, id: string): Promise<void> {
  await ctx.commit({
    clinicId: null,
    answer: undefined,
    steps: [refuseUnlessFound(entryWithId(id), entryNotFound), refuseIfFound(endedEntry(id), entryHasEnded)],
    audit: [auditAcrossClinics(ctx, clinicOfFailed(id))],
    outbox: [requeueFailed(id, ctx.outboxBatch)],
  });
}
