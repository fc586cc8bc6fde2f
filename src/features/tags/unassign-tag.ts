import type { Ctx } from "../../platform/context/context.ts";
import { auditPatientsWithTag, removeTagFromPatients } from "../patients/model/labels-store.ts";
import { countChangedOf } from "./model/store.ts";
import { amongUsers } from "../patients/model/changes-store.ts";

/**
 * Takes a tag from all patients of the clinic, or from those of the users who are its patients; the tag itself stays.
 * Never refuses: a tag or a clinic that is gone leaves nothing to take away.
 */
export async function unassignTag(
  ctx: Ctx,
  clinicId: string,
  tagId: string,
  userIds: readonly string[] | null,
): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: amongUsers(clinicId, userIds, [
      auditPatientsWithTag(ctx, clinicId, tagId, userIds),
      removeTagFromPatients(clinicId, tagId, userIds, ctx.now),
      countChangedOf(clinicId, tagId, -1),
    ]),
    audit: [],
  });
}
