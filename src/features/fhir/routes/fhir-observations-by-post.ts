import { fhirOperation } from "../fhir-operation.ts";
import { search } from "../search.ts";

export const fhirObservationsByPostOperation = fhirOperation(
  {
    operationId: "FhirObservationsByPost",
    path: "/Observation/_search",
    search: "Observation",
    summary: "Search for FHIR Observation resources by POST",
    description: "The same with the parameters in a form.",
    answer: (ctx, { origin, search: asked }) => search(ctx, origin, asked),
  },
  "post",
);
