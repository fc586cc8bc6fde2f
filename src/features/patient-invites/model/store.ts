import { PATIENT_CLINIC_INVITATION } from "./mails.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../../../platform/context/context.ts";
import { type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import { allColumns, columnNames } from "../../../platform/db/columns.ts";
import { clinicians, clinicShareCodes, clinics } from "../../tables/clinics.ts";
import { patientInvitations } from "../../tables/people.ts";
import { insertOutboxEntries } from "../../../platform/outbox/store.ts";
import { MAILS_MAX } from "./rules.ts";
import { isAdmin } from "../../tables/admins-store.ts";

export type InvitationRow = typeof patientInvitations.$inferSelect;

const row = allColumns(patientInvitations);
const one = (clinicId: string, key: string): SQL =>
  sql`${patientInvitations.clinicId} = ${clinicId} AND ${patientInvitations.key} = ${key}`;

export const findInvitation = (clinicId: string, key: string): Read<InvitationRow | undefined> =>
  rowOf(sql`SELECT ${row} FROM ${patientInvitations} WHERE ${one(clinicId, key)}`);

/** The clinic's pending invitations, newest first; those that have expired are still among them. */
export const listPending = (clinicId: string): Read<InvitationRow[]> =>
  rowsOf(
    sql`SELECT ${row} FROM ${patientInvitations}
        WHERE ${patientInvitations.clinicId} = ${clinicId} AND ${patientInvitations.status} = 'pending'
        ORDER BY ${patientInvitations.createdAt} DESC, ${patientInvitations.key}`,
  );

/** The ids of those who made the same invitations. */
export const creatorsOfPending = (clinicId: string): SQL =>
  sql`SELECT ${patientInvitations.creatorId} FROM ${patientInvitations}
      WHERE ${patientInvitations.clinicId} = ${clinicId} AND ${patientInvitations.status} = 'pending'`;

/** The id of the person who made an invitation. */
export const creatorOf = (clinicId: string, key: string): SQL =>
  sql`SELECT ${patientInvitations.creatorId} FROM ${patientInvitations} WHERE ${one(clinicId, key)}`;

export const invitationWith = (clinicId: string, key: string): SQL =>
  sql`SELECT 1 FROM ${patientInvitations} WHERE ${one(clinicId, key)}`;

/** The invitation if it is in one of these states. */
export const invitationIn = (clinicId: string, key: string, states: readonly string[]): SQL =>
  sql`${invitationWith(clinicId, key)}
      AND ${patientInvitations.status} IN (SELECT value FROM json_each(${JSON.stringify(states)}))`;

/** An invitation of this person to this clinic that is still open. */
export const openInvitation = (clinicId: string, creatorId: string, now: number): SQL =>
  sql`SELECT 1 FROM ${patientInvitations} WHERE ${patientInvitations.creatorId} = ${creatorId}
      AND ${patientInvitations.clinicId} = ${clinicId} AND ${patientInvitations.status} = 'pending'
      AND ${patientInvitations.expiresAt} > ${now}`;

/** Whether a person has made at least `max` invitations since, to whatever clinics. */
export const hasOffered = (creatorId: string, since: number, max: number): SQL =>
  sql`(SELECT count(*) FROM ${patientInvitations} WHERE ${patientInvitations.creatorId} = ${creatorId}
       AND ${patientInvitations.createdAt} > ${since}) >= ${max}`;

export const insertInvitation = (it: InvitationRow): SQL =>
  sql`INSERT INTO ${patientInvitations} (${columnNames(patientInvitations)}) VALUES (${it.key}, ${it.clinicId},
      ${it.creatorId}, ${it.permissions}, ${it.status}, ${it.createdAt}, ${it.modifiedAt}, ${it.expiresAt})`;

export const setStatus = (clinicId: string, key: string, status: string, now: number): SQL =>
  sql`UPDATE ${patientInvitations} SET status = ${status}, modified_at = ${now} WHERE ${one(clinicId, key)}`;

/** Cancels what a person has pending at a clinic. */
export const cancelInvitationsOf = (clinicId: string, creatorId: string, now: number): SQL =>
  sql`UPDATE ${patientInvitations} SET status = 'canceled', modified_at = ${now}
      WHERE ${patientInvitations.creatorId} = ${creatorId} AND ${patientInvitations.clinicId} = ${clinicId}
        AND ${patientInvitations.status} = 'pending'`;

/** Cancels everything that is pending at a clinic. */
export const cancelPatientInvitationsOf = (clinicId: string, now: number): SQL =>
  sql`UPDATE ${patientInvitations} SET status = 'canceled', modified_at = ${now}
      WHERE ${patientInvitations.clinicId} = ${clinicId} AND ${patientInvitations.status} = 'pending'`;

/** The clinic a share code leads to. */
export const findInvitedClinic = (code: string): Read<{ id: string } | undefined> =>
  rowOf(
    sql`SELECT ${clinics.id} AS id FROM ${clinicShareCodes} JOIN ${clinics} ON ${clinics.id} = ${clinicShareCodes.clinicId}
        WHERE ${clinicShareCodes.code} = ${code}`,
  );

/** The key under which the mail of an offer to an admin is in the outbox. */
const MAIL_OF = "patient_clinic_invitation:";

/** The offer, and the admin, that a mail with this key in the outbox is about. */
export function askedByMail(uniqueKey: string): { key: string; userId: string } {
  const [key = "", userId = ""] = uniqueKey.slice(MAIL_OF.length).split(":");
  return { key, userId };
}

/** A member as one of the admins whom an offer waits for, with the clinic that it is to by now. */
export const findAdminAsked = (
  key: string,
  userId: string,
): Read<{ email: string | null; clinicName: string } | undefined> =>
  rowOf(
    sql`SELECT ${clinicians.email} AS email, ${clinics.name} AS "clinicName" FROM ${patientInvitations}
        JOIN ${clinicians} ON ${clinicians.clinicId} = ${patientInvitations.clinicId} AND ${clinicians.userId} = ${userId}
        JOIN ${clinics} ON ${clinics.id} = ${patientInvitations.clinicId}
        WHERE ${patientInvitations.key} = ${key} AND ${patientInvitations.status} = 'pending' AND ${isAdmin}`,
  );

/**
 * Puts a mail to every admin who is a member and has an address in the outbox, one each, the newest first and not
 * without bounds. None where the clinic wants none at this moment. Invited admins are not told.
 */
export const sendToAdmins = (ctx: Ctx, { key, clinicId }: InvitationRow, name: string): SQL =>
  insertOutboxEntries(
    ctx,
    PATIENT_CLINIC_INVITATION,
    sql`SELECT ${`${MAIL_OF}${key}:`} || ${clinicians.userId} AS unique_key, ${clinicId} AS clinic_id,
          NULL AS recipient_user_id, ${clinicians.email} AS recipient_email,
          json_object('CareteamName', ${name}, 'ClinicName', ${clinics.name}, 'WebPath', 'login') AS variables
        FROM ${clinicians} JOIN ${clinics} ON ${clinics.id} = ${clinicians.clinicId}
        WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} IS NOT NULL AND ${clinicians.email} IS NOT NULL
          AND ${isAdmin}
          AND coalesce(json_extract(${clinics.suppressedNotifications}, '$.patientClinicInvitation'), 0) = 0
        ORDER BY ${clinicians.createdAt} DESC LIMIT ${MAILS_MAX}`,
  );
