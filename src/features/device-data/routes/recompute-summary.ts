import { createRoute, z } from "@hono/zod-openapi";
import { json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { InnerSummary } from "../../summaries/compute/inner-schema.ts";
import { dataOwners } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { inTurn, whoReads } from "../requests.ts";
import { asItIs } from "../refusal-forms.ts";
import { Kind } from "../schema.ts";
import { recomputeSummary } from "../summaries-of-user.ts";

export const recomputeSummaryOperation = operation({
  route: createRoute({
    operationId: "RecomputeSummary",
    method: "post",
    path: "/v1/summaries/{kind}/{userId}",
    summary: "Recalculate a summary of device data",
    description: "Calculates a summary now, without waiting for its turn, and shows it in every clinic of the person.",
    tags: ["Summaries"],
    request: { params: z.object({ kind: Kind, userId: UserId }) },
    responses: { 200: json(InnerSummary, "The summary"), 404: { description: "There are no such data" } },
  }),
  ...whoReads(dataOwners, asItIs),
  ...inTurn,
  async handler(c) {
    const { kind, userId } = c.req.valid("param");
    return c.json(await recomputeSummary(c.get("ctx"), ownersOf(c.env), kind, userId), 200);
  },
});
