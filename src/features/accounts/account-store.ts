import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../platform/db/read.ts";
import { hasDataSets } from "../device-data/model/jobs-store.ts";
import { keptByClinic } from "../patients/model/read.ts";
import { patientMerges } from "../tables/patient-merges.ts";
import { deletedPatients, patients } from "../tables/patients.ts";
import { PARKED_MS } from "./rules.ts";

type Kept = typeof patients | typeof deletedPatients;

/** Says of a record that there is or will be data of its patient's glucose. */
const hasData = (record: Kept): SQL =>
  sql`(${record.cgmSummaryId} IS NOT NULL OR ${record.bgmSummaryId} IS NOT NULL
       OR instr(coalesce(${record.dataSources}, ''), '"dataSourceId"') > 0)`;

const deletedWithData = (userId: string | SQL): SQL =>
  sql`SELECT 1 FROM ${deletedPatients} WHERE ${deletedPatients.userId} = ${userId} AND ${hasData(deletedPatients)}`;

/** Says of a patient's record that it is the last one of its account. */
export const isOnlyRecord: SQL = sql`NOT EXISTS (SELECT 1 FROM patients AS other
    WHERE other.user_id = patients.user_id AND other.key <> patients.key)`;

/** Says of a patient's record that it, or one of the same account before it, has data. */
export const hadData: SQL = sql`(${hasData(patients)} OR EXISTS (${deletedWithData(sql`${patients.userId}`)})
  OR EXISTS (${hasDataSets(sql`${patients.userId}`)}))`;

/** The merges of an account's records into others that may still be undone: their undo needs the account. */
const mergesToUndo = (userId: string | SQL, now: number): SQL =>
  sql`FROM ${patientMerges} WHERE ${patientMerges.sourceUserId} = ${userId} AND ${patientMerges.undoneAt} IS NULL
      AND ${patientMerges.mergedAt} > ${now - PARKED_MS}`;

/** Says of a patient's record that its account may be needed by an undo. */
export const isNeededByUndo = (now: number): SQL =>
  sql`EXISTS (SELECT 1 ${mergesToUndo(sql`${patients.userId}`, now)})`;

/** Finds something while the account is a patient of some clinic. */
export const patientSomewhere = (userId: string): SQL =>
  sql`SELECT 1 FROM ${patients} WHERE ${patients.userId} = ${userId}`;

/**
 * Whether an account is still a patient of some clinic, whether there is or will be data of its glucose, and until when an
 * undo may need it.
 */
export const findTraces = (
  userId: string,
  now: number,
): Read<{ isPatient: boolean; hasData: boolean; neededUntil: number | null }> =>
  mapped(
    rowOf<{ isPatient: number; hasData: number; neededUntil: number | null }>(
      sql`SELECT EXISTS (${patientSomewhere(userId)}) AS "isPatient",
            EXISTS (${deletedWithData(userId)}) OR EXISTS (${hasDataSets(userId)}) AS "hasData",
            (SELECT max(${patientMerges.mergedAt}) + ${PARKED_MS} ${mergesToUndo(userId, now)}) AS "neededUntil"`,
    ),
    (row) => ({
      isPatient: row?.isPatient === 1,
      hasData: row?.hasData === 1,
      neededUntil: row?.neededUntil ?? null,
    }),
  );

/** The address that an account has by its newest record in custody; null where no clinic keeps it any more. */
export const findAddressInCustody = (userId: string): Read<{ email: string | null } | undefined> =>
  rowOf(
    sql`SELECT ${patients.email} AS email FROM ${patients} WHERE ${patients.userId} = ${userId} AND ${keptByClinic}
        ORDER BY ${patients.updatedAt} DESC, ${patients.key} LIMIT 1`,
  );
