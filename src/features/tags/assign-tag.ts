import { refuseUnlessClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { refuseUnlessFound } from "../../platform/db/guard.ts";
import { addTagToPatients, auditPatientsWithoutTag } from "../patients/model/labels-store.ts";
import { countChangedOf, tagWithId } from "./model/store.ts";
import { amongUsers } from "../patients/model/changes-store.ts";

const tagNotFound = () => notFound("patient tag");

/**
 * Gives a tag of the clinic to all its patients, or to those of the users who are its patients. Patients that have the
 * tag are not touched.
 */
export async function assignTag(
  ctx: Ctx,
  clinicId: string,
  tagId: string,
  userIds: readonly string[] | null,
): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: amongUsers(clinicId, userIds, [
      refuseUnlessClinic(clinicId),
      refuseUnlessFound(tagWithId(clinicId, tagId), tagNotFound),
      auditPatientsWithoutTag(ctx, clinicId, tagId, userIds),
      addTagToPatients(clinicId, tagId, userIds, ctx.now),
      countChangedOf(clinicId, tagId, 1),
    ]),
    audit: [],
  });
}
