import { type SQL, sql } from "drizzle-orm";
import { auditChanges } from "../../../platform/audit/audit-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { type Read, rowOf, mapped } from "../../../platform/db/read.ts";
import { patients } from "../../tables/patients.ts";

/**
 * A patient row carries the ids of its tags and sites as two JSON lists. These are the statements that change one list
 * on many patients of a clinic; the counters of tags and sites are adjusted by their own stores.
 */
type List = "tags" | "sites";

const columnOf = (list: List): SQL => sql`${patients[list]}`;
const bare = (list: List): SQL => sql.raw(list);

/** Patients of the clinic whose list has the id. */
export const having = (list: List, clinicId: string, id: string): SQL =>
  sql`${patients.clinicId} = ${clinicId} AND instr(${columnOf(list)}, ${`"${id}"`}) > 0`;

/** Patients of the clinic whose list lacks the id. */
export const lacking = (list: List, clinicId: string, id: string): SQL =>
  sql`${patients.clinicId} = ${clinicId} AND instr(${columnOf(list)}, ${`"${id}"`}) = 0`;

/** Narrows to the given users; null means no narrowing. */
export const among = (userIds: readonly string[] | null): SQL =>
  userIds === null ? sql`` : sql` AND ${patients.userId} IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`;

const withAppended = (list: List, id: string): SQL => sql`json_insert(${columnOf(list)}, '$[#]', ${id})`;

const without = (list: List, id: string): SQL =>
  sql`(SELECT json_group_array(entry.value) FROM json_each(${columnOf(list)}) AS entry WHERE entry.value <> ${id})`;

/** Appends an id to the lists of the patients that match. */
export const append = (list: List, id: string, where: SQL, now: number): SQL =>
  sql`UPDATE ${patients} SET ${bare(list)} = ${withAppended(list, id)},
      updated_at = ${now}, version = version + 1 WHERE ${where}`;

/** Takes an id from the lists of the patients that match. */
export const remove = (list: List, id: string, where: SQL, now: number): SQL =>
  sql`UPDATE ${patients} SET ${bare(list)} = ${without(list, id)},
      updated_at = ${now}, version = version + 1 WHERE ${where}`;

/** An audit row for each patient that matches. */
export const auditMatching = (ctx: Ctx, clinicId: string, where: SQL): SQL =>
  auditChanges(ctx, clinicId, sql`SELECT ${patients.userId} AS user_id FROM ${patients} WHERE ${where}`);

/** How many patients match. */
export const countMatching = (where: SQL): Read<number> =>
  mapped(rowOf<{ n: number }>(sql`SELECT count(*) AS n FROM ${patients} WHERE ${where}`), (row) => row?.n ?? 0);

/** Gives the tag to those of the users who are patients of the clinic and lack it; null means all patients. */
export const addTagToPatients = (
  clinicId: string,
  tagId: string,
  userIds: readonly string[] | null,
  now: number,
): SQL => append("tags", tagId, sql`${lacking("tags", clinicId, tagId)}${among(userIds)}`, now);

/** An audit row for each patient that addTagToPatients would change. */
export const auditPatientsWithoutTag = (
  ctx: Ctx,
  clinicId: string,
  tagId: string,
  userIds: readonly string[] | null,
): SQL => auditMatching(ctx, clinicId, sql`${lacking("tags", clinicId, tagId)}${among(userIds)}`);

/** Takes the tag from those of the users who are patients of the clinic and have it; null means all patients. */
export const removeTagFromPatients = (
  clinicId: string,
  tagId: string,
  userIds: readonly string[] | null,
  now: number,
): SQL => remove("tags", tagId, sql`${having("tags", clinicId, tagId)}${among(userIds)}`, now);

/** An audit row for each patient that removeTagFromPatients would change. */
export const auditPatientsWithTag = (
  ctx: Ctx,
  clinicId: string,
  tagId: string,
  userIds: readonly string[] | null,
): SQL => auditMatching(ctx, clinicId, sql`${having("tags", clinicId, tagId)}${among(userIds)}`);

/** Replaces the tag by a site on every patient that has it. None of them may have the site yet. */
export const replaceTagBySite = (clinicId: string, tagId: string, siteId: string, now: number): SQL =>
  sql`UPDATE ${patients} SET tags = ${without("tags", tagId)}, sites = ${withAppended("sites", siteId)},
      updated_at = ${now}, version = version + 1 WHERE ${having("tags", clinicId, tagId)}`;
