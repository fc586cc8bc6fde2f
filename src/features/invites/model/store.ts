import { type SQL, sql } from "drizzle-orm";
import { PAGE_MAX } from "../../../platform/core/wire.ts";
import { type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import { clinics } from "../../tables/clinics.ts";
import { allColumns, columnNames } from "../../../platform/db/columns.ts";
import { users } from "../../../platform/db/tables.ts";
import { outbox } from "../../../platform/db/tables.ts";
import { clinicianInvitations } from "../../tables/people.ts";

export type InvitationRow = typeof clinicianInvitations.$inferSelect;

/** An invitation with the name of who made it, as their account has it now. */
export type InvitationWithCreator = InvitationRow & { creatorName: string | null };

const row = allColumns(clinicianInvitations);
const creatorName = sql`(SELECT coalesce(nullif(json_extract(${users.profile}, '$.fullName'), ''), ${users.name}) FROM ${users}
    WHERE ${users.id} = ${clinicianInvitations.creatorId}) AS "creatorName"`;

/** The clinic an invitation is to, while it is pending. */
export const clinicOfPending = (key: string): SQL =>
  sql`(SELECT ${clinicianInvitations.clinicId} FROM ${clinicianInvitations}
       WHERE ${clinicianInvitations.key} = ${key} AND ${clinicianInvitations.status} = 'pending')`;

/** The pending invitation with this key, whatever clinic it is to. */
export const findPending = (key: string): Read<(InvitationWithCreator & { restrictions: string | null }) | undefined> =>
  rowOf(
    sql`SELECT ${row}, ${creatorName}, ${clinics.membershipRestrictions} AS restrictions FROM ${clinicianInvitations}
        JOIN ${clinics} ON ${clinics.id} = ${clinicianInvitations.clinicId}
        WHERE ${clinicianInvitations.key} = ${key} AND ${clinicianInvitations.status} = 'pending'`,
  );

/** An invitation with this key, in whatever state: who repeats an answer does not guess. */
export const invitationWithKey = (key: string): SQL =>
  sql`SELECT 1 FROM ${clinicianInvitations} WHERE ${clinicianInvitations.key} = ${key}`;

/** The invitation as long as it is pending and to the address it was read with. */
export const pendingAsRead = (read: InvitationRow): SQL =>
  sql`SELECT 1 FROM ${clinicianInvitations} WHERE ${clinicianInvitations.key} = ${read.key}
      AND ${clinicianInvitations.status} = 'pending' AND ${clinicianInvitations.emailKey} = ${read.emailKey}`;

/** The clinic as long as its restrictions are as they were read. */
export const restrictedAsRead = (clinicId: string, restrictions: string | null): SQL =>
  sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${clinics.membershipRestrictions} IS ${restrictions}`;

/** Invitations somebody may still answer, newest first: those that are theirs and those to their verified address. */
export const listPendingOf = (
  userId: string,
  verifiedEmail: string | undefined,
  now: number,
): Read<(InvitationWithCreator & { restrictions: string | null })[]> =>
  rowsOf(
    sql`SELECT ${row}, ${creatorName}, ${clinics.membershipRestrictions} AS restrictions FROM ${clinicianInvitations}
        JOIN ${clinics} ON ${clinics.id} = ${clinicianInvitations.clinicId}
        WHERE ${clinicianInvitations.status} = 'pending'
          AND (${clinicianInvitations.invitedUserId} = ${userId} OR ${clinicianInvitations.emailKey} = ${verifiedEmail ?? null})
          AND (${clinicianInvitations.expiresAt} IS NULL OR ${clinicianInvitations.expiresAt} > ${now})
        ORDER BY ${clinicianInvitations.createdAt} DESC, ${clinicianInvitations.key} LIMIT ${PAGE_MAX}`,
  );

/** Gives the pending invitations to an address that nobody's account is known for to the person who has verified it. */
export const bindPending = (userId: string, verifiedEmail: string): SQL =>
  sql`UPDATE ${clinicianInvitations} SET invited_user_id = ${userId}
      WHERE ${clinicianInvitations.emailKey} = ${verifiedEmail} AND ${clinicianInvitations.status} = 'pending'
        AND ${clinicianInvitations.invitedUserId} IS NULL`;

/** Writes a pending invitation; one with this key is made pending again with everything else it now says. */
export const putInvitation = (it: InvitationRow): SQL =>
  sql`INSERT INTO ${clinicianInvitations} (${columnNames(clinicianInvitations)}) VALUES (${it.key}, ${it.clinicId},
      ${it.email}, ${it.emailKey}, ${it.invitedUserId}, ${it.creatorId}, ${it.clinicName}, ${it.status}, ${it.createdAt},
      ${it.modifiedAt}, ${it.expiresAt})
      ON CONFLICT (key) DO UPDATE SET clinic_id = excluded.clinic_id, email = excluded.email, email_key = excluded.email_key,
        invited_user_id = excluded.invited_user_id, creator_id = excluded.creator_id, clinic_name = excluded.clinic_name,
        status = excluded.status, created_at = excluded.created_at, modified_at = excluded.modified_at,
        expires_at = excluded.expires_at`;

/** A pending invitation with this key to another clinic. */
export const pendingElsewhere = (clinicId: string, key: string): SQL =>
  sql`SELECT 1 FROM ${clinicianInvitations} WHERE ${clinicianInvitations.key} = ${key}
      AND ${clinicianInvitations.clinicId} <> ${clinicId} AND ${clinicianInvitations.status} = 'pending'`;

/** Ends a pending invitation; one that has ended stays as it ended. */
export const endInvitation = (
  clinicId: string,
  key: string,
  status: "completed" | "declined" | "canceled",
  now: number,
): SQL =>
  sql`UPDATE ${clinicianInvitations} SET status = ${status}, modified_at = ${now}
      WHERE ${clinicianInvitations.key} = ${key} AND ${clinicianInvitations.clinicId} = ${clinicId}
        AND ${clinicianInvitations.status} = 'pending'`;

/** Cancels what is pending of a clinic that is deleted. */
export const cancelInvitationsOf = (clinicId: string, now: number): SQL =>
  sql`UPDATE ${clinicianInvitations} SET status = 'canceled', modified_at = ${now}
      WHERE ${clinicianInvitations.clinicId} = ${clinicId} AND ${clinicianInvitations.status} = 'pending'`;

/** The account that has an address, and whether it has proved it. */
export const findAccountAt = (emailKey: string | SQL): Read<{ id: string; isVerified: number } | undefined> =>
  rowOf(
    sql`SELECT ${users.id} AS id, ${users.emailVerified} AS "isVerified" FROM ${users} WHERE ${users.email} = ${emailKey}`,
  );

/** The key under which the mail of an invitation is in the outbox: one for each time it is sent. */
export const mailKey = (key: string, now: number): string => `${MAIL_OF}${key}:${now}`;
const MAIL_OF = "clinician_invitation:";

/** The invitation that a mail with this key in the outbox is about. */
export const invitationOfMail = (uniqueKey: string): string =>
  uniqueKey.slice(MAIL_OF.length, uniqueKey.lastIndexOf(":"));

/** Mails of invitations that were put in the outbox since, at most `max`; every one has moved its invitation's `modified`. */
const mailsSince = (whose: SQL, since: number, max: number): SQL =>
  sql`(SELECT count(*) FROM (SELECT 1 FROM ${clinicianInvitations} CROSS JOIN ${outbox}
        WHERE ${whose} AND ${clinicianInvitations.modifiedAt} > ${since} AND ${outbox.createdAt} > ${since}
          AND ${outbox.uniqueKey} > 'clinician_invitation:' || ${clinicianInvitations.key} || ':'
          AND ${outbox.uniqueKey} < 'clinician_invitation:' || ${clinicianInvitations.key} || ';' LIMIT ${max}))`;

/** Whether a clinic has put at least `max` mails of invitations in the outbox since. */
export const hasSent = (clinicId: string, since: number, max: number): SQL =>
  sql`${mailsSince(sql`${clinicianInvitations.clinicId} = ${clinicId}`, since, max)} >= ${max}`;

/** Whether at least `max` mails of invitations to an address have been put in the outbox since. */
export const hasBeenSentTo = (emailKey: string, since: number, max: number): SQL =>
  sql`${mailsSince(sql`${clinicianInvitations.emailKey} = ${emailKey}`, since, max)} >= ${max}`;

/** When a pending invitation was last mailed; NULL when it is pending no more. */
export const lastMailed = (clinicId: string, key: string): SQL =>
  sql`SELECT ${clinicianInvitations.modifiedAt} FROM ${clinicianInvitations}
      WHERE ${clinicianInvitations.clinicId} = ${clinicId} AND ${clinicianInvitations.key} = ${key}
        AND ${clinicianInvitations.status} = 'pending'`;
