import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { listInvitations } from "../list-invitations.ts";
import { PatientInvitations } from "../model/schema.ts";

export const getPatientInvitesOperation = operation({
  route: createRoute({
    operationId: "GetPatientInvites",
    method: "get",
    path: "/v1/clinics/{clinicId}/invites/patients",
    summary: "List the patient invitations of a clinic",
    description:
      "Lists pending invitations to the clinic, newest first. Invitations that have expired can still be accepted. " +
      "Clinicians of any role may call it.",
    tags: ["Confirmations"],
    request: { params: ClinicParams },
    responses: { 200: json(PatientInvitations, "The pending invitations"), ...unchanged },
  }),
  async handler(c) {
    return tagged(c, await listInvitations(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
