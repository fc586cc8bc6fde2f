import { touchClinic } from "../clinics/guards.ts";
import type { Ctx } from "../core/context.ts";
import { refuseIfOnlyAdmin, refuseUnlessMember, refuseUnlessMigrated } from "./guards.ts";
import { archiveMember } from "./store.ts";

/** Removes a member and keeps a snapshot. The clinic's only admin stays, also when several are removed at once. */
export async function deleteClinician(ctx: Ctx, clinicId: string, userId: string): Promise<void> {
  const deletedBy = ctx.caller.kind === "person" ? ctx.caller.id : null;
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      ...refuseUnlessMigrated(clinicId),
      refuseUnlessMember(clinicId, userId),
      refuseIfOnlyAdmin(clinicId, userId),
      ...archiveMember(clinicId, userId, deletedBy, ctx.now),
      touchClinic(clinicId, ctx.now),
    ],
  });
}
