import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../platform/db/read.ts";
import { hasDataSets } from "../device-data/model/jobs-store.ts";
import { keptByClinic } from "../patients/model/read.ts";
import { deletedPatients, patients } from "../tables/patients.ts";

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

/** Finds something while the account is a patient of some clinic. */
export const patientSomewhere = (userId: string): SQL =>
  sql`SELECT 1 FROM ${patients} WHERE ${patients.userId} = ${userId}`;

/** Whether an account is still a patient of some clinic, and whether there is or will be data of its glucose. */
export const findTraces = (userId: string): Read<{ isPatient: boolean; hasData: boolean }> =>
  mapped(
    rowOf<{ isPatient: number; hasData: number }>(
      sql`SELECT EXISTS (${patientSomewhere(userId)}) AS "isPatient",
            EXISTS (${deletedWithData(userId)}) OR EXISTS (${hasDataSets(userId)}) AS "hasData"`,
    ),
    (row) => ({ isPatient: row?.isPatient === 1, hasData: row?.hasData === 1 }),
  );

/** The address that an account has by its newest record in custody; null where no clinic keeps it any more. */
export const findAddressInCustody = (userId: string): Read<{ email: string | null } | undefined> =>
  rowOf(
    sql`SELECT ${patients.email} AS email FROM ${patients} WHERE ${patients.userId} = ${userId} AND ${keptByClinic}
        ORDER BY ${patients.updatedAt} DESC, ${patients.key} LIMIT 1`,
  );
