import type { Draft } from "../../../platform/request/operation.ts";
import { matchClinicAndPatientOperation } from "./match-clinic-and-patient.ts";
import { processEhrMessageOperation } from "./process-ehr-message.ts";
import { syncEhrDataForPatientOperation } from "./sync-ehr-data-for-patient.ts";
import { syncEhrDataOperation } from "./sync-ehr-data.ts";
import { verifyEndpointOperation } from "./verify-endpoint.ts";
import { xealthGetProgramUrlOperation } from "./xealth-get-program-url.ts";
import { xealthGetProgramsOperation } from "./xealth-get-programs.ts";
import { xealthNotificationOperation } from "./xealth-notification.ts";
import { xealthPreorderOperation } from "./xealth-preorder.ts";
import { viewPdfReportOperation } from "./view-pdf-report.ts";

export const operations: readonly Draft[] = [
  processEhrMessageOperation,
  verifyEndpointOperation,
  matchClinicAndPatientOperation,
  syncEhrDataOperation,
  syncEhrDataForPatientOperation,
  xealthPreorderOperation,
  xealthNotificationOperation,
  xealthGetProgramsOperation,
  xealthGetProgramUrlOperation,
  viewPdfReportOperation,
];
