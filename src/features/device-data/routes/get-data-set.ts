import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { ownersOfSets } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { getSet } from "../get-sets.ts";
import { DataSet } from "../model/data-schema.ts";
import { NO_BODY, whoReads } from "../requests.ts";
import { asItIsOfSet } from "../refusal-forms.ts";
import { DataSetId } from "../schema.ts";

export const getDataSetOperation = operation({
  route: createRoute({
    operationId: "GetDataSet",
    method: "get",
    path: "/v1/data_sets/{dataSetId}",
    summary: "Get a data set",
    description: "Returns a data set; `state` says whether it is open. One that was deleted has a `deletedTime`.",
    tags: ["Device data"],
    request: { params: z.object({ dataSetId: DataSetId }) },
    responses: { 200: json(DataSet, "The data set"), 404: { description: "There is no such data set" } },
  }),
  ...whoReads(ownersOfSets, asItIsOfSet),
  ownInput: NO_BODY,
  async handler(c) {
    return c.json((await getSet(c.get("ctx"), ownersOf(c.env), c.req.valid("param").dataSetId)) as never, 200);
  },
});
