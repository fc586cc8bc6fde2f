import { type SQL, sql } from "drizzle-orm";
import { allColumns } from "../../platform/db/columns.ts";
import { type Guard, refuseUnlessFound } from "../../platform/db/guard.ts";
import { mapped, type Read, rowOf, rowsOf, together } from "../../platform/db/read.ts";
import type { Page } from "../../platform/core/wire.ts";
import { users } from "../../platform/db/tables.ts";
import { formerMrns, patientMerges } from "../tables/patient-merges.ts";
import { deletedPatients, patients, type PatientRow } from "../tables/patients.ts";
import { areMarked } from "./marks-store.ts";
import type { Facts } from "./facts-read.ts";
import type { Side } from "./rules.ts";
import type { Written } from "../patients/model/merged-fields.ts";

const MERGES_SWEPT_AT_ONCE = 500;

export type MergeRow = typeof patientMerges.$inferSelect;
/** What an undo needs besides the survivor's columns: claims, and the address of the source's account. */
export interface Before extends Written {
  readonly mrnKey: string | null;
  readonly claim: string | null;
  /** Of the target's account, where the merge replaced it. */
  readonly targetClaim: string | null;
  readonly address: string | null;
  /** Whose MRN another record had already, although the clinic wanted them unique: that is no reason not to give it back. */
  readonly clashes: readonly Side[];
  /** Messages of an EHR that lead to the survivor since. */
  readonly messages: readonly string[];
}

const row = allColumns(patientMerges);

export const findPatientMerge = (clinicId: string, mergeId: string): Read<MergeRow | undefined> =>
  rowOf(
    sql`SELECT ${row} FROM ${patientMerges} WHERE ${patientMerges.id} = ${mergeId} AND ${patientMerges.clinicId} = ${clinicId}`,
  );

/** The user whose record stayed in a merge. */
export const targetOf = (clinicId: string, mergeId: string): SQL =>
  sql`SELECT ${patientMerges.targetUserId} FROM ${patientMerges} WHERE ${patientMerges.id} = ${mergeId}
      AND ${patientMerges.clinicId} = ${clinicId}`;

/** The merge of this pair that stands. */
export const findStanding = (clinicId: string, targetKey: number, sourceId: string): Read<MergeRow | undefined> =>
  rowOf(
    sql`SELECT ${row} FROM ${patientMerges} WHERE ${patientMerges.sourceUserId} = ${sourceId}
          AND ${patientMerges.targetKey} = ${targetKey} AND ${patientMerges.clinicId} = ${clinicId}
          AND ${patientMerges.undoneAt} IS NULL
        ORDER BY ${patientMerges.mergedAt} DESC LIMIT 1`,
  );

export interface ListedMerge
  extends Pick<MergeRow, "id" | "sourceUserId" | "targetUserId" | "mergedAt" | "mergedBy" | "undoneAt" | "undoneBy"> {
  readonly fields: string;
  readonly formerMrn: string | null;
}

/** A page of the merges a user was ever part of in a clinic, newest first, and whether the user is known there. */
export const listMerges = (
  clinicId: string,
  userId: string,
  page: Page,
): Read<{ isKnown: boolean; merges: ListedMerge[] }> => {
  const m = patientMerges;
  return mapped(
    together({
      known: rowOf(
        sql`SELECT 1 WHERE EXISTS (SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId})
            OR EXISTS (SELECT 1 FROM ${m} WHERE ${m.clinicId} = ${clinicId}
                 AND (${m.sourceUserId} = ${userId} OR ${m.targetUserId} = ${userId}))`,
      ),
      merges: rowsOf<ListedMerge>(
        sql`SELECT ${m.id} AS id, ${m.sourceUserId} AS "sourceUserId", ${m.targetUserId} AS "targetUserId",
              ${m.mergedAt} AS "mergedAt", ${m.mergedBy} AS "mergedBy", ${m.undoneAt} AS "undoneAt", ${m.undoneBy} AS "undoneBy",
              (SELECT json_group_array(json_object('field', f.value ->> '$.field', 'from', f.value ->> '$.from'))
               FROM json_each(${m.plan}, '$.fields') AS f) AS fields,
              (SELECT ${formerMrns.mrn} FROM ${formerMrns} WHERE ${formerMrns.mergeId} = ${m.id}
                 AND NOT EXISTS (SELECT 1 FROM ${formerMrns} AS older WHERE older.patient_key = ${m.sourceKey}
                   AND older.mrn_key = ${formerMrns.mrnKey}) LIMIT 1) AS "formerMrn"
            FROM ${m} WHERE ${m.clinicId} = ${clinicId} AND (${m.sourceUserId} = ${userId} OR ${m.targetUserId} = ${userId})
            ORDER BY ${m.mergedAt} DESC, ${m.id} DESC LIMIT ${page.limit} OFFSET ${page.offset}`,
      ),
    }),
    ({ known, merges }) => ({ isKnown: known !== undefined, merges }),
  );
};

/**
 * Both records as they were read, no more other clinics than were read, the mark of the two and the rule for MRNs as they
 * were, and no account claimed that the clinic kept.
 */
