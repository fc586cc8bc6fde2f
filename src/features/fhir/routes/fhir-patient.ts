import { fhirOperation } from "../fhir-operation.ts";
import { readPatient } from "../read-resources.ts";

export const fhirPatientOperation = fhirOperation({
  operationId: "FhirPatient",
  path: "/Patient/{recordId}",
  id: "recordId",
  summary: "Read a FHIR Patient",
  description:
    "Returns a clinic's record of a patient. The id is that of the clinic, a dot, and that of the user without dashes.",
  answer: (ctx, { origin, record }) => readPatient(ctx, origin, record),
});
