import { fhirOperation } from "../fhir-operation.ts";
import { search } from "../search.ts";

export const fhirPatientsOperation = fhirOperation({
  operationId: "FhirPatients",
  path: "/Patient",
  search: "Patient",
  summary: "Search for FHIR Patient resources",
  description: "Finds patients.",
  answer: (ctx, { origin, search: asked }) => search(ctx, origin, asked),
});
