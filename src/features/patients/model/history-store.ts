import { type SQL, sql } from "drizzle-orm";
import { settled } from "../../../platform/db/columns.ts";
import { prepared } from "../../../platform/db/prepared.ts";
import { mapped, type Read, valueOf } from "../../../platform/db/read.ts";
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
const leadsTo = (clinicId: SQL, seq: SQL, token: SQL): SQL =>
  sql`iif(${seq} = ${sql.raw(String(NO_CHANGE.seq))}, NOT EXISTS (${changesOfClinic} ${clinicId}),
    EXISTS (${changesOfClinic} ${clinicId} AND seq = ${seq} AND token = ${token}))`;
export const leadsHere = (clinicId: string, { seq, token }: Head): SQL =>
  leadsTo(sql`${clinicId}`, sql`${seq}`, sql`${token}`);

/** The columns `head` and `continues`, of which `continuationOf` makes a continuation. Nothing continues what was not seen: NULL. */
export const continuation = (clinicId: SQL, seq: SQL, token: SQL): SQL =>
  sql`(${lastChange} ${clinicId} ORDER BY seq DESC LIMIT 1) AS head, ${leadsTo(clinicId, seq, token)} AS continues`;

/** Number and token of a clinic's last change. */
export type LastChange = readonly [seq: number, token: number] | null;

export const continuationOf = (last: LastChange, continues: number): Continuation => ({
  head: last ? { seq: last[0], token: last[1] } : NO_CHANGE,
  continues: continues === 1,
});

const continuationOfClinic = prepared<{ clinicId: string; seq: number | null; token: number | null }>(
  (value) => sql`SELECT json_array(json(head), continues) FROM
      (SELECT ${continuation(value("clinicId"), value("seq"), value("token"))})`,
);

export const findContinuation = (clinicId: string, seen: Head | undefined): Read<Continuation> =>
  mapped(
    valueOf<string>(continuationOfClinic({ clinicId, seq: seen?.seq ?? null, token: seen?.token ?? null })),
    (text) => continuationOf(...(JSON.parse(text!) as [LastChange, number])),
  );
