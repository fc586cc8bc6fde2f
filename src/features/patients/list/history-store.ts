import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { patientChanges } from "../../tables/patients.ts";
import { type Head, NO_CHANGE } from "./roster.ts";

/** Whether a change that was seen before is among those that led to the clinic as it is; where there was none, there is none yet. */
export const leadsHere = (clinicId: string, { seq, token }: Head): SQL => {
  const ofClinic = sql`SELECT 1 FROM ${patientChanges} WHERE ${patientChanges.clinicId} = ${clinicId}`;
  return seq === NO_CHANGE.seq
    ? sql`NOT EXISTS (${ofClinic})`
    : sql`EXISTS (${ofClinic} AND seq = ${seq} AND token = ${token})`;
};

/** The last change of a clinic's patients, and whether one that was seen before led to it. */
export const findContinuation = (clinicId: string, seen: Head | undefined): Read<{ head: Head; continues: boolean }> =>
  mapped(
    rowOf<Head & { continues: number }>(
      sql`SELECT seq, token, ${seen ? leadsHere(clinicId, seen) : sql`0`} AS continues FROM ${patientChanges}
          WHERE ${patientChanges.clinicId} = ${clinicId} ORDER BY seq DESC LIMIT 1`,
    ),
    (row) =>
      row
        ? { head: { seq: row.seq, token: row.token }, continues: row.continues === 1 }
        : { head: NO_CHANGE, continues: seen?.seq === NO_CHANGE.seq },
  );
