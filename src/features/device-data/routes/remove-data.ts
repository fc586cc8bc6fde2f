import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { ownersOfSets } from "../access/data-owners.ts";
import { removeData } from "../add-data.ts";
import { ownersOf } from "../calls.ts";
import { SelectorsBody } from "../model/data-schema.ts";
import { BODY, takenBody, originOf, whoWrites } from "../requests.ts";
import { DataSetId, NoData } from "../schema.ts";

export const removeDataOperation = operation({
  route: createRoute({
    operationId: "RemoveData",
    method: "delete",
    path: "/v1/data_sets/{dataSetId}/data",
    summary: "Remove data from a data set",
    description:
      "Removes data from an open data set: those with one of the ids, hashes or ids of origin, all selectors being " +
      "of one kind.",
    tags: ["Device data"],
    request: { params: z.object({ dataSetId: DataSetId }), body: jsonBody(SelectorsBody) },
    responses: {
      200: json(NoData, "None of the selected data are there any more"),
      404: { description: "There is no such data set" },
      409: { description: "The data set is closed" },
    },
  }),
  ...whoWrites(ownersOfSets),
  ownInput: BODY,
  async handler(c) {
    const { dataSetId } = c.req.valid("param");
    await removeData(c.get("ctx"), ownersOf(c.env), dataSetId, takenBody(c), originOf(c));
    return c.json({ data: [], meta: { trace: { request: c.get("trace") } } }, 200);
  },
});
