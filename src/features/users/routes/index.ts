import type { Draft } from "../../../platform/request/operation.ts";
import { deleteUserFromClinicsOperation } from "./delete-user-from-clinics.ts";
import { updateClinicUserDetailsOperation } from "./update-clinic-user-details.ts";

export const operations: readonly Draft[] = [updateClinicUserDetailsOperation, deleteUserFromClinicsOperation];
