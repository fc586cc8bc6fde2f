import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deleteInvite } from "../delete-invite.ts";
import { done, InviteParams } from "../model/schema.ts";

export const deleteInviteOperation = operation({
  route: createRoute({
    operationId: "DeleteInvite",
    method: "delete",
    path: "/v1/clinics/{clinicId}/invites/clinicians/{inviteId}",
    summary: "Cancel an invitation",
    description:
      "Cancels a pending invitation and removes its clinician's record. One that is not pending is left as it is, " +
      "with 200. Admins and services only.",
    tags: ["Invitations"],
    request: { params: InviteParams },
    responses: {
      200: done("The invitation does not exist any more"),
      ...refusals({
        404: "No such clinic",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    return c.text(await deleteInvite(c.get("ctx"), clinicId, inviteId), 200);
  },
});
