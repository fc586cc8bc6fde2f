import { z } from "@hono/zod-openapi";
import { DateTime, ObjectId } from "../../platform/core/wire.ts";

const BlockingRule = z
  .object({
    reason: z.string().openapi({ example: "settings-mismatch" }),
    message: z.string(),
    count: z.int().openapi({ description: "The number of records affected." }),
    setting: z.string().optional(),
  })
  .openapi("mergeBlockingRule.v1");

/** A refusal of a merge; the rules of the plan that forbid it accompany the message. */
export const MergeRefusal = z
  .object({ code: z.int(), message: z.string(), errors: z.array(BlockingRule).optional() })
  .openapi("mergeRefusal.v1");

const KeptRecord = z
  .object({
    kind: z.enum(["patient", "clinician", "tag", "site", "shareCode", "invitation"]),
    id: z.string().openapi({ description: "The user id for patients and clinicians." }),
    reason: z.enum(["changed", "gone", "inUse"]).openapi({
      description:
        "changed: it was changed after the merge; gone: it has left the target since; inUse: records that stay there need it.",
    }),
  })
  .openapi("mergeKeptRecord.v1");

export const MergeStatus = z
  .object({
    id: ObjectId,
    sourceId: ObjectId,
    sourceName: z.string(),
    targetId: ObjectId,
    targetName: z.string(),
    phase: z.enum([
      "planning",
      "refused",
      "moving",
      "finishing",
      "notifying",
      "done",
      "restoring",
      "returning",
      "closing",
      "undone",
    ]),
    recordsDone: z.int(),
    recordsTotal: z.int(),
    requestedBy: z.string(),
    undoRequestedBy: z.string().optional(),
    createdTime: DateTime,
    mergedTime: DateTime.optional(),
    undoneTime: DateTime.optional(),
    errors: z.array(BlockingRule).optional(),
    notRestored: z
      .object({ count: z.int(), records: z.array(KeptRecord) })
      .optional()
      .openapi({ description: "After an undo: what was not restored to what it was before the merge." }),
  })
  .openapi("mergeStatus.v1");
export type MergeStatus = z.output<typeof MergeStatus>;

export const MergeParams = z.object({ clinicId: ObjectId, mergeId: ObjectId });
