import { createRoute, z } from "@hono/zod-openapi";
import { json, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { dataOwners } from "../access/data-owners.ts";
import { ownersOf } from "../calls.ts";
import { listSets } from "../get-sets.ts";
import { DataSet } from "../model/data-schema.ts";
import { NO_BODY, whoReads } from "../requests.ts";
import { inEnvelope } from "../refusal-forms.ts";
import { DATA_SETS_MAX, inEnvelopeOf, OlderListParameters } from "../schema.ts";

export const listDataSetsInEnvelopeOperation = operation({
  route: createRoute({
    operationId: "ListDataSetsInEnvelope",
    method: "get",
    path: "/v1/users/{userId}/datasets",
    summary: "List data sets in an envelope",
    description: "The older form of `ListDataSets`: in an envelope, and with fewer filters.",
    tags: ["Device data"],
    request: { params: z.object({ userId: UserId }), query: OlderListParameters },
    responses: { 200: json(inEnvelopeOf(z.array(DataSet).max(DATA_SETS_MAX)), "The data sets") },
  }),
  ...whoReads(dataOwners, inEnvelope),
  ownInput: NO_BODY,
  async handler(c) {
    const { userId } = c.req.valid("param");
    const parameters = new URL(c.req.url).searchParams;
    const sets = await listSets(c.get("ctx"), ownersOf(c.env), userId, parameters, "older");
    return c.json({ data: sets, meta: { trace: { request: c.get("trace") } } } as never, 200);
  },
});
