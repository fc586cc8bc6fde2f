import { createRoute } from "@hono/zod-openapi";
import { jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { receiveNotification } from "../xealth/receive-notification.ts";
import { NotificationRequest } from "../xealth/schema.ts";
import { xealthToken } from "../xealth/webhook.ts";

export const xealthNotificationOperation = operation({
  route: createRoute({
    operationId: "XealthNotification",
    method: "post",
    path: "/v1/xealth/notification",
    summary: "Receive an order event from Xealth",
    description:
      "Takes in an event of an order, which is stored once however often it is delivered, and applied in the " +
      "background, in the order of the events' times. Events of other kinds and programs, and of unknown health " +
      "systems, are ignored with 200.",
    tags: ["Xealth"],
    security: [{ xealthToken: [] }],
    request: { body: jsonBody(NotificationRequest) },
    responses: {
      200: { description: "Stored, or ignored" },
      ...refusals({
        404: "The integration is not enabled",
        409: "The health system has several clinics",
      }),
    },
  }),
  authentication: xealthToken,
  async handler(c) {
    await receiveNotification(c.get("ctx"), c.req.valid("json"));
    return c.body(null, 200);
  },
});
