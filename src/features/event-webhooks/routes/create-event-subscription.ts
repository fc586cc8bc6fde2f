import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { orKept } from "../../../platform/request/kept.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { createSubscription } from "../create-subscription.ts";
import { ClinicParams, SubscriptionInput, SubscriptionWithSecret } from "../schema.ts";
import { withSecret } from "../with-secret.ts";

export const createEventSubscriptionOperation = operation({
  route: createRoute({
    operationId: "CreateEventSubscription",
    method: "post",
    path: "/v1/clinics/{clinicId}/event_subscriptions",
    summary: "Subscribe to events of a clinic",
    description:
      "Has events of a clinic sent to an address, signed by the scheme of Standard Webhooks. The secret is shown here and " +
      "never again. A clinic has at most 10 subscriptions. Services only.",
    tags: ["Events"],
    request: { params: ClinicParams, body: jsonBody(SubscriptionInput) },
    responses: {
      200: json(SubscriptionWithSecret, "The subscription with its secret"),
      ...refusals({
        404: "No such clinic",
        409: "The clinic has a subscription at this URL",
        422: "The clinic has the maximum number of subscriptions, or the deployment sends no events",
      }),
    },
  }),
  async handler(c) {
    const ctx = c.get("ctx");
    const it = await orKept(c, createSubscription(ctx, c.req.valid("param").clinicId, c.req.valid("json")));
    return c.json(await withSecret(ctx, it), 200);
  },
});
