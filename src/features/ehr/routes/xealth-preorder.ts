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
    tags: ["Internal", "Xealth", "Clinics"],
    security: [{ xealthToken: [] }],
    description:
      "What a clinician is asked before placing an order inside the EHR, and what they entered. A valid entry is kept until the order uses it.",
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
    return c.json(await preorder(c.var.ctx, c.req.valid("json")), 200);
  },
});
