import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { orKept } from "../../../platform/request/kept.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { rotateSecret } from "../change-subscription.ts";
import { SubscriptionParams, SubscriptionWithSecret } from "../schema.ts";
import { withSecret } from "../with-secret.ts";

export const rotateEventSubscriptionSecretOperation = operation({
  route: createRoute({
    operationId: "RotateEventSubscriptionSecret",
    method: "post",
    path: "/v1/clinics/{clinicId}/event_subscriptions/{subscriptionId}/secret",
    summary: "Change the secret of an event subscription",
    description:
      "Gives a subscription another secret, which is shown here and never again. For 24 hours events are signed with the one " +
      "before, too. Services only.",
    tags: ["Events"],
    request: { params: SubscriptionParams },
    responses: {
      200: json(SubscriptionWithSecret, "The subscription with its secret"),
      ...refusals({ 404: "No such subscription", 422: "The deployment sends no events" }),
    },
  }),
  repeatsBlindly: () => true,
  async handler(c) {
    const ctx = c.get("ctx");
    const { clinicId, subscriptionId } = c.req.valid("param");
    return c.json(await withSecret(ctx, await orKept(c, rotateSecret(ctx, clinicId, subscriptionId))), 200);
  },
});
