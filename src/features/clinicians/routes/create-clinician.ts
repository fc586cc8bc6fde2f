import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { createClinician } from "../create-clinician.ts";
import { Clinician, ClinicianInput } from "../model/schema.ts";

export const createClinicianOperation = operation({
  route: createRoute({
    operationId: "CreateClinician",
    method: "post",
    path: "/v1/clinics/{clinicId}/clinicians",
    summary: "Add a clinician to a clinic",
    description:
      "Adds a member, or the record of an invitation, which sends no mail: `ResendInvite` does. Exactly one of " +
      "`id` (a member) and `inviteId` (a pending invitation) is required. Services only.",
    tags: ["Members"],
    request: { params: ClinicParams, body: jsonBody(ClinicianInput) },
    responses: {
      200: json(Clinician, "The new clinician"),
      ...refusals({
        404: "No such clinic",
        409: "The user, invitation or address is already in the clinic",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  async handler(c) {
    return c.json(await createClinician(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json")), 200);
  },
});
