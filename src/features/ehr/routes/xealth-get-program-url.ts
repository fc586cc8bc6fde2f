import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getProgramUrl } from "../xealth/program-url.ts";
import { ProgramUrlRequest, ProgramUrlResponse } from "../xealth/schema.ts";
import { xealthToken } from "../xealth/webhook.ts";

export const xealthGetProgramUrlOperation = operation({
  route: createRoute({
    operationId: "XealthGetProgramUrl",
    method: "put",
    path: "/v1/xealth/program",
    summary: "Create a link to patient reports",
    description:
      "Returns a link to the reports of a patient, for an hour. Each call gives a new one, whatever its " +
      "Idempotency-Key; earlier links stay good.",
    tags: ["Xealth"],
    security: [{ xealthToken: [] }],
    request: { body: jsonBody(ProgramUrlRequest) },
    responses: {
      200: json(ProgramUrlResponse, "The link"),
      ...refusals({
        404: "The integration is not enabled, the health system has no clinic, or the patient is not enrolled in the program",
        409: "The health system has several clinics, or the clinic is being merged",
        422: "Several patients match, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  authentication: xealthToken,
  async handler(c) {
    return c.json(await getProgramUrl(c.get("ctx"), c.req.valid("json")), 200);
  },
});
