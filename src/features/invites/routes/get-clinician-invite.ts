import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getInvite } from "../get-invite.ts";
import { Confirmation, InviteParams } from "../model/schema.ts";

export const getClinicianInviteOperation = operation({
  route: createRoute({
    operationId: "GetClinicianInvite",
    method: "get",
    path: "/v1/clinics/{clinicId}/invites/clinicians/{inviteId}",
    summary: "Get an invitation",
    description: "Returns a pending invitation of the clinic. Admins and services only.",
    tags: ["Invitations"],
    request: { params: InviteParams },
    responses: { 200: json(Confirmation, "The invitation"), ...refusals({ 404: "No such pending invitation" }) },
  }),
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    return c.json(await getInvite(c.get("ctx"), clinicId, inviteId), 200);
  },
});
