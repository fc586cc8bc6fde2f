import { fhirOperation } from "../fhir-operation.ts";
import { readSummary } from "../read-resources.ts";

export const fhirCgmSummaryByPostOperation = fhirOperation(
  {
    operationId: "FhirCgmSummaryByPost",
    path: "/Patient/{recordId}/$cgm-summary",
    id: "recordId",
    isSummary: true,
    summary: "Get the CGM summary by POST",
    description: "The same with a Parameters resource.",
    answer: (ctx, { origin, record, summary }) => readSummary(ctx, origin, record, summary),
  },
  "post",
);
