import { createRoute, z } from "@hono/zod-openapi";
import { jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { receiveMessage } from "../orders/receive-message.ts";
import { verificationToken } from "../redox/webhook.ts";

const Message = z.looseObject({}).openapi("redoxMessage");

export const processEhrMessageOperation = operation({
  route: createRoute({
    operationId: "ProcessEHRMessage",
    method: "post",
    path: "/v1/redox",
    summary: "Receive a message from Redox",
    description:
      "Takes in a message of an EHR, which is stored once however often it is delivered. Orders are applied in the " +
      "background, those of one patient in the order of their events; their answers are messages of their own.",
    tags: ["Redox"],
    security: [{ verificationToken: [] }],
    request: { body: jsonBody(Message) },
    responses: { 200: { description: "Stored" } },
  }),
  authentication: verificationToken,
  async handler(c) {
    await receiveMessage(c.get("ctx"), c.req.valid("json"));
    return c.body(null, 200);
  },
});
