import { createRoute } from "@hono/zod-openapi";
import { json, optionalJsonBody } from "../../../platform/core/wire.ts";
import { InviteParams } from "../../invites/model/schema.ts";
import { AcceptedPatient, Patient } from "../../patients/model/schema.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { acceptInvitation } from "../accept-invitation.ts";

export const acceptPatientInvitationOperation = operation({
  route: createRoute({
    operationId: "AcceptPatientInvitation",
    method: "put",
    path: "/v1/clinics/{clinicId}/invites/patients/{inviteId}",
    summary: "Accept a patient invitation",
    description:
      "The person becomes a patient of the clinic with the permissions of the invitation. Fields absent from the " +
      "body are taken from their account; ids of unknown tags and sites are dropped. The patient limit of a plan " +
      "does not apply. Clinicians of any role may call it.",
    tags: ["Confirmations"],
    request: { params: InviteParams, body: optionalJsonBody(AcceptedPatient) },
    responses: {
      200: json(Patient, "The patient; unchanged if the person already was one"),
      ...refusals({
        403: "The invitation is not pending",
        404: "No such invitation to this clinic, or its creator's account was deleted",
        409: "The patient's record kept changing, try again",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    return c.json(await acceptInvitation(c.get("ctx"), clinicId, inviteId, c.req.valid("json") ?? {}), 200);
  },
});
