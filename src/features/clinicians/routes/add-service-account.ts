import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { addServiceAccount } from "../add-service-account.ts";
import { Clinician, ServiceAccountInput } from "../model/schema.ts";

export const addServiceAccountOperation = operation({
  route: createRoute({
    operationId: "AddServiceAccount",
    method: "post",
    path: "/v1/clinics/{clinicId}/service_accounts",
    summary: "Add a service account to a clinic",
    description:
      "Makes a service account a member, without admin rights. The credentials are tried at the identity provider " +
      "and not kept; 400 when it rejects them, 503 when it does not answer. Services only.",
    tags: ["Members"],
    request: { params: ClinicParams, body: jsonBody(ServiceAccountInput) },
    responses: {
      200: json(Clinician, "The account as a member of the clinic, without admin rights"),
      ...refusals({
        404: "No such clinic",
        409: "The account is already in the clinic",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  secretFields: ["client_secret"],
  async handler(c) {
    return c.json(await addServiceAccount(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json")), 200);
  },
});
