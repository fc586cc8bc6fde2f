import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { Clinician } from "../../clinicians/model/schema.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { inviteClinician } from "../invite-clinician.ts";
import { InviteInput } from "../model/schema.ts";

export const inviteClinicianOperation = operation({
  route: createRoute({
    operationId: "InviteClinician",
    method: "post",
    path: "/v1/clinics/{clinicId}/invites/clinicians",
    summary: "Invite a clinician",
    description:
      "Invites an e-mail address to the clinic, by mail. At most 100 such mails an hour are sent for a clinic, and " +
      "10 to an address; above that 429. Admins and services only.",
    tags: ["Invitations"],
    request: { params: ClinicParams, body: jsonBody(InviteInput) },
    responses: {
      200: json(Clinician, "The clinician record of the invitation"),
      ...refusals({
        404: "No such clinic",
        409: "The address, or the account that has it, is already in the clinic",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
        429: "Too many invitations were sent by the clinic or to the address within one hour",
      }),
    },
  }),
  async handler(c) {
    return c.json(await inviteClinician(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json")), 200);
  },
});
