import type { Grant } from "../../platform/auth/access.ts";

export type Role = "CLINIC_ADMIN" | "CLINIC_MEMBER" | "PRESCRIBER";

const MEMBERS = ["CLINIC_ADMIN", "CLINIC_MEMBER"] as const satisfies readonly Role[];

/** Whether somebody with these roles works in the clinic. */
export const isMember = (roles: readonly Role[]): boolean => MEMBERS.some((role) => roles.includes(role));

/** A clinician of the clinic in the path who works in it; an admin is a member. */
export const member: Grant = { by: "role", level: "members", roles: MEMBERS };
export const admin: Grant = { by: "role", level: "admins", roles: ["CLINIC_ADMIN"] satisfies readonly Role[] };
/** A clinician of it, whatever their roles. */
export const anyRecord: Grant = {
  by: "role",
  level: "clinicians",
  roles: [...MEMBERS, "PRESCRIBER"] satisfies readonly Role[],
};
/** A member of the clinic that has the report in the path, or the patient it is about: what `rolesOverReport` says. */
export const reportReader: Grant = { by: "role", level: "members, and the patient,", roles: [...MEMBERS, "PATIENT"] };
/** A member whom the path names. */
export const memberSelf = (param: string): Grant => ({ by: "selfWithRole", level: "member", roles: MEMBERS, param });
