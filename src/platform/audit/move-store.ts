import { type SQL, sql } from "drizzle-orm";
import { type Read, mapped, rowsOf } from "../db/read.ts";
import { auditLog } from "../db/tables.ts";
import type { QueuedAccess } from "./audit-store.ts";

/** A row of `audit_log` as an entry of the trail. */
export interface MovableAccess extends QueuedAccess {
  readonly rowId: number;
}

type Row = Omit<QueuedAccess, "v" | "id" | "patientIds"> & {
  readonly rowId: number;
  readonly patientId: string | null;
};

/** No other entry's id begins so before the year 2106: they begin with seconds. */
const ID_OF_ROW = "ff";

const idOf = ({ rowId, at }: Row): string =>
  // The time is part of it: a database that was restored gives numbers again.
  `${ID_OF_ROW}${at.toString(16).padStart(12, "0")}${rowId.toString(16).padStart(10, "0")}`;

/** The oldest rows that are waiting to be moved, and the newest of all, which stays. */
export const oldestChanges = (limit: number): Read<MovableAccess[]> =>
  mapped(
    rowsOf<Row>(
      sql`SELECT id AS "rowId", at, request_id AS "requestId", actor_kind AS "actorKind", actor_id AS "actorId", operation,
            clinic_id AS "clinicId", patient_id AS "patientId", outcome FROM ${auditLog} ORDER BY id LIMIT ${limit}`,
    ),
    (rows) =>
      rows.map((row) => {
        const { patientId, ...it } = row;
        return { v: 1, id: idOf(row), ...it, patientIds: patientId === null ? [] : [patientId] };
      }),
  );

/** Removes rows that are in the trail. The newest row stays: the next one's number is the one after it. */
export const forgetChanges = (rowIds: readonly number[]): SQL =>
  sql`DELETE FROM ${auditLog} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(rowIds)}))
      AND id < (SELECT max(id) FROM ${auditLog})`;
