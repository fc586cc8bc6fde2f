import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deleteSubscription } from "../change-subscription.ts";
import { SubscriptionParams } from "../schema.ts";

export const deleteEventSubscriptionOperation = operation({
  route: createRoute({
    operationId: "DeleteEventSubscription",
    method: "delete",
    path: "/v1/clinics/{clinicId}/event_subscriptions/{subscriptionId}",
    summary: "End an event subscription",
    description: "Ends an event subscription; what was not sent yet never is. Services only.",
    tags: ["Events"],
    request: { params: SubscriptionParams },
    responses: {
      204: { description: "It has ended" },
      ...refusals({ 404: "No such subscription" }),
    },
  }),
  async handler(c) {
    const { clinicId, subscriptionId } = c.req.valid("param");
    await deleteSubscription(c.get("ctx"), clinicId, subscriptionId);
    return c.body(null, 204);
  },
});
