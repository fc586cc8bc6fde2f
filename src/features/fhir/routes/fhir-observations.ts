import { fhirOperation } from "../fhir-operation.ts";
import { search } from "../search.ts";

export const fhirObservationsOperation = fhirOperation({
  operationId: "FhirObservations",
  path: "/Observation",
  search: "Observation",
  summary: "Search for FHIR Observation resources",
  description: "Finds statistics of a patient.",
  answer: (ctx, { origin, search: asked }) => search(ctx, origin, asked),
});
