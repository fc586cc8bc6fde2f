import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { ownersOfSets } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { deleteSet } from "../delete-set.ts";
import { NO_BODY, originOf, whoWrites } from "../requests.ts";
import { DataSetId, inEnvelopeOf } from "../schema.ts";

export const deleteDataSetOperation = operation({
  route: createRoute({
    operationId: "DeleteDataSet",
    method: "delete",
    path: "/v1/data_sets/{dataSetId}",
    summary: "Delete a data set",
    description:
      "Destroys the data of a data set, be it open or closed, and restores what they had hidden. Its record stays, " +
      "with a `deletedTime`. Who may only upload deletes only sets they have opened. Also at " +
      "`/v1/datasets/{dataSetId}`.",
    tags: ["Device data"],
    request: { params: z.object({ dataSetId: DataSetId }) },
    responses: {
      200: json(inEnvelopeOf(z.object({})), "The data are destroyed"),
      404: { description: "There is no such data set" },
    },
  }),
  ...whoWrites(ownersOfSets),
  alsoAt: ["/v1/datasets/{dataSetId}"],
  ownInput: NO_BODY,
  async handler(c) {
    await deleteSet(c.get("ctx"), ownersOf(c.env), c.req.valid("param").dataSetId, originOf(c));
    return c.json({ data: {}, meta: { trace: { request: c.get("trace") } } }, 200);
  },
});
