import { type SQL, sql } from "drizzle-orm";
import { archive } from "../db/archive.ts";
import { columnNames } from "../db/schema/columns.ts";
import { clinicians, deletedClinicians } from "../db/schema/clinics.ts";

export type ClinicianRow = typeof clinicians.$inferSelect;

/** Inserts a member (userId) or a pending invitation (inviteId). */
export const insertClinician = (clinician: ClinicianRow): SQL =>
  sql`INSERT INTO ${clinicians} (${columnNames(clinicians)}) VALUES (${clinician.id}, ${clinician.clinicId},
      ${clinician.userId}, ${clinician.inviteId}, ${clinician.email}, ${clinician.name}, ${clinician.roles},
      ${clinician.isServiceAccount}, ${clinician.createdAt}, ${clinician.updatedAt})`;

/** Archives and removes every clinician record of a clinic, pending invitations included. */
export const archiveClinicians = (clinicId: string, deletedBy: string | null, now: number): readonly SQL[] => [
  archive(clinicians, deletedClinicians, sql`${clinicians.clinicId} = ${clinicId}`, deletedBy, now),
  sql`DELETE FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId}`,
];

/** Members of the clinic who are admins, `exceptUserId` left aside. Invitations are no members. */
export const adminsOtherThan = (clinicId: string, exceptUserId: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} IS NOT NULL
      AND ${clinicians.userId} <> ${exceptUserId} AND instr(${clinicians.roles}, '"CLINIC_ADMIN"') > 0`;

/** Records of the clinic that have one of these identities already. */
export const clinicianWith = (clinicId: string, identity: Pick<ClinicianRow, "userId" | "inviteId" | "email">): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId}
      AND (${clinicians.userId} = ${identity.userId} OR ${clinicians.inviteId} = ${identity.inviteId} OR ${clinicians.email} = ${identity.email})`;
