import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { clinicians } from "../../tables/clinics.ts";
import { mergePatients, merges } from "../../tables/merges.ts";
import { formerMrns, patientMerges } from "../../tables/patient-merges.ts";
import { patients } from "../../tables/patients.ts";
import { FIELD_SEPARATOR } from "./record.ts";

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

/** The same, for a person only who works in the clinic: others are not told whose record took another's place. */
export const findSuccessorFor = (
  clinicId: string,
  userId: string,
  memberId: string | undefined,
): Read<{ id: string } | undefined> => {
  const found = findSuccessor(clinicId, userId);
  return memberId === undefined
    ? found
    : {
        ...found,
        statements: [
          sql`SELECT * FROM (${found.statements[0]!}) WHERE EXISTS (SELECT 1 FROM ${clinicians}
              WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} = ${memberId}
                AND (instr(${clinicians.roles}, '"CLINIC_ADMIN"') > 0 OR instr(${clinicians.roles}, '"CLINIC_MEMBER"') > 0))`,
        ],
      };
};

/** What the search text of a record ends with: the former MRNs by which it is still found. */
export const formerMrnsOf = (key: SQL): SQL =>
  sql`coalesce((SELECT group_concat(former.text, '') FROM (SELECT DISTINCT ${FIELD_SEPARATOR} || ${formerMrns.mrnKey} AS text
        FROM ${formerMrns} WHERE ${formerMrns.patientKey} = ${key} ORDER BY 1) AS former), '')`;

/** Clinics that merges join with one, and former MRNs with one key there, that are looked at. */
const JOINED_MAX = 1000;

/**
 * The clinics that merges ever joined with those a query gives as clinic_id, these included: undone ones, too, since an
 * undoing leaves records where they are that were changed meanwhile.
 */
const joinedWith = (clinicIds: SQL): SQL => sql`WITH RECURSIVE joined (id) AS (
    ${clinicIds}
    UNION SELECT ${merges.sourceId} FROM joined JOIN ${merges} ON ${merges.targetId} = joined.id
    UNION SELECT ${merges.targetId} FROM joined JOIN ${merges} ON ${merges.sourceId} = joined.id
    LIMIT ${sql.raw(String(JOINED_MAX))})
  SELECT id FROM joined`;

/**
 * The keys of records that once had an MRN with this key, or with one that a query gives, and were merged in one of these
 * clinics or one that was ever joined with it. Where the records are now is for the caller to compare.
 */
export const recordsOnceWith = (clinicIds: SQL, mrnKey: string | null | SQL): SQL =>
  sql`SELECT key FROM (${successorsOf(
    sql`SELECT ${formerMrns.patientKey} AS key FROM (${joinedWith(clinicIds)}) AS place
        CROSS JOIN ${formerMrns} INDEXED BY former_mrns_of_a_clinic
          ON ${formerMrns.clinicId} = place.id AND ${formerMrns.mrnKey} IN (${mrnKey})
        LIMIT ${sql.raw(String(JOINED_MAX))}`,
  )})`;
