import { createRoute } from "@hono/zod-openapi";
import { jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { updateSubscription } from "../change-subscription.ts";
import { SubscriptionParams, SubscriptionUpdate } from "../schema.ts";

export const updateEventSubscriptionOperation = operation({
  route: createRoute({
    operationId: "UpdateEventSubscription",
    method: "put",
    path: "/v1/clinics/{clinicId}/event_subscriptions/{subscriptionId}",
    summary: "Change an event subscription",
    description:
      "Replaces where events are sent, which, and whether any are. One that is set active starts over, whatever ended it; what " +
      "has happened meanwhile is not told. Services only.",
    tags: ["Events"],
    request: { params: SubscriptionParams, body: jsonBody(SubscriptionUpdate) },
    responses: {
      204: { description: "It is changed" },
      ...refusals({ 404: "No such subscription", 409: "The clinic has a subscription at this URL" }),
    },
  }),
  async handler(c) {
    const { clinicId, subscriptionId } = c.req.valid("param");
    await updateSubscription(c.get("ctx"), clinicId, subscriptionId, c.req.valid("json"));
    return c.body(null, 204);
  },
});
