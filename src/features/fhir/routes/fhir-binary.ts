import { fhirOperation } from "../fhir-operation.ts";
import { readBinary } from "../read-resources.ts";
import { reportReaders } from "../report-readers.ts";

export const fhirBinaryOperation = fhirOperation({
  operationId: "FhirBinary",
  path: "/Binary/{reportId}",
  id: "reportId",
  summary: "Read a PDF report as FHIR Binary",
  description: "Returns the PDF itself, or as `application/fhir+json` a Binary with its bytes.",
  tenancy: reportReaders,
  hasPdf: true,
  answer: (ctx, { id }, bucket) => readBinary(ctx, bucket, id),
});
