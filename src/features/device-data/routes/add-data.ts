import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { ownersOfSets } from "../access/data-owners.ts";
import { addData } from "../add-data.ts";
import { ownersOf } from "../calls.ts";
import { BatchIngestion } from "../model/data-schema.ts";
import { DATA_BODY, takenBody, originOf, whoWrites } from "../requests.ts";
import { DataSetId, NoData } from "../schema.ts";

export const addDataOperation = operation({
  route: createRoute({
    operationId: "AddData",
    method: "post",
    path: "/v1/data_sets/{dataSetId}/data",
    summary: "Add data to a data set",
    description:
      "Adds data to an open data set: at most 1,000, all or none. Glucose is stored in mmol/L; unknown members are " +
      "dropped. A repeat without an Idempotency-Key may add the data again. Also at " +
      "`/v1/datasets/{dataSetId}/data`.",
    tags: ["Device data"],
    request: { params: z.object({ dataSetId: DataSetId }), body: jsonBody(BatchIngestion) },
    responses: {
      200: json(NoData, "The data are stored"),
      404: { description: "There is no such data set" },
      409: { description: "The data set is closed" },
      413: { description: "There are more than 1,000 data, or the body is larger than 4 MiB" },
    },
  }),
  ...whoWrites(ownersOfSets),
  alsoAt: ["/v1/datasets/{dataSetId}/data"],
  ownInput: DATA_BODY,
  async handler(c) {
    const { dataSetId } = c.req.valid("param");
    await addData(c.get("ctx"), ownersOf(c.env), dataSetId, takenBody(c), originOf(c));
    return c.json({ data: [], meta: { trace: { request: c.get("trace") } } }, 200);
  },
});
