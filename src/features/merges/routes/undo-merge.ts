import { createRoute } from "@hono/zod-openapi";
import { json, prefersAsync } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { conductorOf } from "../coordinator/conductor.ts";
import { MergeParams, MergeStatus } from "../status-schema.ts";
import { undoMerge } from "../undo-request.ts";

export const undoMergeOperation = operation({
  route: createRoute({
    operationId: "UndoMerge",
    method: "post",
    path: "/v1/clinics/{clinicId}/merges/{mergeId}/undo",
    summary: "Undo a merge of clinics",
    description:
      "Undoes a merge, within 30 days. What was changed since the merge stays and is listed. Takes `Prefer: " +
      "respond-async` as MergeClinic does. Services only.",
    tags: ["Merges"],
    request: { params: MergeParams },
    responses: {
      200: json(MergeStatus, "The merge is undone: both clinics are as they were, but for what is listed"),
      202: json(MergeStatus, "The undo is in progress; Location is its status"),
      ...refusals({
        404: "No such merge of this clinic, or the clinic was deleted",
        409: "The merge is not done yet or too old, either clinic is being merged, or patients or clinics were merged since",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, mergeId } = c.req.valid("param");
    const conductor = conductorOf(c.env, !prefersAsync(c.req.header("prefer")));
    const status = await undoMerge(c.get("ctx"), conductor, { targetId: clinicId, mergeId });
    if (status.phase === "undone") return c.json(status, 200);
    return c.json(status, 202, { location: `/v1/clinics/${clinicId}/merges/${mergeId}` });
  },
});
