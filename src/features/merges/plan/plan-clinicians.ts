import type { Role } from "../../access/grants.ts";
import type { Reason } from "./blocking.ts";
import { bothNames, type ClinicForMerge, type ClinicianForMerge } from "./clinic-for-merge.ts";
import { addressKey } from "../../../platform/text/comparison-key.ts";

/**
 * MOVE: a source record goes to the target; MERGE: the person is a member of the target already, whose record stays as it
 * is; MERGE_INTO: that record; RETAIN: any other record of the target; GIVE_WAY: a pending invitation of the target that
 * ends because the invited person comes with the source.
 */
export type ClinicianAction = "MOVE" | "MERGE" | "MERGE_INTO" | "RETAIN" | "GIVE_WAY";

export interface ClinicianPlan {
  readonly action: ClinicianAction;
  readonly clinician: ClinicianForMerge;
  /** The roles the person will have in the target. */
  readonly resultingRoles: readonly Role[];
  /** An admin of the source who stays something less in the target. */
  readonly downgraded: boolean;
  readonly workspaces: readonly string[];
  /** Why this record can't be moved. */
  readonly errors: readonly Reason[];
}

export const isAdmin = (roles: readonly Role[]): boolean => roles.includes("CLINIC_ADMIN");

/** The records of the source, then those of the target, each newest first. People are told apart by their user ids. */
export function planClinicians(source: ClinicForMerge, target: ClinicForMerge): readonly ClinicianPlan[] {
  const both = bothNames(source, target);
  const targetMembers = membersOf(target);
  const sourceMembers = membersOf(source);
  const targetMemberEmails = new Set([...targetMembers.values()].flatMap(emailKeys));
  const movedEmails = new Set<string>();
  const isRestricted = target.membershipRestrictions.length > 0;

  const ofSource = source.clinicians.map((clinician): ClinicianPlan => {
    const { userId, roles } = clinician;
    const counterpart = userId === null ? undefined : targetMembers.get(userId);
    if (counterpart) {
      const downgraded = isAdmin(roles) && !isAdmin(counterpart.roles);
      return {
        action: "MERGE",
        clinician,
        resultingRoles: counterpart.roles,
        downgraded,
        workspaces: both,
        errors: [],
      };
    }
    const emails = emailKeys(clinician);
    if (userId !== null) for (const email of emails) movedEmails.add(email);
    const errors: Reason[] = [];
    if (isRestricted) errors.push("sso-restrictions");
    if (userId === null) errors.push("pending-invites");
    else if (emails.some((email) => targetMemberEmails.has(email))) errors.push("email-taken");
    return { action: "MOVE", clinician, resultingRoles: roles, downgraded: false, workspaces: [source.name], errors };
  });

  const ofTarget = target.clinicians.map((clinician): ClinicianPlan => {
    const { userId, roles } = clinician;
    const plan = { clinician, resultingRoles: roles, downgraded: false, errors: [] };
    if (userId !== null && sourceMembers.has(userId)) return { action: "MERGE_INTO", ...plan, workspaces: both };
    const givesWay = userId === null && emailKeys(clinician).some((email) => movedEmails.has(email));
    return { action: givesWay ? "GIVE_WAY" : "RETAIN", ...plan, workspaces: [target.name] };
  });

  return [...ofSource, ...ofTarget];
}

const membersOf = (clinic: ClinicForMerge): ReadonlyMap<string, ClinicianForMerge> =>
  new Map(clinic.clinicians.flatMap((member) => (member.userId === null ? [] : [[member.userId, member]])));

const emailKeys = ({ email }: ClinicianForMerge): readonly string[] => (email ? [addressKey(email)] : []);
