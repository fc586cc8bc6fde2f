import type { Operation } from "../request/operation.ts";
import { assignPatientTagToClinicPatientsOperation } from "./routes/assign-patient-tag-to-clinic-patients.ts";
import { convertPatientTagToSiteOperation } from "./routes/convert-patient-tag-to-site.ts";
import { createPatientTagOperation } from "./routes/create-patient-tag.ts";
import { deletePatientTagFromClinicPatientsOperation } from "./routes/delete-patient-tag-from-clinic-patients.ts";
import { deletePatientTagOperation } from "./routes/delete-patient-tag.ts";
import { updatePatientTagOperation } from "./routes/update-patient-tag.ts";

export const operations: readonly Operation[] = [
  createPatientTagOperation,
  updatePatientTagOperation,
  deletePatientTagOperation,
  convertPatientTagToSiteOperation,
  assignPatientTagToClinicPatientsOperation,
  deletePatientTagFromClinicPatientsOperation,
];
