import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { xealthPreorders } from "../../tables/ehr.ts";
import type { PreorderData } from "./input.ts";

const one = (clinicId: string, dataTrackingId: string): SQL =>
  sql`${xealthPreorders.clinicId} = ${clinicId} AND ${xealthPreorders.dataTrackingId} = ${dataTrackingId}`;

/** Keeps what a clinician has entered; what was entered last counts. */
export const keepPreorder = (clinicId: string, dataTrackingId: string, data: PreorderData, expiresAt: number): SQL =>
  sql`INSERT INTO ${xealthPreorders} (clinic_id, data_tracking_id, data, expires_at)
      VALUES (${clinicId}, ${dataTrackingId}, ${JSON.stringify(data)}, ${expiresAt})
      ON CONFLICT (clinic_id, data_tracking_id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`;

/** An entry, with its text as it is kept. */
export interface KeptPreorder {
  readonly data: PreorderData;
  readonly text: string;
}

export const findPreorder = (clinicId: string, dataTrackingId: string): Read<KeptPreorder | undefined> =>
  mapped(
    rowOf<{ text: string }>(
      sql`SELECT ${xealthPreorders.data} AS text FROM ${xealthPreorders} WHERE ${one(clinicId, dataTrackingId)}`,
    ),
    (row) => row && { data: JSON.parse(row.text) as PreorderData, text: row.text },
  );

/** The entry, as long as it is what was read. */
export const preorderAsRead = (clinicId: string, dataTrackingId: string, { text }: KeptPreorder): SQL =>
  sql`SELECT 1 FROM ${xealthPreorders} WHERE ${one(clinicId, dataTrackingId)} AND ${xealthPreorders.data} = ${text}`;

/** Deletes what was entered, once it was used. */
export const forgetPreorder = (clinicId: string, dataTrackingId: string): SQL =>
  sql`DELETE FROM ${xealthPreorders} WHERE ${one(clinicId, dataTrackingId)}`;

/** Deletes what was entered and never used. */
export const expirePreorders = (now: number, limit: number): SQL =>
  sql`DELETE FROM ${xealthPreorders} WHERE (clinic_id, data_tracking_id) IN
        (SELECT ${xealthPreorders.clinicId}, ${xealthPreorders.dataTrackingId} FROM ${xealthPreorders}
         WHERE ${xealthPreorders.expiresAt} <= ${now} ORDER BY ${xealthPreorders.expiresAt} LIMIT ${limit})`;
