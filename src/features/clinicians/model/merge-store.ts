import { type SQL, sql } from "drizzle-orm";
import { archive } from "../../../platform/db/archive.ts";
import { clinicians, deletedClinicians } from "../../tables/clinics.ts";
import { searchKeyWith } from "./of-user-store.ts";
import { columnNames } from "../../../platform/db/columns.ts";

/** What merges of clinics do to their members. */

const COLUMNS = [
  "id",
  "clinic_id",
  "user_id",
  "invite_id",
  "email",
  "name",
  "roles",
  "is_service_account",
  "search_key",
  "created_at",
  "updated_at",
] as const;

/** A member's whole row as a JSON list, in the order of the table's columns. */
export const wholeMember = sql.raw(`json_array(${COLUMNS.map((column) => `clinicians.${column}`).join(", ")})`);

const placeOf = (column: (typeof COLUMNS)[number]): SQL => sql.raw(`'$[${COLUMNS.indexOf(column)}]'`);

/** The address in such a list. */
export const addressOfMember = (member: SQL): SQL => sql`(${member} ->> ${placeOf("email")})`;

/** Such a list with another address, and the key of that. */
export const memberWithAddress = (member: SQL, email: SQL, key: SQL): SQL =>
  sql`json_set(${member}, ${placeOf("email")}, ${email},
        ${placeOf("search_key")}, ${searchKeyWith(sql`(${member} ->> ${placeOf("search_key")})`, key)})`;

const isMember = sql`${clinicians.userId} IS NOT NULL`;
const membersOf = (clinicId: string): SQL =>
  sql`SELECT other.user_id FROM clinicians AS other WHERE other.clinic_id = ${clinicId} AND other.user_id IS NOT NULL`;

/** Picks the source's members who are members of the target, too. */
export const alsoIn = (sourceId: string, targetId: string): SQL =>
  sql`${clinicians.clinicId} = ${sourceId} AND ${clinicians.userId} IN (${membersOf(targetId)})`;

/** Picks the source's members who are not. */
export const onlyIn = (sourceId: string, targetId: string): SQL =>
  sql`${clinicians.clinicId} = ${sourceId} AND ${isMember} AND ${clinicians.userId} NOT IN (${membersOf(targetId)})`;

/** Picks the target's pending invitations to an address with which a member comes. */
export const supersededInvitations = (sourceId: string, targetId: string): SQL =>
  sql`${clinicians.clinicId} = ${targetId} AND ${clinicians.userId} IS NULL AND ${clinicians.email} IN
      (SELECT coming.email FROM clinicians AS coming WHERE coming.clinic_id = ${sourceId} AND coming.user_id IS NOT NULL
       AND coming.user_id NOT IN (${membersOf(targetId)}))`;

/** The invitations a condition picks, as clinic and key. */
export const invitationsAmong = (which: SQL): SQL =>
  sql`SELECT ${clinicians.clinicId}, ${clinicians.inviteId} FROM ${clinicians} WHERE ${which}`;

export const removeInvitationRecords = (which: SQL): SQL => sql`DELETE FROM ${clinicians} WHERE ${which}`;

/** Archives and removes the members a condition picks. */
export const archiveWhere = (which: SQL, now: number): readonly SQL[] => [
  archive(clinicians, deletedClinicians, which, null, now),
  sql`DELETE FROM ${clinicians} WHERE ${which}`,
];

/** Makes the source's members the target's, with their roles. An address that somebody there has by now stays with them. */
export const moveMembers = (sourceId: string, targetId: string, now: number): SQL =>
  sql`UPDATE ${clinicians} SET clinic_id = ${targetId}, updated_at = ${now},
        email = CASE WHEN ${clinicians.email} IN (SELECT other.email FROM clinicians AS other WHERE other.clinic_id = ${targetId})
                THEN NULL ELSE ${clinicians.email} END
      WHERE ${clinicians.clinicId} = ${sourceId} AND ${isMember}`;

/** Writes members as JSON lists of their columns describe them. */
export const insertMembers = (records: SQL): SQL =>
  sql`INSERT INTO ${clinicians} (${columnNames(clinicians)})
      SELECT ${sql.raw(COLUMNS.map((_, i) => `record ->> ${i}`).join(", "))} FROM (${records})`;
