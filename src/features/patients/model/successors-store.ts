import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { mergePatients, merges } from "../../tables/merges.ts";
import { patientMerges } from "../../tables/patient-merges.ts";
import { patients } from "../../tables/patients.ts";

/** Steps that are followed from a record that was merged away to the one that is there now. */
const STEPS_MAX = 20;

/**
 * The keys that records lead to, each as `key` with the key it began with as `start`: over merges of patients that stand,
 * and over merges of clinics that joined a record with another of its user. The query gives keys as `key`.
 */
export const successorsOf = (keys: SQL): SQL => sql`WITH RECURSIVE trail (start, key, step) AS (
    SELECT began.key, began.key, 0 FROM (${keys}) AS began
    UNION ALL
    SELECT trail.start, coalesce(
        (SELECT ${patientMerges.targetKey} FROM ${patientMerges}
         WHERE ${patientMerges.sourceKey} = trail.key AND ${patientMerges.undoneAt} IS NULL),
        (SELECT ${mergePatients.targetKey} FROM ${mergePatients} JOIN ${merges} ON ${merges.id} = ${mergePatients.mergeId}
         WHERE ${mergePatients.sourceKey} = trail.key AND ${mergePatients.targetKey} IS NOT NULL AND ${merges.undoneAt} IS NULL
         ORDER BY ${mergePatients.mergedAt} DESC LIMIT 1)), trail.step + 1
    FROM trail WHERE trail.step < ${sql.raw(String(STEPS_MAX))} AND trail.key IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM ${patients} AS there WHERE there.key = trail.key))
  SELECT start, key FROM trail WHERE key IS NOT NULL`;

/**
 * The keys of the records that a user has, and of those that stand in the place of one they had; in a clinic where they have one
 * again, of that alone. In whichever clinic: who asks has to take those they may see.
 */
export const recordsOfUser = (userId: string): SQL =>
  sql`WITH named (id) AS (SELECT ${userId})
      SELECT own.key FROM named CROSS JOIN ${patients} AS own ON own.user_id = named.id
      UNION ALL
      SELECT there.key FROM (${successorsOf(
        sql`SELECT ${patientMerges.sourceKey} AS key FROM named CROSS JOIN ${patientMerges}
            ON ${patientMerges.sourceUserId} = named.id AND ${patientMerges.undoneAt} IS NULL`,
      )}) AS trail CROSS JOIN ${patients} AS there ON there.key = trail.key
      WHERE NOT EXISTS (SELECT 1 FROM named CROSS JOIN ${patients} AS own ON own.user_id = named.id AND own.clinic_id = there.clinic_id)`;

/**
 * The record of the clinic that stands in the place of the one a user had there; the newest merge is followed. Nothing
 * where the user has one there.
 */
export const findSuccessor = (clinicId: string, userId: string): Read<{ id: string } | undefined> =>
  rowOf(
    sql`SELECT ${patients.userId} AS id FROM (${successorsOf(
      sql`SELECT ${patientMerges.sourceKey} AS key FROM ${patientMerges}
          WHERE ${patientMerges.sourceUserId} = ${userId} AND ${patientMerges.undoneAt} IS NULL`,
    )}) AS trail CROSS JOIN ${patients} ON ${patients.key} = trail.key AND ${patients.clinicId} = ${clinicId}
        WHERE NOT EXISTS (SELECT 1 FROM ${patients} AS own WHERE own.user_id = ${userId} AND own.clinic_id = ${clinicId})
        ORDER BY trail.start DESC LIMIT 1`,
  );
