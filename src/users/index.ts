import type { Operation } from "../request/operation.ts";
import { deleteUserFromClinicsOperation } from "./routes/delete-user-from-clinics.ts";
import { updateClinicUserDetailsOperation } from "./routes/update-clinic-user-details.ts";

export const operations: readonly Operation[] = [updateClinicUserDetailsOperation, deleteUserFromClinicsOperation];
