import type { Operation } from "../request/operation.ts";
import { connectProviderOperation } from "./routes/connect-provider.ts";
import { createPatientAccountOperation } from "./routes/create-patient-account.ts";
import { createPatientFromUserOperation } from "./routes/create-patient-from-user.ts";
import { deletePatientPermissionOperation } from "./routes/delete-patient-permission.ts";
import { deletePatientReviewsOperation } from "./routes/delete-patient-reviews.ts";
import { deletePatientOperation } from "./routes/delete-patient.ts";
import { findPatientsOperation } from "./routes/find-patients.ts";
import { deletePatientSummaryOperation } from "./routes/delete-patient-summary.ts";
import { getPatientOperation } from "./routes/get-patient.ts";
import { listClinicsForPatientOperation } from "./routes/list-clinics-for-patient.ts";
import { listPatientsOperation } from "./routes/list-patients.ts";
import { sendUploadReminderOperation } from "./routes/send-upload-reminder.ts";
import { updatePatientDataSourcesOperation } from "./routes/update-patient-data-sources.ts";
import { updatePatientPermissionsOperation } from "./routes/update-patient-permissions.ts";
import { updatePatientReviewsOperation } from "./routes/update-patient-reviews.ts";
import { updatePatientOperation } from "./routes/update-patient.ts";
import { updatePatientSummaryOperation } from "./routes/update-patient-summary.ts";

export const operations: readonly Operation[] = [
  findPatientsOperation,
  listClinicsForPatientOperation,
  listPatientsOperation,
  createPatientAccountOperation,
  getPatientOperation,
  createPatientFromUserOperation,
  updatePatientOperation,
  deletePatientOperation,
  updatePatientPermissionsOperation,
  deletePatientPermissionOperation,
  updatePatientReviewsOperation,
  deletePatientReviewsOperation,
  updatePatientDataSourcesOperation,
  sendUploadReminderOperation,
  connectProviderOperation,
  updatePatientSummaryOperation,
  deletePatientSummaryOperation,
];
