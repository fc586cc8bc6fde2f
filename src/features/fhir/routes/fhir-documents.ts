import { fhirOperation } from "../fhir-operation.ts";
import { search } from "../search.ts";

export const fhirDocumentsOperation = fhirOperation({
  operationId: "FhirDocuments",
  path: "/DocumentReference",
  search: "DocumentReference",
  summary: "Search for FHIR DocumentReference resources",
  description: "Finds reports of a patient.",
  answer: (ctx, { origin, search: asked }) => search(ctx, origin, asked),
});
