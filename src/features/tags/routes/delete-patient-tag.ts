import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deleteTag } from "../delete-tag.ts";
import { TagParams } from "../model/schema.ts";

export const deletePatientTagOperation = operation({
  route: createRoute({
    operationId: "DeletePatientTag",
    method: "delete",
    path: "/v1/clinics/{clinicId}/patient_tags/{patientTagId}",
    summary: "Delete a tag",
    description:
      "Deletes a tag and removes it from all patients. An unknown tag is not an error. Admins and services only.",
    tags: ["Patient tags"],
    request: { params: TagParams },
    responses: {
      204: { description: "The tag was deleted, also from its patients" },
      ...refusals({ 404: "No such clinic" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientTagId } = c.req.valid("param");
    await deleteTag(c.get("ctx"), clinicId, patientTagId);
    return c.body(null, 204);
  },
});
