import { fhirOperation } from "../fhir-operation.ts";
import { search } from "../search.ts";

export const fhirPatientsByPostOperation = fhirOperation(
  {
    operationId: "FhirPatientsByPost",
    path: "/Patient/_search",
    search: "Patient",
    summary: "Search for FHIR Patient resources by POST",
    description: "The same with the parameters in a form.",
    answer: (ctx, { origin, search: asked }) => search(ctx, origin, asked),
  },
  "post",
);
