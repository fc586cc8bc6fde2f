import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getPrograms } from "../xealth/programs.ts";
import { ProgramsRequest, ProgramsResponse } from "../xealth/schema.ts";
import { xealthToken } from "../xealth/webhook.ts";

export const xealthGetProgramsOperation = operation({
  route: createRoute({
    operationId: "XealthGetPrograms",
    method: "put",
    path: "/v1/xealth/programs",
    summary: "Get the program of a Xealth patient",
    description: "Returns the program that an EHR shows of a patient: none without an active order.",
    tags: ["Xealth"],
    security: [{ xealthToken: [] }],
    request: { body: jsonBody(ProgramsRequest) },
    responses: {
      200: json(ProgramsResponse, "The program, or that there is none"),
      ...refusals({
        404: "The integration is not enabled",
        409: "The health system has several clinics",
        422: "Several patients match, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  authentication: xealthToken,
  async handler(c) {
    return c.json(await getPrograms(c.get("ctx"), c.req.valid("json")), 200);
  },
});
