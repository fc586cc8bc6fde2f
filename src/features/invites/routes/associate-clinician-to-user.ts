import { createRoute } from "@hono/zod-openapi";
import { Clinician } from "../../clinicians/model/schema.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { associateClinician } from "../invited-clinician.ts";
import { AssociationInput, InviteParams } from "../model/schema.ts";

export const associateClinicianToUserOperation = operation({
  route: createRoute({
    operationId: "AssociateClinicianToUser",
    method: "patch",
    path: "/v1/clinics/{clinicId}/invites/clinicians/{inviteId}/clinician",
    summary: "Complete an invitation for a user",
    description:
      "Makes a user the member that a pending invitation is for. The address, its proof and the clinic's " +
      "membership restrictions have to be checked by the calling service. Services only.",
    tags: ["Invitations"],
    request: { params: InviteParams, body: jsonBody(AssociationInput) },
    responses: {
      200: json(Clinician, "The new member"),
      ...refusals({
        404: "No such clinic or pending invitation",
        409: "The user is a member already",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, inviteId } = c.req.valid("param");
    return c.json(await associateClinician(c.get("ctx"), clinicId, inviteId, c.req.valid("json").userId), 200);
  },
});
