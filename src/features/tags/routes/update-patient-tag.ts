import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { renameTag } from "../rename-tag.ts";
import { PatientTag, TagInput, TagParams } from "../model/schema.ts";

export const updatePatientTagOperation = operation({
  route: createRoute({
    operationId: "UpdatePatientTag",
    method: "put",
    path: "/v1/clinics/{clinicId}/patient_tags/{patientTagId}",
    summary: "Rename a tag",
    description: "Changes the name of a tag. Its patients keep it.",
    tags: ["Patient tags"],
    request: { params: TagParams, body: jsonBody(TagInput) },
    responses: {
      200: json(PatientTag, "The tag under its new name"),
      ...refusals({ 404: "No such clinic or tag", 409: "The name is taken" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientTagId } = c.req.valid("param");
    const { name } = c.req.valid("json");
    return c.json(await renameTag(c.get("ctx"), clinicId, patientTagId, name), 200);
  },
});
