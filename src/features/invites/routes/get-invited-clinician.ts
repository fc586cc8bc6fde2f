import { createRoute } from "@hono/zod-openapi";
import { Clinician } from "../../clinicians/model/schema.ts";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { getInvitedClinician } from "../invited-clinician.ts";
import { InviteParams } from "../model/schema.ts";

export const getInvitedClinicianOperation = operation({
  route: createRoute({
    operationId: "GetInvitedClinician",
    method: "get",
    path: "/v1/clinics/{clinicId}/invites/clinicians/{inviteId}/clinician",
    summary: "Get the clinician of an invitation",
    description: "Returns the clinician's record of a pending invitation. Services only.",
    tags: ["Invitations"],
    request: { params: InviteParams },
    responses: { 200: json(Clinician, "The clinician"), ...refusals({ 404: "No such pending invitation" }) },
  }),
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    return c.json(await getInvitedClinician(c.get("ctx"), clinicId, inviteId), 200);
  },
});
