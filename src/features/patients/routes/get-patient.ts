import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { knownStates, taggedState, unchanged } from "../../../platform/request/tagged.ts";
import { getPatient } from "../model/get-patient.ts";
import { Patient, PatientParams } from "../model/schema.ts";

export const getPatientOperation = operation({
  route: createRoute({
    operationId: "GetPatient",
    method: "get",
    path: "/v1/clinics/{clinicId}/patients/{patientId}",
    summary: "Get a patient",
    description: "Returns the clinic's record of a patient, with the summary of their data.",
    tags: ["Patients"],
    request: { params: PatientParams },
    responses: {
      200: json(Patient, "The patient"),
      ...unchanged,
      ...refusals({ 404: "No such patient of this clinic" }),
    },
  }),
  async handler(c) {
    const { clinicId, patientId } = c.req.valid("param");
    const known = knownStates(c);
    return taggedState<Patient>(c, await getPatient(c.get("ctx"), clinicId, patientId, known.states), known);
  },
});
