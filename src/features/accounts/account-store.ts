import { sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../platform/db/read.ts";
import { deletedPatients, patients } from "../tables/patients.ts";

/** Whether an account is still a patient of some clinic, and whether there is or will be data of its glucose. */
export const findTraces = (userId: string): Read<{ isPatient: boolean; hasData: boolean }> =>
  mapped(
    rowOf<{ isPatient: number; hasData: number }>(
      sql`SELECT EXISTS (SELECT 1 FROM ${patients} WHERE ${patients.userId} = ${userId}) AS "isPatient",
            EXISTS (SELECT 1 FROM ${deletedPatients} WHERE ${deletedPatients.userId} = ${userId}
                    AND (${deletedPatients.cgmSummaryId} IS NOT NULL OR ${deletedPatients.bgmSummaryId} IS NOT NULL
                         OR instr(coalesce(${deletedPatients.dataSources}, ''), '"dataSourceId"') > 0)) AS "hasData"`,
    ),
    (row) => ({ isPatient: row?.isPatient === 1, hasData: row?.hasData === 1 }),
  );
