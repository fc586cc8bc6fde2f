import { createRoute, z } from "@hono/zod-openapi";
import { json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { InnerSummary } from "../../summaries/compute/inner-schema.ts";
import { dataOwners } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { whoReads } from "../requests.ts";
import { asItIs } from "../refusal-forms.ts";
import { Kind } from "../schema.ts";
import { getSummary } from "../summaries-of-user.ts";

export const getSummaryOperation = operation({
  route: createRoute({
    operationId: "GetSummary",
    method: "get",
    path: "/v1/summaries/{kind}/{userId}",
    summary: "Get a summary of device data",
    description:
      "Returns a summary of a person's data: `cgm` of sensor readings, `bgm` of fingersticks, `con` of how soon " +
      "readings arrive. As it was calculated last; its dates say since when it is outdated.",
    tags: ["Summaries"],
    request: { params: z.object({ kind: Kind, userId: UserId }) },
    responses: { 200: json(InnerSummary, "The summary"), 404: { description: "There are no such data" } },
  }),
  ...whoReads(dataOwners, asItIs),
  async handler(c) {
    const { kind, userId } = c.req.valid("param");
    return c.json(await getSummary(c.get("ctx"), ownersOf(c.env), kind, userId), 200);
  },
});
