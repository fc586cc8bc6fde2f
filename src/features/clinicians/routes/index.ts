import type { Draft } from "../../../platform/request/operation.ts";
import { addServiceAccountOperation } from "./add-service-account.ts";
import { createClinicianOperation } from "./create-clinician.ts";
import { deleteClinicianOperation } from "./delete-clinician.ts";
import { getClinicianOperation } from "./get-clinician.ts";
import { listAllCliniciansOperation } from "./list-all-clinicians.ts";
import { listCliniciansOperation } from "./list-clinicians.ts";
import { listClinicsForClinicianOperation } from "./list-clinics-for-clinician.ts";
import { updateClinicianOperation } from "./update-clinician.ts";

export const operations: readonly Draft[] = [
  listAllCliniciansOperation,
  listClinicsForClinicianOperation,
  listCliniciansOperation,
  createClinicianOperation,
  getClinicianOperation,
  updateClinicianOperation,
  deleteClinicianOperation,
  addServiceAccountOperation,
];
