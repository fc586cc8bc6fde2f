import { type SQL, sql } from "drizzle-orm";
import { clinicianInvitations } from "../../tables/people.ts";

/** Cancels the pending invitations that a query gives as clinic and key. */
export const cancelInvitations = (clinicsAndKeys: SQL, now: number): SQL =>
  sql`UPDATE ${clinicianInvitations} SET status = 'canceled', modified_at = ${now}
      WHERE ${clinicianInvitations.status} = 'pending' AND (clinic_id, key) IN (${clinicsAndKeys})`;

/** Cancels the pending invitations of a clinic that a user has received. */
export const cancelReceivedInvitations = (clinicId: string, userId: string, now: number): SQL =>
  sql`UPDATE ${clinicianInvitations} SET status = 'canceled', modified_at = ${now}
      WHERE ${clinicianInvitations.invitedUserId} = ${userId} AND ${clinicianInvitations.status} = 'pending'
        AND ${clinicianInvitations.clinicId} = ${clinicId}`;

/** Makes the clinic's canceled invitations with these keys pending again. */
export const reopenInvitations = (clinicId: string, keys: SQL, now: number): SQL =>
  sql`UPDATE ${clinicianInvitations} SET status = 'pending', modified_at = ${now}
      WHERE ${clinicianInvitations.clinicId} = ${clinicId} AND ${clinicianInvitations.status} = 'canceled' AND ${clinicianInvitations.key} IN (${keys})`;
