import type { Operation } from "../request/operation.ts";
import { createClinicOperation } from "./routes/create-clinic.ts";
import { deleteClinicOperation } from "./routes/delete-clinic.ts";
import { getClinicByShareCodeOperation } from "./routes/get-clinic-by-share-code.ts";
import { getClinicOperation } from "./routes/get-clinic.ts";
import { getEhrSettingsOperation } from "./routes/get-ehr-settings.ts";
import { getMrnSettingsOperation } from "./routes/get-mrn-settings.ts";
import { getPatientCountSettingsOperation } from "./routes/get-patient-count-settings.ts";
import { getPatientCountOperation } from "./routes/get-patient-count.ts";
import { listClinicsOperation } from "./routes/list-clinics.ts";
import { listMembershipRestrictionsOperation } from "./routes/list-membership-restrictions.ts";
import { refreshPatientCountOperation } from "./routes/refresh-patient-count.ts";
import { updateClinicOperation } from "./routes/update-clinic.ts";
import { updateEhrSettingsOperation } from "./routes/update-ehr-settings.ts";
import { updateMembershipRestrictionsOperation } from "./routes/update-membership-restrictions.ts";
import { updateMrnSettingsOperation } from "./routes/update-mrn-settings.ts";
import { updatePatientCountSettingsOperation } from "./routes/update-patient-count-settings.ts";
import { updateSuppressedNotificationsOperation } from "./routes/update-suppressed-notifications.ts";
import { updateTierOperation } from "./routes/update-tier.ts";

export const operations: readonly Operation[] = [
  listClinicsOperation,
  createClinicOperation,
  getClinicByShareCodeOperation,
  getClinicOperation,
  updateClinicOperation,
  deleteClinicOperation,
  updateTierOperation,
  updateSuppressedNotificationsOperation,
  listMembershipRestrictionsOperation,
  updateMembershipRestrictionsOperation,
  getEhrSettingsOperation,
  updateEhrSettingsOperation,
  getMrnSettingsOperation,
  updateMrnSettingsOperation,
  getPatientCountSettingsOperation,
  updatePatientCountSettingsOperation,
  getPatientCountOperation,
  refreshPatientCountOperation,
];
