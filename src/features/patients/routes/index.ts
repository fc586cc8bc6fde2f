import type { Draft } from "../../../platform/request/operation.ts";
import { connectProviderOperation } from "./connect-provider.ts";
import { createPatientAccountOperation } from "./create-patient-account.ts";
import { createPatientFromUserOperation } from "./create-patient-from-user.ts";
import { deletePatientPermissionOperation } from "./delete-patient-permission.ts";
import { deletePatientReviewsOperation } from "./delete-patient-reviews.ts";
import { deletePatientOperation } from "./delete-patient.ts";
import { findPatientsOperation } from "./find-patients.ts";
import { deletePatientSummaryOperation } from "./delete-patient-summary.ts";
import { getPatientOperation } from "./get-patient.ts";
import { listClinicsForPatientOperation } from "./list-clinics-for-patient.ts";
import { listPatientsOperation } from "./list-patients.ts";
import { sendUploadReminderOperation } from "./send-upload-reminder.ts";
import { updatePatientDataSourcesOperation } from "./update-patient-data-sources.ts";
import { updatePatientPermissionsOperation } from "./update-patient-permissions.ts";
import { updatePatientReviewsOperation } from "./update-patient-reviews.ts";
import { updatePatientOperation } from "./update-patient.ts";
import { updatePatientSummaryOperation } from "./update-patient-summary.ts";

export const operations: readonly Draft[] = [
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
