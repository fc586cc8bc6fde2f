import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { deletePatient } from "../delete-patient.ts";
import { PatientParams } from "../model/schema.ts";

export const deletePatientOperation = operation({
  route: createRoute({
    operationId: "DeletePatient",
    method: "delete",
    path: "/v1/clinics/{clinicId}/patients/{patientId}",
    summary: "Remove a patient from a clinic",
    description:
      "Removes the clinic's record of a patient. An account in the clinic's custody is closed if no other clinic " +
      "has the patient. Admins and the patient only.",
    tags: ["Patients"],
    request: { params: PatientParams },
    responses: {
      204: { description: "The patient was removed from the clinic" },
      ...refusals({ 404: "No such patient of this clinic" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    await deletePatient(c.get("ctx"), clinicId, patientId);
    return c.body(null, 204);
  },
});
