import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { deleteUser } from "../delete-user.ts";
import { UserParams } from "../schema.ts";

export const deleteUserFromClinicsOperation = operation({
  route: createRoute({
    operationId: "DeleteUserFromClinics",
    method: "delete",
    path: "/v1/users/{userId}/clinics",
    summary: "Remove a user from all clinics",
    description:
      "Removes a user whose account was deleted from every clinic, as a patient and as a member, even as its last " +
      "admin; the row of the account is removed, and device data are destroyed in the background. A clinic left without members and pending invitations " +
      "loses the patients who share their data with it; patients in its custody stay. Safe to repeat. Services " +
      "only.",
    tags: ["Users"],
    request: { params: UserParams },
    responses: { 200: { description: "The user is no longer in any clinic" } },
  }),
  async handler(c) {
    await deleteUser(c.get("ctx"), c.req.valid("param").userId);
    return c.body(null, 200);
  },
});
