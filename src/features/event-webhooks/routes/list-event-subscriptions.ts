import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { readSubscriptions } from "../read-subscriptions.ts";
import { ClinicParams, EventSubscription } from "../schema.ts";

export const listEventSubscriptionsOperation = operation({
  route: createRoute({
    operationId: "ListEventSubscriptions",
    method: "get",
    path: "/v1/clinics/{clinicId}/event_subscriptions",
    summary: "List who is told of a clinic's events",
    description:
      "Returns the event subscriptions of a clinic, the oldest first, without their secrets. Admins and services only.",
    tags: ["Events"],
    request: { params: ClinicParams },
    responses: {
      200: json(z.array(EventSubscription), "The subscriptions"),
      ...unchanged,
      ...refusals({ 404: "No such clinic" }),
    },
  }),
  async handler(c) {
    return tagged(c, await readSubscriptions(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
