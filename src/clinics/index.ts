import type { Operation } from "../request/operation.ts";
import { createClinicOperation } from "./routes/create-clinic.ts";
import { deleteClinicOperation } from "./routes/delete-clinic.ts";
import { getClinicByShareCodeOperation } from "./routes/get-clinic-by-share-code.ts";
import { getClinicOperation } from "./routes/get-clinic.ts";
import { listClinicsOperation } from "./routes/list-clinics.ts";
import { updateClinicOperation } from "./routes/update-clinic.ts";

export const operations: readonly Operation[] = [
  listClinicsOperation,
  createClinicOperation,
  getClinicByShareCodeOperation,
  getClinicOperation,
  updateClinicOperation,
  deleteClinicOperation,
];
