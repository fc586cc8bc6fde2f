import type { Draft } from "../../../platform/request/operation.ts";
import { assignPatientTagToClinicPatientsOperation } from "./assign-patient-tag-to-clinic-patients.ts";
import { convertPatientTagToSiteOperation } from "./convert-patient-tag-to-site.ts";
import { createPatientTagOperation } from "./create-patient-tag.ts";
import { deletePatientTagFromClinicPatientsOperation } from "./delete-patient-tag-from-clinic-patients.ts";
import { deletePatientTagOperation } from "./delete-patient-tag.ts";
import { updatePatientTagOperation } from "./update-patient-tag.ts";

export const operations: readonly Draft[] = [
  createPatientTagOperation,
  updatePatientTagOperation,
  deletePatientTagOperation,
  convertPatientTagToSiteOperation,
  assignPatientTagToClinicPatientsOperation,
  deletePatientTagFromClinicPatientsOperation,
];
