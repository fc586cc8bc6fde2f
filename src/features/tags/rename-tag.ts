import { refuseUnlessClinic, touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { notFound, Refusal } from "../../platform/core/errors.ts";
import { refuseIfFound, refuseUnlessFound } from "../../platform/db/guard.ts";
import { tagNameKey } from "./model/rules.ts";
import { type PatientTag, toTag } from "./model/schema.ts";
import { renameTag as renameTagRow, tagWithId, tagWithName } from "./model/store.ts";

const tagNotFound = () => notFound("patient tag");
const nameIsTaken = () => new Refusal("conflict", "duplicate patient tag");

/** Gives a tag another name; its own name in another case or with other spaces is no clash. Its patients stay as they are. */
export async function renameTag(ctx: Ctx, clinicId: string, tagId: string, name: string): Promise<PatientTag> {
  const nameKey = tagNameKey(name);
  return ctx.commit({
    clinicId,
    answer: toTag({ id: tagId, name }),
    steps: [
      refuseUnlessClinic(clinicId),
      refuseUnlessFound(tagWithId(clinicId, tagId), tagNotFound),
      refuseIfFound(tagWithName(clinicId, nameKey, tagId), nameIsTaken),
      renameTagRow(clinicId, tagId, name, nameKey),
      touchClinic(clinicId, ctx.now),
    ],
  });
}
