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
    tags: ["Patients"],
    request: { params: PatientParams },
    responses: {
      204: { description: "The patient was removed from the clinic" },
      ...refusals({ 404: "No such patient of this clinic" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    await deletePatient(c.var.ctx, clinicId, patientId);
    return c.body(null, 204);
  },
});
