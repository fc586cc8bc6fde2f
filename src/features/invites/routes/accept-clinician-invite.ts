import { createRoute } from "@hono/zod-openapi";
import { Clinician } from "../../clinicians/model/schema.ts";
import { notAuthorized } from "../../../platform/core/errors.ts";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { acceptInvite } from "../received-invites.ts";
import { ReceivedInviteParams } from "../model/schema.ts";

export const acceptClinicianInviteOperation = operation({
  route: createRoute({
    operationId: "AcceptClinicianInvite",
    method: "put",
    path: "/v1/clinicians/{userId}/invites/{inviteId}",
    summary: "Accept an invitation",
    description:
      "Makes the caller a member of the clinic with the roles of the invitation. It must be to the caller's " +
      "account, or to an address the caller has verified, and the clinic's membership restrictions must allow it.",
    tags: ["Invitations"],
    request: { params: ReceivedInviteParams },
    responses: {
      200: json(Clinician, "The caller as a member of the clinic"),
      ...refusals({
        403: "The clinic's membership restrictions, or an address that is not verified",
        404: "No pending invitation of the caller has this key",
        409: "The caller is a member already",
        422: "The clinic is not migrated, or the Idempotency-Key was used for another request",
      }),
    },
  }),
  async handler(c) {
    const ctx = c.get("ctx");
    if (ctx.caller.kind !== "person") throw notAuthorized();
    return c.json(await acceptInvite(ctx, ctx.caller, c.req.valid("param").inviteId), 200);
  },
});
