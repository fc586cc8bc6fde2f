import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { InviteParams } from "../../invites/model/schema.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { endInvitation } from "../end-invitation.ts";
import { PatientInvitation } from "../model/schema.ts";

export const deletePatientInvitationOperation = operation({
  route: createRoute({
    operationId: "DeletePatientInvitation",
    method: "delete",
    path: "/v1/clinics/{clinicId}/invites/patients/{inviteId}",
    summary: "Cancel or decline a patient invitation",
    description:
      "Cancels the invitation when called by its creator; declines it when called by a clinician of the clinic or " +
      "a service. A declined one can still be canceled.",
    tags: ["Confirmations"],
    request: { params: InviteParams },
    responses: {
      200: json(PatientInvitation, "The invitation, canceled or declined"),
      ...refusals({
        403: "The invitation was already accepted or canceled",
        404: "No such invitation to this clinic",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    return c.json(await endInvitation(c.get("ctx"), clinicId, inviteId), 200);
  },
});
