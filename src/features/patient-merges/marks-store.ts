import { type SQL, sql } from "drizzle-orm";
import { UNKNOWN_DATE } from "../../platform/text/unknown-date.ts";
import { type Read, rowsOf } from "../../platform/db/read.ts";
import { distinctPairs } from "../tables/patient-merges.ts";
import { patients } from "../tables/patients.ts";

/** That somebody has marked two records as two people; `shared` has a bit for each trait. */
export type Mark = typeof distinctPairs.$inferSelect;

const isSame = (column: string, none = "") =>
  sql.raw(`coalesce(a.${column} = b.${column} AND a.${column} NOT IN ('', '${none}'), 0)`);
/** What two records share, as bits: the rule of `sharedTraits`. */
const SHARED = sql`${isSame("mrn_key")} + 2 * ${isSame("name_key")} + 4 * ${isSame("birth_date", UNKNOWN_DATE)}`;

const pair = (clinicId: string, userId: string, otherId: string): SQL =>
  sql`${patients} AS a CROSS JOIN ${patients} AS b ON a.clinic_id = ${clinicId} AND a.user_id = ${userId}
        AND b.clinic_id = ${clinicId} AND b.user_id = ${otherId}`;

/** Marks two records of the clinic; a mark that there is stays as it is unless they share something else by now. */
export const markDistinct = (clinicId: string, userId: string, otherId: string, by: string, now: number): SQL =>
  sql`INSERT INTO ${distinctPairs} (lower_key, higher_key, shared, marked_by, marked_at)
      SELECT min(a.key, b.key), max(a.key, b.key), ${SHARED}, ${by}, ${now} FROM ${pair(clinicId, userId, otherId)} WHERE true
      ON CONFLICT DO UPDATE SET shared = excluded.shared, marked_by = excluded.marked_by, marked_at = excluded.marked_at
        WHERE shared <> excluded.shared`;

/** The mark of two records of the clinic. */
const keyOfMark = (clinicId: string, userId: string, otherId: string): SQL =>
  sql`(lower_key, higher_key) = (SELECT min(a.key, b.key), max(a.key, b.key) FROM ${pair(clinicId, userId, otherId)})`;

export const unmarkDistinct = (clinicId: string, userId: string, otherId: string): SQL =>
  sql`DELETE FROM ${distinctPairs} WHERE ${keyOfMark(clinicId, userId, otherId)}`;

/** Whether two records are marked, as an expression. */
export const areMarked = (a: SQL, b: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${distinctPairs} WHERE lower_key = min(${a}, ${b}) AND higher_key = max(${a}, ${b}))`;

/** The marks of pairs of the clinic's records, by their keys, behind a pair. */
export const findMarks = (clinicId: string, [lower, higher]: readonly [number, number], limit: number): Read<Mark[]> =>
  rowsOf(
    sql`SELECT d.lower_key AS "lowerKey", d.higher_key AS "higherKey", d.shared, d.marked_by AS "markedBy", d.marked_at AS "markedAt"
        FROM patients AS a INDEXED BY patients_of_a_clinic CROSS JOIN distinct_pairs AS d ON d.lower_key = a.key
          CROSS JOIN ${patients} AS b ON b.key = d.higher_key AND b.clinic_id = ${clinicId}
        WHERE a.clinic_id = ${clinicId} AND a.key >= ${lower} AND (a.key, d.higher_key) > (${lower}, ${higher})
        LIMIT ${limit}`,
  );
