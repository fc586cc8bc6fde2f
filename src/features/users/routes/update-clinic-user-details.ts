import { createRoute } from "@hono/zod-openapi";
import { optionalJsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { UserDetails, UserParams } from "../schema.ts";
import { updateUserDetails } from "../update-details.ts";

export const updateClinicUserDetailsOperation = operation({
  route: createRoute({
    operationId: "UpdateClinicUserDetails",
    method: "post",
    path: "/v1/users/{userId}/clinics",
    summary: "Update the e-mail address of a user",
    description:
      "Updates the e-mail address in all memberships and patient records of a user. Without an address, or without " +
      "a body, nothing changes. Pending invitations of that address to clinics where the user is a member are " +
      "canceled. Services only.",
    tags: ["Users"],
    request: { params: UserParams, body: optionalJsonBody(UserDetails) },
    responses: {
      200: { description: "The user's records have the address" },
      ...refusals({ 422: "Another member of one of the user's clinics has the address; nothing was changed" }),
    },
  }),
  async handler(c) {
    await updateUserDetails(c.get("ctx"), c.req.valid("param").userId, c.req.valid("json")?.email);
    return c.body(null, 200);
  },
});
