import { fhirOperation } from "../fhir-operation.ts";
import { readObservation } from "../read-resources.ts";

export const fhirObservationOperation = fhirOperation({
  operationId: "FhirObservation",
  path: "/Observation/{observationId}",
  id: "observationId",
  summary: "Read a FHIR Observation",
  description: "Returns one statistic of a patient's CGM summary.",
  answer: (ctx, { record, id }) => readObservation(ctx, record, id),
});
