import { type SQL, sql } from "drizzle-orm";
import type { Page } from "../../../platform/core/wire.ts";
import { archive } from "../../../platform/db/archive.ts";
import { type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import { allColumns, columnNames } from "../../../platform/db/columns.ts";
import { clinicianRoleChanges, clinicians, clinics, deletedClinicians } from "../../tables/clinics.ts";
import { clinicianSearchKey } from "./rules.ts";
import { isAdmin } from "../../tables/admins-store.ts";

export type ClinicianRow = typeof clinicians.$inferSelect;
/** A clinician to be stored; what it is found by follows from its name and address. */
export type NewClinician = Omit<ClinicianRow, "searchKey">;

const row = allColumns(clinicians);
const member = (clinicId: string, userId: string): SQL =>
  sql`${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} = ${userId}`;

/** Inserts a member (userId) or a pending invitation (inviteId). */
export const insertClinician = (clinician: NewClinician): SQL =>
  sql`INSERT INTO ${clinicians} (${columnNames(clinicians)}) VALUES (${clinician.id}, ${clinician.clinicId},
      ${clinician.userId}, ${clinician.inviteId}, ${clinician.email}, ${clinician.name}, ${clinician.roles},
      ${clinician.isServiceAccount}, ${clinicianSearchKey(clinician.name, clinician.email)}, ${clinician.createdAt},
      ${clinician.updatedAt})`;

export const findMember = (clinicId: string, userId: string): Read<ClinicianRow | undefined> =>
  rowOf(sql`SELECT ${row} FROM ${clinicians} WHERE ${member(clinicId, userId)}`);

/** The clinic's member with this user id. */
export const memberWith = (clinicId: string, userId: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${member(clinicId, userId)}`;

/** The member as long as what an update keeps or judges by is still as it was read. */
export const memberAsRead = (read: ClinicianRow): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${read.clinicId} AND ${clinicians.id} = ${read.id}
      AND ${clinicians.userId} = ${read.userId} AND ${clinicians.roles} = ${read.roles}
      AND ${clinicians.email} IS ${read.email} AND ${clinicians.inviteId} IS ${read.inviteId}`;

/** Writes the name and the roles of a member. */
export const updateMember = (changed: ClinicianRow): SQL =>
  sql`UPDATE ${clinicians} SET name = ${changed.name}, roles = ${changed.roles},
        search_key = ${clinicianSearchKey(changed.name, changed.email)}, updated_at = ${changed.updatedAt}
      WHERE ${clinicians.clinicId} = ${changed.clinicId} AND ${clinicians.id} = ${changed.id}`;

/** Adds to the history of a member's roles what they were and what they have become. */
export const insertRoleChange = (before: ClinicianRow, roles: string, updatedBy: string, now: number): SQL =>
  sql`INSERT INTO ${clinicianRoleChanges} (clinic_id, user_id, previous_roles, roles, updated_by, at)
      VALUES (${before.clinicId}, ${before.userId}, ${before.roles}, ${roles}, ${updatedBy}, ${now})`;

/** Archives and removes a member. */
export const archiveMember = (
  clinicId: string,
  userId: string,
  deletedBy: string | null,
  now: number,
): readonly SQL[] => [
  archive(clinicians, deletedClinicians, member(clinicId, userId), deletedBy, now),
  sql`DELETE FROM ${clinicians} WHERE ${member(clinicId, userId)}`,
];

/** Archives and removes every clinician record of a clinic, pending invitations included. */
export const archiveClinicians = (clinicId: string, deletedBy: string | null, now: number): readonly SQL[] => [
  archive(clinicians, deletedClinicians, sql`${clinicians.clinicId} = ${clinicId}`, deletedBy, now),
  sql`DELETE FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId}`,
];

/** Members of the clinic who are admins, `exceptUserId` left aside. Invitations are no members. */
export const adminsOtherThan = (clinicId: string, exceptUserId: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} IS NOT NULL
      AND ${clinicians.userId} <> ${exceptUserId} AND ${isAdmin}`;

/** The member, if they are the one admin the clinic has. */
export const onlyAdmin = (clinicId: string, userId: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${member(clinicId, userId)} AND ${isAdmin}
      AND NOT EXISTS (${adminsOtherThan(clinicId, userId)})`;

/** Records of the clinic that have one of these identities already. */
export const clinicianWith = (clinicId: string, identity: Pick<ClinicianRow, "userId" | "inviteId" | "email">): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId}
      AND (${clinicians.userId} = ${identity.userId} OR ${clinicians.inviteId} = ${identity.inviteId} OR ${clinicians.email} = ${identity.email})`;

export interface ClinicianFilter {
  /** Each of these is somewhere in the name or the address. */
  words: readonly string[];
  email: string | undefined;
  role: string | undefined;
}

/** A page of a clinic's members and invitations: by name when words are searched for, else newest first. */
export function listClinicians(clinicId: string, filter: ClinicianFilter, page: Page): Read<ClinicianRow[]> {
  const conditions = [sql`${clinicians.clinicId} = ${clinicId}`];
  if (filter.words.length > 0) {
    conditions.push(
      sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(filter.words)}) AS word
          WHERE instr(${clinicians.searchKey}, word.value) = 0)`,
    );
  }
  if (filter.email !== undefined) conditions.push(sql`${clinicians.email} = ${filter.email}`);
  if (filter.role !== undefined) {
    conditions.push(
      sql`EXISTS (SELECT 1 FROM json_each(${clinicians.roles}) AS held WHERE held.value = ${filter.role})`,
    );
  }
  const order = filter.words.length > 0 ? sql`${clinicians.searchKey}, ${clinicians.id}` : newestFirst;
  return rowsOf(
    sql`SELECT ${row} FROM ${clinicians} WHERE ${sql.join(conditions, sql` AND `)} ORDER BY ${order}
        LIMIT ${page.limit} OFFSET ${page.offset}`,
  );
}

