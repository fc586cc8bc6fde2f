import { createRoute, z } from "@hono/zod-openapi";
import { json, Paging, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { readMergeStatus } from "../merge-status.ts";
import { MergeParams, MergeStatus } from "../status-schema.ts";

export const getMergeOperation = operation({
  route: createRoute({
    operationId: "GetMerge",
    method: "get",
    path: "/v1/clinics/{clinicId}/merges/{mergeId}",
    summary: "Get the status of a merge",
    description:
      "Returns the status of a merge into this clinic. `offset` and `limit` choose a page of what an undo did not " +
      "restore. Services only.",
    tags: ["Merges"],
    request: { params: MergeParams, query: z.object(Paging) },
    responses: {
      200: json(MergeStatus, "The status of the merge"),
      ...unchanged,
      ...refusals({ 404: "No such merge of this clinic" }),
    },
  }),
  async handler(c) {
    const { clinicId, mergeId } = c.req.valid("param");
    return tagged(c, await readMergeStatus(c.get("ctx"), clinicId, mergeId, pageOf(c.req.valid("query"))));
  },
});
