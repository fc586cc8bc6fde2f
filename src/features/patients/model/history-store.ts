import { type SQL, sql } from "drizzle-orm";
import { settled } from "../../../platform/db/columns.ts";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { patientChanges } from "../../tables/patients.ts";

/** A change of a clinic's patients: its number, and what proves that it is the one that had this number. */
export interface Head {
  readonly seq: number;
  readonly token: number;
}

/** Nothing has changed since changes are written down. */
export const NO_CHANGE: Head = { seq: 0, token: 0 };

/** Where a clinic's patients are: their last change, and whether one that was seen before led to it. */
export interface Continuation {
  readonly head: Head;
  readonly continues: boolean;
}

const changesOfClinic = settled(sql`SELECT 1 FROM ${patientChanges} WHERE ${patientChanges.clinicId} =`);
const lastChange = settled(
  sql`SELECT json_array(seq, token) FROM ${patientChanges} WHERE ${patientChanges.clinicId} =`,
);

/** Whether a change that was seen before is among those that led to the clinic as it is; where there was none, there is none yet. */
export const leadsHere = (clinicId: string, { seq, token }: Head): SQL =>
  seq === NO_CHANGE.seq
    ? sql`NOT EXISTS (${changesOfClinic} ${clinicId})`
    : sql`EXISTS (${changesOfClinic} ${clinicId} AND seq = ${seq} AND token = ${token})`;

/** The columns `head` and `continues`, of which `continuationOf` makes a continuation. */
export const continuation = (clinicId: string, seen: Head | undefined): SQL =>
  sql`(${lastChange} ${clinicId} ORDER BY seq DESC LIMIT 1) AS head, ${seen ? leadsHere(clinicId, seen) : sql`0`} AS continues`;

export interface ContinuationRow {
  readonly head: string | null;
  readonly continues: number;
}

export function continuationOf({ head, continues }: ContinuationRow): Continuation {
  if (head === null) return { head: NO_CHANGE, continues: continues === 1 };
  const [seq, token] = JSON.parse(head) as [number, number];
  return { head: { seq, token }, continues: continues === 1 };
}

export const findContinuation = (clinicId: string, seen: Head | undefined): Read<Continuation> =>
  mapped(rowOf<ContinuationRow>(sql`SELECT ${continuation(clinicId, seen)}`), (row) => continuationOf(row!));
