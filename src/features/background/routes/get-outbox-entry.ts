import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getEntry } from "../get-entry.ts";
import { EntryParams, OutboxEntry, toOutboxEntry } from "../schema.ts";

export const getOutboxEntryOperation = operation({
  route: createRoute({
    operationId: "GetOutboxEntry",
    method: "get",
    path: "/v1/outbox/{entryId}",
    summary: "Get the state of a mail or job",
    description:
      "Returns how far a mail or a background job has come, without recipient and content: what became of one that was " +
      "requeued. Services only.",
    tags: ["Internal"],
    request: { params: EntryParams },
    responses: { 200: json(OutboxEntry, "The mail or job"), ...refusals({ 404: "No such entry" }) },
  }),
  async handler(c) {
    return c.json(toOutboxEntry(await getEntry(c.get("ctx"), c.req.valid("param").entryId)), 200);
  },
});
