import { refuseUnlessClinic, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { auditPatientsWithTag, removeTagFromPatients } from "../patients/model/labels-store.ts";
import { deleteTagRow } from "./model/store.ts";
import { amongManyOf } from "../patients/model/changes-store.ts";

/** Removes a tag from its clinic and from every patient that has it, at once. A tag that is not there is no refusal. */
export async function deleteTag(ctx: Ctx, clinicId: string, tagId: string): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: amongManyOf(clinicId, [
      refuseUnlessClinic(clinicId),
      auditPatientsWithTag(ctx, clinicId, tagId, null),
      removeTagFromPatients(clinicId, tagId, null, ctx.now),
      deleteTagRow(clinicId, tagId),
      touchClinic(clinicId, ctx.now),
    ]),
  });
}
