import { refuseUnlessClinic, touchClinic } from "../clinics/guards.ts";
import type { Ctx } from "../core/context.ts";
import { auditPatientsWithTag, removeTagFromPatients } from "../patients/labels.ts";
import { deleteTagRow } from "./store.ts";

/** Removes a tag from its clinic and from every patient that has it, at once. A tag that is not there is no refusal. */
export async function deleteTag(ctx: Ctx, clinicId: string, tagId: string): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      refuseUnlessClinic(clinicId),
      auditPatientsWithTag(ctx, clinicId, tagId, null),
      removeTagFromPatients(clinicId, tagId, null, ctx.now),
      deleteTagRow(clinicId, tagId),
      touchClinic(clinicId, ctx.now),
    ],
  });
}
