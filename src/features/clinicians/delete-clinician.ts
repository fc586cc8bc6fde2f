import { touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { refuseIfOnlyAdmin, refuseUnlessMember, refuseUnlessMigrated } from "./model/guards.ts";
import { archiveMember } from "./model/store.ts";

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
