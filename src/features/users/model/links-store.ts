import { type SQL, sql } from "drizzle-orm";
import { recordsOfOthers, recordsOfUser } from "../../clinicians/model/of-user-store.ts";
import { mapped, type Read, rowsOf } from "../../../platform/db/read.ts";
import { clinicians } from "../../tables/clinics.ts";
import { patients } from "../../tables/patients.ts";
import { clinicianInvitations, patientInvitations } from "../../tables/people.ts";

/** What a user has in one clinic, as far as the end of their account depends on it. */
export interface Link {
  readonly clinicId: string;
  readonly isPatient: boolean;
  /** Has a membership or has received an invitation to work there. */
  readonly isClinician: boolean;
  /** Somebody else has a clinician record there, an invitation included. */
  readonly hasOthers: boolean;
}

/** Clinics where a user is a patient or a member, or may become one by a pending invitation. */
const linkedClinics = (userId: string): SQL =>
  sql`SELECT ${patients.clinicId} AS clinic_id FROM ${patients} WHERE ${patients.userId} = ${userId}
      UNION SELECT ${clinicians.clinicId} FROM ${clinicians} WHERE ${clinicians.userId} = ${userId}
      UNION SELECT ${clinicianInvitations.clinicId} FROM ${clinicianInvitations}
        WHERE ${clinicianInvitations.invitedUserId} = ${userId} AND ${clinicianInvitations.status} = 'pending'
      UNION SELECT ${patientInvitations.clinicId} FROM ${patientInvitations}
        WHERE ${patientInvitations.creatorId} = ${userId} AND ${patientInvitations.status} = 'pending'`;

/** A user's links to all clinics, or to one of them. */
export function linksOf(userId: string, clinicId?: string): Read<Link[]> {
  const there = sql`linked.clinic_id`;
  return mapped(
    rowsOf<{ clinicId: string; isPatient: number; isClinician: number; hasOthers: number }>(
      sql`SELECT ${there} AS "clinicId",
            EXISTS (SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${there} AND ${patients.userId} = ${userId}) AS "isPatient",
            EXISTS (${recordsOfUser(there, userId)}) AS "isClinician",
            EXISTS (${recordsOfOthers(there, userId)}) AS "hasOthers"
          FROM (${linkedClinics(userId)}) AS linked WHERE ${clinicId === undefined ? sql`true` : sql`${there} = ${clinicId}`}
          ORDER BY 1`,
    ),
    (rows) =>
      rows.map((row) => ({
        clinicId: row.clinicId,
        isPatient: row.isPatient === 1,
        isClinician: row.isClinician === 1,
        hasOthers: row.hasOthers === 1,
      })),
  );
}
