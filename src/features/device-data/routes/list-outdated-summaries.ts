import { createRoute, z } from "@hono/zod-openapi";
import { DateTime, json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { dataToken } from "../authentication.ts";
import { asItIs } from "../refusal-forms.ts";
import { Kind, Size, USERS_MAX } from "../schema.ts";
import { listOutdated } from "../summaries-of-user.ts";

export const listOutdatedSummariesOperation = operation({
  route: createRoute({
    operationId: "ListOutdatedSummaries",
    method: "get",
    path: "/v1/summaries/outdated/{kind}",
    summary: "List people with outdated summaries",
    description:
      "Lists the people whose summaries wait to be calculated, those that have waited the longest first. They are " +
      "calculated without being asked for: this shows what could not be. Services only.",
    tags: ["Summaries"],
    request: { params: z.object({ kind: Kind }), query: z.object({ size: Size }) },
    responses: {
      200: json(
        z
          .object({ userIds: z.array(UserId).max(USERS_MAX), start: DateTime, end: DateTime })
          .openapi("outdatedSummaries.v1"),
        "The people, and since when the first and the last of them wait",
      ),
    },
  }),
  authentication: dataToken,
  refusalForm: asItIs,
  async handler(c) {
    const { kind } = c.req.valid("param");
    return c.json(await listOutdated(c.get("ctx"), kind, c.req.valid("query").size), 200);
  },
});
