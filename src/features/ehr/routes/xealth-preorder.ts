import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { preorder } from "../xealth/preorder.ts";
import { PreorderRequest, PreorderResponse } from "../xealth/schema.ts";
import { xealthToken } from "../xealth/webhook.ts";

export const xealthPreorderOperation = operation({
  route: createRoute({
    operationId: "XealthPreorder",
    method: "post",
    path: "/v1/xealth/preorder",
    summary: "Get the preorder form for Xealth",
    description:
      "Returns what a clinician is asked before placing an order inside the EHR, and takes in what they entered. " +
      "Nothing is asked for a patient who is known already. A valid entry is kept for up to 90 days, until the " +
      "order uses it.",
    tags: ["Xealth"],
    security: [{ xealthToken: [] }],
    request: { body: jsonBody(PreorderRequest) },
    responses: {
      200: json(PreorderResponse, "A form, an error in place of one, or the empty object"),
      ...refusals({
        404: "The integration is not enabled, or the health system has no clinic",
        409: "The health system has several clinics, or the clinic is being merged",
        422: "Several patients have the MRN, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  authentication: xealthToken,
  async handler(c) {
    return c.json(await preorder(c.get("ctx"), c.req.valid("json")), 200);
  },
});