export const guardFacts = (
  { target, source, elsewhere, isMarked, mrnUnique, isTargetKept, isSourceKept }: Facts,
  refusal: () => Error,
): Guard =>
  refuseUnlessFound(
    sql`SELECT 1 FROM ${patients} AS t, ${patients} AS s WHERE t.key = ${target.key} AND t.version = ${target.version}
          AND t.clinic_id = ${target.clinicId} AND s.key = ${source.key} AND s.version = ${source.version} AND s.clinic_id = ${source.clinicId}
          AND (SELECT count(*) FROM ${patients} WHERE ${patients.userId} = ${source.userId} AND ${patients.clinicId} <> ${source.clinicId}) = ${elsewhere}
          AND ${areMarked(sql.raw("s.key"), sql.raw("t.key"))} = ${isMarked ? 1 : 0}
          AND (SELECT coalesce(mrn_unique, 0) FROM clinics WHERE id = t.clinic_id) = ${mrnUnique}
          AND NOT EXISTS (SELECT 1 FROM ${users} WHERE ${users.isCustodial} = 0 AND
                (${users.id} = t.user_id AND ${isTargetKept ? 1 : 0} OR ${users.id} = s.user_id AND ${isSourceKept ? 1 : 0}))`,
    refusal,
  );

/** Refuses where another patient of the clinic has the MRN, and the clinic wants them unique. */
export const guardMrn = (
  clinicId: string,
  mrnKey: string | null,
  keys: readonly number[],
  refusal: () => Error,
): Guard =>
  refuseUnlessFound(
    sql`SELECT 1 FROM clinics WHERE id = ${clinicId} AND (mrn_unique IS NOT 1 OR NOT EXISTS (SELECT 1 FROM ${patients}
          WHERE ${patients.mrnKey} = ${mrnKey} AND ${patients.clinicId} = ${clinicId}
            AND ${patients.key} NOT IN (SELECT value FROM json_each(${JSON.stringify(keys)}))))`,
    refusal,
  );

/** Nothing where the user has a record in the clinic. */
export const notReturned = (clinicId: string, userId: string): SQL =>
  sql`SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId})`;

/** Names an archived record, as k and t. */
export const keyAndTime = (key: number, deletedAt: number): SQL =>
  sql`SELECT CAST(${key} AS INTEGER) AS k, CAST(${deletedAt} AS INTEGER) AS t`;

export const insertPatientMerge = (it: MergeRow): SQL =>
  sql`INSERT INTO ${patientMerges} (id, clinic_id, source_key, target_key, source_user_id, target_user_id, take, accept, plan,
        before, after, merged_at, merged_by)
      VALUES (${it.id}, ${it.clinicId}, ${it.sourceKey}, ${it.targetKey}, ${it.sourceUserId}, ${it.targetUserId}, ${it.take},
        ${it.accept}, ${it.plan}, ${it.before}, ${it.after}, ${it.mergedAt}, ${it.mergedBy})`;

export const markUndone = (clinicId: string, mergeId: string, by: string, notRestored: string, now: number): SQL =>
  sql`UPDATE ${patientMerges} SET undone_at = ${now}, undone_by = ${by}, not_restored = ${notRestored}
      WHERE ${patientMerges.id} = ${mergeId} AND ${patientMerges.clinicId} = ${clinicId} AND ${patientMerges.undoneAt} IS NULL`;

const column = (name: keyof typeof deletedPatients.$inferSelect) => sql`${deletedPatients[name]}`;
/** The source's record as it was archived. */
export const findArchived = (clinicId: string, key: SQL, deletedAt: SQL): Read<PatientRow | undefined> =>
  rowOf(
    sql`SELECT ${allColumns(deletedPatients)} FROM ${deletedPatients} WHERE ${column("key")} = ${key} AND ${column("deletedAt")} = ${deletedAt}
        AND ${column("clinicId")} = ${clinicId}`,
  );

/** Erases the values of merges that nothing can undo any more, a bounded number at a time; what came from where stays. */
export const sweepPatientMerges = (before: number): SQL =>
  sql`UPDATE ${patientMerges} SET before = NULL, after = NULL,
        plan = json_set(plan, '$.fields', json((SELECT json_group_array(json_object('field', f.value ->> '$.field', 'from', f.value ->> '$.from'))
          FROM json_each(plan, '$.fields') AS f)))
      WHERE ${patientMerges.id} IN (SELECT ${patientMerges.id} FROM ${patientMerges} INDEXED BY patient_merges_to_erase
        WHERE ${patientMerges.before} IS NOT NULL AND ${patientMerges.mergedAt} <= ${before} LIMIT ${MERGES_SWEPT_AT_ONCE})`;

/** A merge of two patients that a person was part of. */
export interface PatientProvenance {
  readonly kind: "patient";
  readonly mergeId: string;
  readonly clinicId: string;
  /** The patients whose records went and stayed. */
  readonly sourceId: string;
  readonly targetId: string;
  readonly mergedAt: number;
  readonly undoneAt: number | null;
}

/** The merges of two patients that a person was ever part of, in all clinics, the newest first. */
export const findPatientProvenance = (userId: string): Read<PatientProvenance[]> => {
  const by = (column: SQL) =>
    sql`SELECT 'patient' AS kind, ${patientMerges.id} AS "mergeId", ${patientMerges.clinicId} AS "clinicId",
          ${patientMerges.sourceUserId} AS "sourceId", ${patientMerges.targetUserId} AS "targetId",
          ${patientMerges.mergedAt} AS "mergedAt", ${patientMerges.undoneAt} AS "undoneAt"
        FROM ${patientMerges} WHERE ${column} = ${userId}`;
  return rowsOf(
    sql`${by(sql`${patientMerges.sourceUserId}`)} UNION ALL ${by(sql`${patientMerges.targetUserId}`)} ORDER BY "mergedAt" DESC`,
  );
};
