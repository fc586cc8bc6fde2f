import type { Draft } from "../../../platform/request/operation.ts";
import { createClinicOperation } from "./create-clinic.ts";
import { deleteClinicOperation } from "./delete-clinic.ts";
import { getClinicByShareCodeOperation } from "./get-clinic-by-share-code.ts";
import { getClinicOperation } from "./get-clinic.ts";
import { getEhrSettingsOperation } from "./get-ehr-settings.ts";
import { getMrnSettingsOperation } from "./get-mrn-settings.ts";
import { getPatientCountSettingsOperation } from "./get-patient-count-settings.ts";
import { getPatientCountOperation } from "./get-patient-count.ts";
import { listClinicsOperation } from "./list-clinics.ts";
import { listMembershipRestrictionsOperation } from "./list-membership-restrictions.ts";
import { refreshPatientCountOperation } from "./refresh-patient-count.ts";
import { updateClinicOperation } from "./update-clinic.ts";
import { updateEhrSettingsOperation } from "./update-ehr-settings.ts";
import { updateMembershipRestrictionsOperation } from "./update-membership-restrictions.ts";
import { updateMrnSettingsOperation } from "./update-mrn-settings.ts";
import { updatePatientCountSettingsOperation } from "./update-patient-count-settings.ts";
import { updateSuppressedNotificationsOperation } from "./update-suppressed-notifications.ts";
import { updateTierOperation } from "./update-tier.ts";

export const operations: readonly Draft[] = [
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
