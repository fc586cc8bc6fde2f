import { createRoute, z } from "@hono/zod-openapi";
import { json, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listFailedEntries } from "../list-failed-entries.ts";
import { FailedPage, NextCursor, OutboxEntry, toOutboxEntry } from "../schema.ts";

export const listFailedEntriesOperation = operation({
  route: createRoute({
    operationId: "ListFailedEntries",
    method: "get",
    path: "/v1/outbox/failed",
    summary: "List mails and jobs that were given up",
    description:
      "Lists the mails and background jobs that were given up, in the order in which they were, without recipients and " +
      "contents. The header `x-next-cursor` has the `cursor` of the next page, as long as there may be one. They are kept " +
      "for 30 days. Services only.",
    tags: ["Internal"],
    request: { query: FailedPage },
    responses: { 200: { ...json(z.array(OutboxEntry), "A page of them"), headers: NextCursor } },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const { limit } = pageOf(query);
    const entries = await listFailedEntries(c.get("ctx"), query.cursor, limit);
    const next = entries.length < limit ? undefined : entries.at(-1)?.cursor;
    return c.json(entries.map(toOutboxEntry), 200, next ? { "x-next-cursor": next } : {});
  },
});
