import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { PatientParams, Permissions } from "../model/schema.ts";
import { updatePermissions } from "../custody/update-permissions.ts";

export const updatePatientPermissionsOperation = operation({
  route: createRoute({
    operationId: "UpdatePatientPermissions",
    method: "put",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/permissions",
    summary: "Replace the permissions of a clinic",
    description:
      "Replaces all permissions that the patient grants the clinic. custodian is ignored: custody can't be granted " +
      "again. A body without any permission removes the patient from the clinic. The patient only.",
    tags: ["Patients"],
    request: { params: PatientParams, body: jsonBody(Permissions) },
    responses: {
      200: json(Permissions, "The permissions the patient grants now"),
      204: { description: "No permission is left: the patient was removed from the clinic" },
      ...refusals({ 404: "No such patient of this clinic" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    const permissions = await updatePermissions(c.get("ctx"), clinicId, patientId, c.req.valid("json"));
    return permissions ? c.json(permissions, 200) : c.body(null, 204);
  },
});
