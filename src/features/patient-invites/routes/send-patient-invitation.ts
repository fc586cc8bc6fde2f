import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { InvitationInput, PatientInvitation, SenderParams } from "../model/schema.ts";
import { sendInvitation } from "../send-invitation.ts";

export const sendPatientInvitationOperation = operation({
  route: createRoute({
    operationId: "SendPatientInvitation",
    method: "post",
    path: "/confirm/send/invite/{userId}/clinic",
    summary: "Invite a clinic to view data",
    description:
      "A person offers their data to the clinic that has given them its share code. Its admins are notified by " +
      "mail unless the clinic suppresses that. The invitation is open for 7 days; until then there can be no other " +
      "to the same clinic. A person can make 10 an hour.",
    tags: ["Confirmations"],
    request: { params: SenderParams, body: jsonBody(InvitationInput) },
    responses: {
      200: json(PatientInvitation, "The invitation"),
      ...refusals({
        404: "No clinic has this share code, or no such user",
        409: "The person is already a patient of the clinic, or has a pending invitation to it",
      }),
    },
  }),
  async handler(c) {
    return c.json(await sendInvitation(c.get("ctx"), c.req.valid("param").userId, c.req.valid("json")), 200);
  },
});
