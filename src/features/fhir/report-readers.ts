import type { Tenancy } from "../../platform/auth/tenants.ts";
import { rolesOverReport } from "./fhir-read.ts";

/** The clinic and the patient of the report that a path names. */
export const reportReaders: Tenancy = { param: "reportId", rolesIn: rolesOverReport };
