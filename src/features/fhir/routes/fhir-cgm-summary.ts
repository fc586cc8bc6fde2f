import { fhirOperation } from "../fhir-operation.ts";
import { readSummary } from "../read-resources.ts";

export const fhirCgmSummaryOperation = fhirOperation({
  operationId: "FhirCgmSummary",
  path: "/Patient/{recordId}/$cgm-summary",
  id: "recordId",
  isSummary: true,
  summary: "Get the CGM summary as a FHIR Bundle",
  description: "Returns a patient with the statistics of one period, or what is submitted to an EHR.",
  answer: (ctx, { origin, record, summary }) => readSummary(ctx, origin, record, summary),
});