const newestFirst = sql`${clinicians.createdAt} DESC, ${clinicians.id} DESC`;

/** Picks clinician records across clinics; those whose clinic is gone are never among them. */
export interface Selection {
  readonly conditions: SQL;
  readonly page: Page;
}

/** The memberships of a user. */
export const membershipsOf = (userId: string, page: Page): Selection => ({
  conditions: sql`${clinicians.userId} = ${userId}`,
  page,
});

/** Every record made in the time from `from` (inclusive) to `before` (exclusive), invitations included. */
export function cliniciansCreated(from: number | undefined, before: number | undefined, page: Page): Selection {
  const conditions = [sql`true`];
  if (from !== undefined) conditions.push(sql`${clinicians.createdAt} >= ${from}`);
  if (before !== undefined) conditions.push(sql`${clinicians.createdAt} < ${before}`);
  return { conditions: sql.join(conditions, sql` AND `), page };
}

const selected = (columns: SQL, { conditions, page }: Selection): SQL =>
  sql`SELECT ${columns} FROM ${clinicians} JOIN ${clinics} ON ${clinics.id} = ${clinicians.clinicId}
      WHERE ${conditions} ORDER BY ${newestFirst} LIMIT ${page.limit} OFFSET ${page.offset}`;

/** The records of a selection, newest first. */
export const listSelected = (selection: Selection): Read<ClinicianRow[]> => rowsOf(selected(row, selection));

/** The ids of the clinics of a selection's records. */
export const clinicsOfSelected = (selection: Selection): SQL =>
  sql`SELECT clinic_id FROM (${selected(sql`${clinicians.clinicId} AS clinic_id`, selection)})`;

const invited = (clinicId: string | SQL, inviteId: string): SQL =>
  sql`${clinicians.clinicId} = ${clinicId} AND ${clinicians.inviteId} = ${inviteId}`;

/** The record of a pending invitation; the clinic may be given by a query. */
export const findInvited = (clinicId: string | SQL, inviteId: string): Read<ClinicianRow | undefined> =>
  rowOf(sql`SELECT ${row} FROM ${clinicians} WHERE ${invited(clinicId, inviteId)}`);

/** The clinic's record of a pending invitation. */
export const invitedWith = (clinicId: string, inviteId: string): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${invited(clinicId, inviteId)}`;

/** The record of a pending invitation as long as what becomes a member's is as it was read. */
export const invitedAsRead = (read: ClinicianRow): SQL =>
  sql`SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${read.clinicId} AND ${clinicians.id} = ${read.id}
      AND ${clinicians.inviteId} = ${read.inviteId} AND ${clinicians.roles} = ${read.roles} AND ${clinicians.email} IS ${read.email}`;

/** Makes the record of an invitation a member's: it has a user now and no invitation any more. */
export const associateInvited = (changed: ClinicianRow): SQL =>
  sql`UPDATE ${clinicians} SET user_id = ${changed.userId}, invite_id = NULL, name = ${changed.name},
        search_key = ${clinicianSearchKey(changed.name, changed.email)}, updated_at = ${changed.updatedAt}
      WHERE ${clinicians.clinicId} = ${changed.clinicId} AND ${clinicians.id} = ${changed.id}`;

/** Removes the record of a pending invitation. Nothing is archived: nobody was a member. */
export const removeInvited = (clinicId: string, inviteId: string): SQL =>
  sql`DELETE FROM ${clinicians} WHERE ${invited(clinicId, inviteId)}`;

/** The address a pending invitation is to. */
export const emailOfInvited = (clinicId: string, inviteId: string): SQL =>
  sql`(SELECT ${clinicians.email} FROM ${clinicians} WHERE ${invited(clinicId, inviteId)})`;
