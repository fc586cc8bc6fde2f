import { createRoute } from "@hono/zod-openapi";
import { optionalJsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { unassignTag } from "../unassign-tag.ts";
import { TagParams, UserIds } from "../model/schema.ts";

export const deletePatientTagFromClinicPatientsOperation = operation({
  route: createRoute({
    operationId: "DeletePatientTagFromClinicPatients",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients/delete_tag/{patientTagId}",
    summary: "Remove a tag from patients",
    description:
      "Applies to all patients of the clinic when the body is absent or null. Users who are not its patients are " +
      "skipped; an unknown tag is not an error. The tag itself stays. Admins and services only.",
    tags: ["Patient tags"],
    request: { params: TagParams, body: optionalJsonBody(UserIds) },
    responses: { 200: { description: "None of them has the tag" } },
  }),
  async handler(c) {
    const { clinicId, patientTagId } = c.req.valid("param");
    const userIds = c.req.valid("json") ?? null;
    await unassignTag(c.get("ctx"), clinicId, patientTagId, userIds);
    return c.body(null, 200);
  },
});
