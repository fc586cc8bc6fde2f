import { createRoute, z } from "@hono/zod-openapi";
import { json, optionalJsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { ownersOfSets } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { changeSet } from "../change-set.ts";
import { DataSet, DataSetUpdateBody } from "../model/data-schema.ts";
import { BODY, takenBody, originOf, whoWrites } from "../requests.ts";
import { DataSetId, inEnvelopeOf } from "../schema.ts";

export const updateDataSetOperation = operation({
  route: createRoute({
    operationId: "UpdateDataSet",
    method: "put",
    path: "/v1/data_sets/{dataSetId}",
    summary: "Close or change a data set",
    description:
      "Closes a `normal` data set, whatever the body says: its data are seen from now on, and hide older copies as " +
      "its deduplicator says. Closes a `continuous` one with `state`; only services may change one otherwise. Also " +
      "at `/v1/datasets/{dataSetId}`.",
    tags: ["Device data"],
    request: { params: z.object({ dataSetId: DataSetId }), body: optionalJsonBody(DataSetUpdateBody) },
    responses: {
      200: json(inEnvelopeOf(DataSet), "The data set as it is now"),
      404: { description: "There is no such data set" },
      409: { description: "The data set is closed" },
    },
  }),
  ...whoWrites(ownersOfSets),
  alsoAt: ["/v1/datasets/{dataSetId}"],
  ownInput: BODY,
  async handler(c) {
    const { dataSetId } = c.req.valid("param");
    const set = await changeSet(c.get("ctx"), ownersOf(c.env), dataSetId, takenBody(c), originOf(c));
    return c.json({ data: set, meta: { trace: { request: c.get("trace") } } } as never, 200);
  },
});
