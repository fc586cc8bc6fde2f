import { z } from "@hono/zod-openapi";
import { isLongerThan, uniqueItems } from "../../../platform/core/bounded-text.ts";
import { ObjectId, UserId } from "../../../platform/core/wire.ts";
import { storedTagName, TAG_NAME, TAG_NAME_LENGTH_MAX, TAG_NAME_PUBLISHED } from "./rules.ts";

/** A tag's name, trimmed for storage; the length is validated before trimming. */
export const TagName = z
  .string()
  .refine((name) => name !== "" && !isLongerThan(name, TAG_NAME_LENGTH_MAX) && TAG_NAME.test(name), {
    error: `1 to ${TAG_NAME_LENGTH_MAX} letters, digits, spaces and _ + > < - are expected, the first of them no space`,
  })
  .transform(storedTagName)
  .openapi({ minLength: 1, maxLength: TAG_NAME_LENGTH_MAX, pattern: TAG_NAME_PUBLISHED });

export const PatientTag = z
  .object({
    id: ObjectId,
    name: TagName,
    numPatients: z.int().optional().openapi({ description: "Absent when no patient has the tag." }),
  })
  .openapi("patientTag.v1");
export type PatientTag = z.infer<typeof PatientTag>;

export const TagInput = z
  .object({
    id: ObjectId.optional().openapi({ description: "Accepted and ignored." }),
    name: TagName,
    numPatients: z.int().optional().openapi({ description: "Accepted and ignored." }),
  })
  .openapi("patientTagInput.v1", { example: { name: "Type 1" } });

export const TagParams = z.object({ clinicId: ObjectId, patientTagId: ObjectId });

/** Rule of the published contract. */
const USERS_PER_CALL_MAX = 1000;

/** The patients of a bulk change; null, like an absent body, means all patients of the clinic. */
export const UserIds = uniqueItems(UserId, USERS_PER_CALL_MAX).min(1).nullable().openapi("tidepoolUserIds.v1");

/** A tag as the tag operations return it: without the number of its patients. */
export const toTag = ({ id, name }: PatientTag): PatientTag => ({ id, name });
