import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { requeueEntry } from "../requeue-entry.ts";
import { EntryParams } from "../schema.ts";

export const requeueEntryOperation = operation({
  route: createRoute({
    operationId: "RequeueEntry",
    method: "post",
    path: "/v1/outbox/{entryId}/requeue",
    summary: "Try a failed mail or job again",
    description:
      "Gives a mail or background job that was given up all its attempts again, and has the first made now. One that is " +
      "waiting or being worked on stays as it is. Services only.",
    tags: ["Internal"],
    request: { params: EntryParams },
    responses: {
      204: { description: "It is tried again" },
      ...refusals({ 404: "No such entry", 409: "It was sent, or there was nothing left to send" }),
    },
  }),
  async handler(c) {
    await requeueEntry(c.get("ctx"), c.req.valid("param").entryId);
    return c.body(null, 204);
  },
});
