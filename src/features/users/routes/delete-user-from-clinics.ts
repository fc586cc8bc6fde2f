import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { deleteUser } from "../delete-user.ts";
import { UserParams } from "../schema.ts";

export const deleteUserFromClinicsOperation = operation({
  route: createRoute({
    operationId: "DeleteUserFromClinics",
    method: "delete",
    path: "/v1/users/{userId}/clinics",
    tags: ["Users"],
    description:
      "The account of a user was deleted. The user leaves every clinic, as a patient and as a member, even as its last admin. " +
      "A clinic without any member or pending invitation left loses the patients who share their data with it; patients in its " +
      "custody stay. Safe to repeat.",
    request: { params: UserParams },
    responses: { 200: { description: "The user is in no clinic any more" } },
  }),
  async handler(c) {
    await deleteUser(c.var.ctx, c.req.valid("param").userId);
    return c.body(null, 200);
  },
});
