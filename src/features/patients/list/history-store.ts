import { sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { patientChanges } from "../../tables/patients.ts";
import { type Head, NO_CHANGE } from "./roster.ts";

/** The last change of a clinic's patients, and whether one that was seen before is still among those that led to it. */
export const findContinuation = (
  clinicId: string,
  seen: Head | undefined,
): Read<{ head: Head; continues: boolean }> => {
  const continues = seen
    ? sql`EXISTS (SELECT 1 FROM ${patientChanges} WHERE ${patientChanges.clinicId} = ${clinicId}
        AND seq = ${seen.seq} AND token = ${seen.token})`
    : sql`0`;
  return mapped(
    rowOf<Head & { continues: number }>(
      sql`SELECT seq, token, ${continues} AS continues FROM ${patientChanges}
          WHERE ${patientChanges.clinicId} = ${clinicId} ORDER BY seq DESC LIMIT 1`,
    ),
    (row) =>
      row
        ? { head: { seq: row.seq, token: row.token }, continues: row.continues === 1 }
        : { head: NO_CHANGE, continues: seen?.seq === NO_CHANGE.seq },
  );
};
