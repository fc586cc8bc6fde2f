import { createRoute, z } from "@hono/zod-openapi";
import { json, pageOf } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { listDeadLetters } from "../list-dead-letters.ts";
import { DeadLetterPage, DeadLetterRecord, NextCursor, toDeadLetter } from "../schema.ts";

export const listDeadLettersOperation = operation({
  route: createRoute({
    operationId: "ListDeadLetters",
    method: "get",
    path: "/v1/dead_letters",
    summary: "List queue messages that could not be processed",
    description:
      "Lists queue messages that could not be processed, the oldest first: the record of what was given up, which stays " +
      "when an entry is requeued. The header `x-next-cursor` has the `cursor` of the next page, as long as there may be " +
      "one. Services only.",
    tags: ["Internal"],
    request: { query: DeadLetterPage },
    responses: { 200: { ...json(z.array(DeadLetterRecord), "A page of them"), headers: NextCursor } },
  }),
  async handler(c) {
    const query = c.req.valid("query");
    const { limit } = pageOf(query);
    const letters = await listDeadLetters(c.get("ctx"), Number(query.cursor ?? 0), limit);
    const last = letters.length < limit ? undefined : letters.at(-1);
    return c.json(letters.map(toDeadLetter), 200, last ? { "x-next-cursor": String(last.id) } : {});
  },
});
