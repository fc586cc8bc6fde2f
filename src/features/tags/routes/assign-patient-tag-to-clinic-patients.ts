import { createRoute } from "@hono/zod-openapi";
import { optionalJsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { assignTag } from "../assign-tag.ts";
import { TagParams, UserIds } from "../model/schema.ts";

export const assignPatientTagToClinicPatientsOperation = operation({
  route: createRoute({
    operationId: "AssignPatientTagToClinicPatients",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients/assign_tag/{patientTagId}",
    summary: "Assign a tag to patients",
    description:
      "Applies to all patients of the clinic when the body is absent or null. Users who are not its patients are " +
      "skipped. Admins and services only.",
    tags: ["Patient tags"],
    request: { params: TagParams, body: optionalJsonBody(UserIds) },
    responses: { 200: { description: "The patients have the tag" }, ...refusals({ 404: "No such clinic or tag" }) },
  }),
  async handler(c) {
    const { clinicId, patientTagId } = c.req.valid("param");
    const userIds = c.req.valid("json") ?? null;
    await assignTag(c.get("ctx"), clinicId, patientTagId, userIds);
    return c.body(null, 200);
  },
});
