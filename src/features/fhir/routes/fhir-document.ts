import { fhirOperation } from "../fhir-operation.ts";
import { readDocument } from "../read-resources.ts";
import { reportReaders } from "../report-readers.ts";

export const fhirDocumentOperation = fhirOperation({
  operationId: "FhirDocument",
  path: "/DocumentReference/{reportId}",
  id: "reportId",
  summary: "Read a FHIR DocumentReference",
  description: "Returns what is known of a stored PDF report.",
  tenancy: reportReaders,
  answer: (ctx, { origin, id }) => readDocument(ctx, origin, id),
});
