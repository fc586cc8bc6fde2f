import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { DryRun, PatientMerge, PatientMergeParams, PatientUnmergePlan, UndoConflict } from "../schema.ts";
import { previewUndo, undoPatientMerge } from "../undo-merge.ts";

export const undoPatientMergeOperation = operation({
  route: createRoute({
    operationId: "UndoPatientMerge",
    method: "post",
    path: "/v1/clinics/{clinicId}/patient_merges/{mergeId}/undo",
    summary: "Undo a merge of two patients",
    description:
      "Brings both records back, within 30 days. What was changed since the merge stays and is listed. With `dryRun` only " +
      "what would be restored is returned. Admins only.",
    tags: ["Merges"],
    request: { params: PatientMergeParams, query: DryRun },
    responses: {
      200: json(
        z.discriminatedUnion("state", [PatientMerge, PatientUnmergePlan]),
        "The merge, undone; the plan of that for a dry run",
      ),
      ...refusals({ 404: "No such merge of this clinic" }),
      409: json(UndoConflict, "The merge is too old or can't be undone now, or the clinic is being merged"),
    },
  }),
  async handler(c) {
    const { clinicId, mergeId } = c.req.valid("param");
    const ctx = c.get("ctx");
    if (c.req.valid("query").dryRun) return c.json(await previewUndo(ctx, clinicId, mergeId), 200);
    return c.json(await undoPatientMerge(ctx, clinicId, mergeId), 200);
  },
});
