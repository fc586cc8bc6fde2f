import { createRoute } from "@hono/zod-openapi";
import { jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { ClinicParams } from "../model/schema.ts";
import { SuppressedNotificationsUpdate } from "../model/settings-schema.ts";
import { suppressNotifications } from "../suppress-notifications.ts";

export const updateSuppressedNotificationsOperation = operation({
  route: createRoute({
    operationId: "UpdateSuppressedNotifications",
    method: "post",
    path: "/v1/clinics/{clinicId}/suppressed_notifications",
    summary: "Suppress notifications of a clinic",
    description:
      "Replaces which mails a clinic does not want; an empty object switches all of them on again. Admins only.",
    tags: ["Settings"],
    request: { params: ClinicParams, body: jsonBody(SuppressedNotificationsUpdate) },
    responses: {
      200: { description: "The notifications are suppressed from now on" },
      ...refusals({ 404: "No such clinic" }),
    },
  }),
  async handler(c) {
    const { suppressedNotifications } = c.req.valid("json");
    await suppressNotifications(c.get("ctx"), c.req.valid("param").clinicId, suppressedNotifications);
    return c.body(null, 200);
  },
});
