import { createRoute } from "@hono/zod-openapi";
import { forbidden } from "../../../platform/core/errors.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { createClinic } from "../create-clinic.ts";
import { Clinic, ClinicInput } from "../model/schema.ts";

export const createClinicOperation = operation({
  route: createRoute({
    operationId: "CreateClinic",
    method: "post",
    path: "/v1/clinics",
    summary: "Create a clinic",
    description:
      "Creates a clinic with the caller, a person whose account has an e-mail address, as its first admin, and " +
      "mails them. Repeating the same request as the same user within 30 seconds returns the first response: " +
      "clients retry without a key.",
    tags: ["Clinics"],
    request: { body: jsonBody(ClinicInput) },
    responses: {
      200: json(Clinic, "The new clinic, with the caller as its first admin"),
      ...refusals({
        404: "The caller has no account",
        409: "No free share code was found",
        422: "The caller's account has no e-mail address",
      }),
    },
  }),
  repeatsBlindly: () => true,
  async handler(c) {
    const ctx = c.get("ctx");
    if (ctx.caller.kind !== "person") throw forbidden();
    return c.json(await createClinic(ctx, ctx.caller, c.req.valid("json")), 200);
  },
});
