import type { Draft } from "../../../platform/request/operation.ts";
import { createPatientReportOperation } from "./create-patient-report.ts";
import { getPatientReportOperation } from "./get-patient-report.ts";
import { listPatientReportsOperation } from "./list-patient-reports.ts";

export const operations: readonly Draft[] = [
  listPatientReportsOperation,
  createPatientReportOperation,
  getPatientReportOperation,
];
