import { type SQL, sql } from "drizzle-orm";
import { comparisonKey } from "../../../platform/text/comparison-key.ts";
import { clinicians } from "../../tables/clinics.ts";
import { clinicianInvitations } from "../../tables/people.ts";

/** Statements about what one user has in all clinics, or in one of them. */

const clinicsOf = (userId: string): SQL =>
  sql`SELECT own.clinic_id FROM ${clinicians} AS own WHERE own.user_id = ${userId}`;

/** Picks the records with this address in the clinics where the user is a member. */
const besideMember = (userId: string, email: string): SQL =>
  sql`${clinicians.clinicId} IN (${clinicsOf(userId)}) AND ${clinicians.email} = ${email}`;

/** Other members with this address in a clinic where the user is a member; invitations are none. */
export const otherMembersWithEmail = (userId: string, email: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${besideMember(userId, email)}
      AND ${clinicians.inviteId} IS NULL AND ${clinicians.userId} IS NOT ${userId}`;

const invitedAt = (userId: string, email: string): SQL =>
  sql`${besideMember(userId, email)} AND ${clinicians.userId} IS NULL AND ${clinicians.inviteId} IS NOT NULL`;

/** Invitations to this address of clinics where the user is a member already, as clinic_id and invite_id. */
export const invitationsOfMember = (userId: string, email: string): SQL =>
  sql`SELECT ${clinicians.clinicId}, ${clinicians.inviteId} FROM ${clinicians} WHERE ${invitedAt(userId, email)}`;

/** Removes the records of those invitations. */
export const removeInvitationsOfMember = (userId: string, email: string): SQL =>
  sql`DELETE FROM ${clinicians} WHERE ${invitedAt(userId, email)}`;

/** A user's memberships that have another address. */
export const membershipsWithOtherEmail = (userId: string, email: string): SQL =>
  sql`SELECT ${clinicians.clinicId} AS clinic_id, NULL AS patient_id FROM ${clinicians}
      WHERE ${clinicians.userId} = ${userId} AND ${clinicians.email} IS NOT ${email}`;

/**
 * A search key with the key of another address. It is the key of the name, a line break and that of the address; keys have no line
 * break, so that what stands up to it stays.
 */
export const searchKeyWith = (searchKey: SQL, addressKey: SQL): SQL =>
  sql`rtrim(${searchKey}, replace(${searchKey}, char(10), '')) || ${addressKey}`;

/** The key of the address in a search key. */
export const addressKeyIn = (searchKey: SQL): SQL => sql`substr(${searchKey}, instr(${searchKey}, char(10)) + 1)`;

/** Gives all memberships of a user this address. */
export const setMemberEmails = (userId: string, email: string, now: number): SQL =>
  sql`UPDATE ${clinicians} SET email = ${email},
        search_key = ${searchKeyWith(sql`search_key`, sql`${comparisonKey(email)}`)}, updated_at = ${now}
      WHERE ${clinicians.userId} = ${userId} AND ${clinicians.email} IS NOT ${email}`;

/** Picks, of the clinic's records, the invitations that were received by the user and are pending. */
const receivedBy = (clinicId: string | SQL, userId: string): SQL =>
  sql`${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} IS NULL AND ${clinicians.inviteId} IN
      (SELECT ${clinicianInvitations.key} FROM ${clinicianInvitations}
       WHERE ${clinicianInvitations.invitedUserId} = ${userId} AND ${clinicianInvitations.status} = 'pending'
         AND ${clinicianInvitations.clinicId} = ${clinicId})`;

/** Removes the records of invitations that the user has received. */
export const removeReceivedInvitations = (clinicId: string, userId: string): SQL =>
  sql`DELETE FROM ${clinicians} WHERE ${receivedBy(clinicId, userId)}`;

/** The user's own records of the clinic: the membership and received invitations. */
export const recordsOfUser = (clinicId: string | SQL, userId: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} = ${userId}
      UNION ALL SELECT 1 FROM ${clinicians} WHERE ${receivedBy(clinicId, userId)}`;

/** Records of the clinic, invitations included, that are not the user's own. */
export const recordsOfOthers = (clinicId: string | SQL, userId: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} IS NOT ${userId}
      AND NOT (${receivedBy(clinicId, userId)})`;
