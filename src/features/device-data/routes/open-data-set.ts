import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { ownersOf } from "../calls.ts";
import { dataOwners } from "../access/data-owners.ts";
import { DataSet, DataSetCreationBody } from "../model/data-schema.ts";
import { openSet } from "../open-set.ts";
import { BODY, takenBody, originOf, whoWrites } from "../requests.ts";
import { inEnvelopeOf } from "../schema.ts";

export const openDataSetOperation = operation({
  route: createRoute({
    operationId: "OpenDataSet",
    method: "post",
    path: "/v1/users/{userId}/data_sets",
    summary: "Open a data set",
    description:
      "Opens a data set, to which data are then added. The data of a `normal` set are seen once it is closed, " +
      "those of a `continuous` one at once. Unknown members are refused; a repeat without an Idempotency-Key opens " +
      "another set. Also at `/v1/users/{userId}/datasets`.",
    tags: ["Device data"],
    request: { params: z.object({ userId: UserId }), body: jsonBody(DataSetCreationBody) },
    responses: { 201: json(inEnvelopeOf(DataSet), "The data set") },
  }),
  ...whoWrites(dataOwners),
  alsoAt: ["/v1/users/{userId}/datasets"],
  ownInput: BODY,
  async handler(c) {
    const { userId } = c.req.valid("param");
    const set = await openSet(c.get("ctx"), ownersOf(c.env), userId, takenBody(c), originOf(c));
    return c.json({ data: set, meta: { trace: { request: c.get("trace") } } } as never, 201);
  },
});
