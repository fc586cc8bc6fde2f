import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { removePermission } from "../custody/remove-permission.ts";
import { PermissionParams } from "../model/schema.ts";

export const deletePatientPermissionOperation = operation({
  route: createRoute({
    operationId: "DeletePatientPermission",
    method: "delete",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/permissions/{permission}",
    summary: "Remove a permission of a clinic",
    description:
      "The patient may remove any permission; a service may end custody, which is how an account is claimed. With " +
      "the last grant the link to the clinic ends.",
    tags: ["Patients"],
    request: { params: PermissionParams },
    responses: {
      204: { description: "The permission was removed" },
      ...refusals({
        404: "No such patient of this clinic, or the permission is not granted",
      }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId, permission } = c.req.valid("param");
    await removePermission(c.get("ctx"), clinicId, patientId, permission);
    return c.body(null, 204);
  },
});
