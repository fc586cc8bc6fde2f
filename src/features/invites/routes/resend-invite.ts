import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { resendInvite } from "../resend-invite.ts";
import { Confirmation, InviteParams } from "../model/schema.ts";

export const resendInviteOperation = operation({
  route: createRoute({
    operationId: "ResendInvite",
    method: "patch",
    path: "/v1/clinics/{clinicId}/invites/clinicians/{inviteId}",
    summary: "Resend an invitation",
    description:
      "Sends the mail again, to the same hourly limits as a new invitation, and updates the invitation; one of " +
      "which only the clinician's record exists is created now. Repeating the same request within 30 seconds " +
      "returns the first response and sends no mail: clients retry without a key. Admins and services only.",
    tags: ["Invitations"],
    request: { params: InviteParams },
    responses: {
      200: json(Confirmation, "The updated invitation"),
      ...refusals({
        404: "No such clinic or pending invitation",
        409: "The key belongs to an invitation to another clinic",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
        429: "Too many invitations were sent by the clinic or to the address within one hour",
      }),
    },
  }),
  repeatsBlindly: () => true,
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    return c.json(await resendInvite(c.get("ctx"), clinicId, inviteId), 200);
  },
});
