import { fhirOperation } from "../fhir-operation.ts";
import { search } from "../search.ts";

export const fhirDocumentsByPostOperation = fhirOperation(
  {
    operationId: "FhirDocumentsByPost",
    path: "/DocumentReference/_search",
    search: "DocumentReference",
    summary: "Search for FHIR DocumentReference resources by POST",
    description: "The same with the parameters in a form.",
    answer: (ctx, { origin, search: asked }) => search(ctx, origin, asked),
  },
  "post",
);
