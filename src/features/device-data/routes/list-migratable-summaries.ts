import { createRoute, z } from "@hono/zod-openapi";
import { json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { dataToken } from "../authentication.ts";
import { asItIs } from "../refusal-forms.ts";
import { Kind, Size, USERS_MAX } from "../schema.ts";
import { listMigratable } from "../summaries-of-user.ts";

export const listMigratableSummariesOperation = operation({
  route: createRoute({
    operationId: "ListMigratableSummaries",
    method: "get",
    path: "/v1/summaries/migratable/{kind}",
    summary: "List people with old summaries",
    description:
      "Lists the people whose summaries were calculated by the rules of an earlier version. All kinds have the " +
      "same version. Services only.",
    tags: ["Summaries"],
    request: { params: z.object({ kind: Kind }), query: z.object({ size: Size }) },
    responses: { 200: json(z.array(UserId).max(USERS_MAX), "The people") },
  }),
  authentication: dataToken,
  refusalForm: asItIs,
  async handler(c) {
    return c.json(await listMigratable(c.get("ctx"), c.req.valid("query").size), 200);
  },
});
