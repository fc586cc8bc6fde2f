import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf, rowsOf, rowsOfValue } from "../../../platform/db/read.ts";
import { clinicPatientTags } from "../../tables/clinics.ts";
import { patients } from "../../tables/patients.ts";

export interface TagRow {
  id: string;
  name: string;
  nameKey: string;
  numPatients: number;
}

const row = sql`${clinicPatientTags.id} AS id, ${clinicPatientTags.name} AS name, ${clinicPatientTags.nameKey} AS "nameKey",
  ${clinicPatientTags.numPatients} AS "numPatients"`;

export const tagWithId = (clinicId: string, tagId: string): SQL =>
  sql`SELECT ${row} FROM ${clinicPatientTags} WHERE ${clinicPatientTags.clinicId} = ${clinicId} AND ${clinicPatientTags.id} = ${tagId}`;

export const findTag = (clinicId: string, tagId: string): Read<TagRow | undefined> => rowOf(tagWithId(clinicId, tagId));

/** A clinic's tags. */
export const listTags = (clinicId: string): Read<TagRow[]> =>
  rowsOf(sql`SELECT ${row} FROM ${clinicPatientTags} WHERE ${clinicPatientTags.clinicId} = ${clinicId}`);

/** Which of these ids are tags of the clinic. */
export const knownTags = (clinicId: string, tagIds: readonly string[]): Read<string[]> =>
  rowsOfValue(
    sql`SELECT json_group_array(${clinicPatientTags.id}) FROM ${clinicPatientTags} WHERE ${clinicPatientTags.clinicId} = ${clinicId}
        AND ${clinicPatientTags.id} IN (SELECT value FROM json_each(${JSON.stringify(tagIds)}))`,
  );

/** The tags of the clinic that have this name, `exceptId` left aside. */
export const tagWithName = (clinicId: string, nameKey: string, exceptId = ""): SQL =>
  sql`SELECT 1 FROM ${clinicPatientTags} WHERE ${clinicPatientTags.clinicId} = ${clinicId}
      AND ${clinicPatientTags.nameKey} = ${nameKey} AND ${clinicPatientTags.id} <> ${exceptId}`;

/** Whether the clinic has at least `count` tags. */
export const hasTags = (clinicId: string, count: number): SQL =>
  sql`(SELECT count(*) FROM ${clinicPatientTags} WHERE ${clinicPatientTags.clinicId} = ${clinicId}) >= ${count}`;

export const insertTag = (clinicId: string, tag: TagRow): SQL =>
  sql`INSERT INTO ${clinicPatientTags} (clinic_id, id, name, name_key, num_patients)
      VALUES (${clinicId}, ${tag.id}, ${tag.name}, ${tag.nameKey}, ${tag.numPatients})`;

export const renameTag = (clinicId: string, tagId: string, name: string, nameKey: string): SQL =>
  sql`UPDATE ${clinicPatientTags} SET name = ${name}, name_key = ${nameKey}
      WHERE ${clinicPatientTags.clinicId} = ${clinicId} AND ${clinicPatientTags.id} = ${tagId}`;

export const deleteTagRow = (clinicId: string, tagId: string): SQL =>
  sql`DELETE FROM ${clinicPatientTags} WHERE ${clinicPatientTags.clinicId} = ${clinicId} AND ${clinicPatientTags.id} = ${tagId}`;

/**
 * Counts patients of the clinic into (or out of) the number of each of their tags. Tied to what is counted, it looks at no
 * other tag of the clinic.
 */
export const adjustTagCounters = (clinicId: string, ofClinic: SQL, sign: 1 | -1): SQL =>
  sql`UPDATE ${clinicPatientTags} SET num_patients = num_patients + ${sql.raw(String(sign))} * counted.n
      FROM (SELECT ${patients.clinicId} AS clinic_id, entry.value AS id, count(*) AS n FROM ${patients}, json_each(${patients.tags}) AS entry
            WHERE ${ofClinic} GROUP BY 1, 2) AS counted
      WHERE ${clinicPatientTags.clinicId} = counted.clinic_id AND ${clinicPatientTags.id} = counted.id AND +${clinicPatientTags.clinicId} = ${clinicId}`;

/** Adds (or takes away) the number of rows that the statement right before it changed. */
export const countChangedOf = (clinicId: string, tagId: string, sign: 1 | -1): SQL =>
  sql`UPDATE ${clinicPatientTags} SET num_patients = num_patients + ${sql.raw(String(sign))} * changes()
      WHERE ${clinicPatientTags.clinicId} = ${clinicId} AND ${clinicPatientTags.id} = ${tagId}`;

/** The tag, provided its name and its number of patients are still what somebody read. */
export const tagAsRead = (clinicId: string, tag: Pick<TagRow, "id" | "name" | "numPatients">): SQL =>
  sql`${tagWithId(clinicId, tag.id)} AND ${clinicPatientTags.name} = ${tag.name}
      AND ${clinicPatientTags.numPatients} = ${tag.numPatients}`;

/** Recounts the patients of every tag of the clinic. */
export const recountTags = (clinicId: string): readonly SQL[] => [
  sql`UPDATE ${clinicPatientTags} SET num_patients = 0 WHERE ${clinicPatientTags.clinicId} = ${clinicId}`,
  sql`UPDATE ${clinicPatientTags} SET num_patients = counted.n
      FROM (SELECT entry.value AS id, count(*) AS n FROM ${patients}, json_each(${patients.tags}) AS entry
            WHERE ${patients.clinicId} = ${clinicId} GROUP BY 1) AS counted
      WHERE ${clinicPatientTags.clinicId} = ${clinicId} AND ${clinicPatientTags.id} = counted.id`,
];

/** Removes the tags of the clinic that a query selects; no patient may carry one. */
export const deleteTags = (clinicId: string, tagIds: SQL): SQL =>
  sql`DELETE FROM ${clinicPatientTags} WHERE ${clinicPatientTags.clinicId} = ${clinicId} AND ${clinicPatientTags.id} IN (${tagIds})`;
