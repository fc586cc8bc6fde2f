import { createRoute, z } from "@hono/zod-openapi";
import { json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { dataOwners } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { listSets } from "../get-sets.ts";
import { DataSet } from "../model/data-schema.ts";
import { NO_BODY, whoReads } from "../requests.ts";
import { asItIs } from "../refusal-forms.ts";
import { DATA_SETS_MAX, ListParameters } from "../schema.ts";

export const listDataSetsOperation = operation({
  route: createRoute({
    operationId: "ListDataSets",
    method: "get",
    path: "/v1/users/{userId}/data_sets",
    summary: "List the data sets of a person",
    description:
      "Lists a person's data sets, newest first: the continuous ones, and the normal ones that are closed. Unknown " +
      "parameters are refused.",
    tags: ["Device data"],
    request: { params: z.object({ userId: UserId }), query: ListParameters },
    responses: { 200: json(z.array(DataSet).max(DATA_SETS_MAX), "The data sets") },
  }),
  ...whoReads(dataOwners, asItIs),
  ownInput: NO_BODY,
  async handler(c) {
    const { userId } = c.req.valid("param");
    const parameters = new URL(c.req.url).searchParams;
    const sets = await listSets(c.get("ctx"), ownersOf(c.env), userId, parameters, "current");
    return c.json(sets as never, 200);
  },
});
