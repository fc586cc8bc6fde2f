import { createRoute } from "@hono/zod-openapi";
import { notAuthorized } from "../../../platform/core/errors.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { dismissInvite } from "../received-invites.ts";
import { done, ReceivedInviteParams } from "../model/schema.ts";

export const dismissClinicianInviteOperation = operation({
  route: createRoute({
    operationId: "DismissClinicianInvite",
    method: "delete",
    path: "/v1/clinicians/{userId}/invites/{inviteId}",
    summary: "Decline an invitation",
    description:
      "Declines an invitation to the caller and removes its clinician's record. One that is not pending, or is for " +
      "somebody else, is left as it is, with 200.",
    tags: ["Invitations"],
    request: { params: ReceivedInviteParams },
    responses: {
      200: done("The caller does not have this invitation any more"),
      ...refusals({ 403: "The invitation is to an address that the caller has not verified" }),
    },
  }),
  async handler(c) {
    const ctx = c.get("ctx");
    if (ctx.caller.kind !== "person") throw notAuthorized();
    return c.text(await dismissInvite(ctx, ctx.caller, c.req.valid("param").inviteId), 200);
  },
});
