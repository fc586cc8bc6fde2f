import type { Tenants } from "../../platform/auth/tenants.ts";
import { refuseDuringMerge } from "../merges/model/merge-guards.ts";
import type { Role } from "./grants.ts";
import { guardMembership, rolesIn } from "./membership-guards.ts";

/** Clinics are the tenants: their clinicians have the roles, and nobody writes to one while it is being merged. */
export const clinicsAsTenants: Tenants = {
  param: "clinicId",
  rolesIn,
  guardRoles: (clinicId, userId, roles, refusal) =>
    guardMembership(clinicId, userId, roles as readonly Role[], refusal),
  guardWritable: (clinicId) => refuseDuringMerge(clinicId),
};
