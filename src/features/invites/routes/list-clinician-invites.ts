import { createRoute } from "@hono/zod-openapi";
import { notAuthorized } from "../../../platform/core/errors.ts";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { listReceivedInvites } from "../received-invites.ts";
import { Confirmations, InviteeParams } from "../model/schema.ts";

export const listClinicianInvitesOperation = operation({
  route: createRoute({
    operationId: "ListClinicianInvites",
    method: "get",
    path: "/v1/clinicians/{userId}/invites",
    summary: "List the invitations of the caller",
    description:
      "Lists pending invitations to the caller's account or verified address, newest first; 404 if there are none. " +
      "`restrictions` says whether the caller may accept with the current sign-in.",
    tags: ["Invitations"],
    request: { params: InviteeParams },
    responses: { 200: json(Confirmations, "The invitations"), ...refusals({ 404: "There is no such invitation" }) },
  }),
  async handler(c) {
    const ctx = c.get("ctx");
    if (ctx.caller.kind !== "person") throw notAuthorized();
    return c.json(await listReceivedInvites(ctx, ctx.caller), 200);
  },
});
