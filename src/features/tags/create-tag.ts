import { refuseUnlessClinic, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation, Refusal } from "../../platform/core/errors.ts";
import { refuseIfFound, refuseWhen } from "../../platform/db/guard.ts";
import { TAGS_PER_CLINIC_MAX, tagNameKey } from "./model/rules.ts";
import { type PatientTag, toTag } from "./model/schema.ts";
import { hasTags, insertTag, tagWithName } from "./model/store.ts";

const nameIsTaken = () => new Refusal("conflict", "duplicate patient tag");
const clinicIsFull = () =>
  constraintViolation(`the clinic already has the maximum number of ${TAGS_PER_CLINIC_MAX} patient tags`);

/** Adds a tag to a clinic. A full clinic is refused before a taken name is; both hold when requests race. */
export async function createTag(ctx: Ctx, clinicId: string, name: string): Promise<PatientTag> {
  const tag = { id: ctx.newId(), name, nameKey: tagNameKey(name), numPatients: 0 };
  return ctx.commit({
    clinicId,
    answer: toTag(tag),
    steps: [
      refuseUnlessClinic(clinicId),
      refuseWhen(hasTags(clinicId, TAGS_PER_CLINIC_MAX), clinicIsFull),
      refuseIfFound(tagWithName(clinicId, tag.nameKey), nameIsTaken),
      insertTag(clinicId, tag),
      touchClinic(clinicId, ctx.now),
    ],
  });
}
