import { createRoute, z } from "@hono/zod-openapi";
import { optionalJsonBody, UserId } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { PatientSummary } from "../../summaries/schema.ts";
import { updateSummary } from "../summary/update-summary.ts";

export const updatePatientSummaryOperation = operation({
  route: createRoute({
    operationId: "UpdatePatientSummary",
    method: "post",
    path: "/v1/patients/{patientId}/summary",
    summary: "Update the summary of a patient",
    description:
      "Updates the summary in all records of a user. Statistics with an id replace those of their type, others are " +
      "ignored; without a body the whole summary is removed. After an upload, EHRs that have ordered the numbers " +
      "get them in the background. Services only.",
    tags: ["Patients"],
    request: { params: z.object({ patientId: UserId }), body: optionalJsonBody(PatientSummary) },
    responses: {
      200: { description: "The user's records have the summary" },
      204: { description: "The user is not a patient of any clinic" },
    },
  }),
  async handler(c) {
    const { patientId } = c.req.valid("param");
    const isPatient = await updateSummary(c.get("ctx"), patientId, c.req.valid("json"));
    return isPatient ? c.body(null, 200) : c.body(null, 204);
  },
});
