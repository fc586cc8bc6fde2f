import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { readSubscription } from "../read-subscriptions.ts";
import { EventSubscription, SubscriptionParams } from "../schema.ts";

export const getEventSubscriptionOperation = operation({
  route: createRoute({
    operationId: "GetEventSubscription",
    method: "get",
    path: "/v1/clinics/{clinicId}/event_subscriptions/{subscriptionId}",
    summary: "Get an event subscription",
    description:
      "Returns an event subscription without its secret: since when it can't be delivered to and why, or when it last was. " +
      "Admins and services only.",
    tags: ["Events"],
    request: { params: SubscriptionParams },
    responses: {
      200: json(EventSubscription, "The subscription"),
      ...unchanged,
      ...refusals({ 404: "No such subscription" }),
    },
  }),
  async handler(c) {
    const { clinicId, subscriptionId } = c.req.valid("param");
    return tagged(c, await readSubscription(c.get("ctx"), clinicId, subscriptionId));
  },
});
