import type { Operation } from "../request/operation.ts";
import { addServiceAccountOperation } from "./routes/add-service-account.ts";
import { createClinicianOperation } from "./routes/create-clinician.ts";
import { deleteClinicianOperation } from "./routes/delete-clinician.ts";
import { getClinicianOperation } from "./routes/get-clinician.ts";
import { listAllCliniciansOperation } from "./routes/list-all-clinicians.ts";
import { listCliniciansOperation } from "./routes/list-clinicians.ts";
import { listClinicsForClinicianOperation } from "./routes/list-clinics-for-clinician.ts";
import { updateClinicianOperation } from "./routes/update-clinician.ts";

export const operations: readonly Operation[] = [
  listAllCliniciansOperation,
  listClinicsForClinicianOperation,
  listCliniciansOperation,
  createClinicianOperation,
  getClinicianOperation,
  updateClinicianOperation,
  deleteClinicianOperation,
  addServiceAccountOperation,
];
