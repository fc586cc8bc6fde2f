import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deleteInvitedClinician } from "../invited-clinician.ts";
import { InviteParams } from "../model/schema.ts";

export const deleteInvitedClinicianOperation = operation({
  route: createRoute({
    operationId: "DeleteInvitedClinician",
    method: "delete",
    path: "/v1/clinics/{clinicId}/invites/clinicians/{inviteId}/clinician",
    summary: "Remove the clinician of an invitation",
    description:
      "Removes the clinician's record of a pending invitation and cancels the invitation; 404 if it is not " +
      "pending. Services only.",
    tags: ["Invitations"],
    request: { params: InviteParams },
    responses: {
      200: { description: "The invitation is canceled" },
      ...refusals({
        404: "No such clinic or pending invitation",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    await deleteInvitedClinician(c.get("ctx"), clinicId, inviteId);
    return c.body(null, 200);
  },
});
