import type { Draft } from "../../../platform/request/operation.ts";
import { fhirBinaryOperation } from "./fhir-binary.ts";
import { fhirCgmSummaryOperation } from "./fhir-cgm-summary.ts";
import { fhirCgmSummaryByPostOperation } from "./fhir-cgm-summary-by-post.ts";
import { fhirCgmSummaryDefinitionOperation } from "./fhir-cgm-summary-definition.ts";
import { fhirDocumentOperation } from "./fhir-document.ts";
import { fhirDocumentsOperation } from "./fhir-documents.ts";
import { fhirDocumentsByPostOperation } from "./fhir-documents-by-post.ts";
import { fhirMetadataOperation } from "./fhir-metadata.ts";
import { fhirObservationOperation } from "./fhir-observation.ts";
import { fhirObservationsOperation } from "./fhir-observations.ts";
import { fhirObservationsByPostOperation } from "./fhir-observations-by-post.ts";
import { fhirPatientOperation } from "./fhir-patient.ts";
import { fhirPatientsOperation } from "./fhir-patients.ts";
import { fhirPatientsByPostOperation } from "./fhir-patients-by-post.ts";

export const operations: readonly Draft[] = [
  fhirMetadataOperation,
  fhirCgmSummaryDefinitionOperation,
  fhirPatientOperation,
  fhirObservationOperation,
  fhirDocumentOperation,
  fhirBinaryOperation,
  fhirCgmSummaryOperation,
  fhirPatientsOperation,
  fhirObservationsOperation,
  fhirDocumentsOperation,
  fhirCgmSummaryByPostOperation,
  fhirPatientsByPostOperation,
  fhirObservationsByPostOperation,
  fhirDocumentsByPostOperation,
];
