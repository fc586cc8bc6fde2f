import { type SQL, sql } from "drizzle-orm";
import { parsedJson } from "../../../platform/core/wire.ts";
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

export const findPreorder = (clinicId: string, dataTrackingId: string): Read<PreorderData | undefined> =>
  mapped(
    rowOf<{ data: string }>(
      sql`SELECT ${xealthPreorders.data} AS data FROM ${xealthPreorders} WHERE ${one(clinicId, dataTrackingId)}`,
    ),
    (row) => parsedJson<PreorderData>(row?.data ?? null),
  );

/** Deletes what was entered, once it was used. */
export const forgetPreorder = (clinicId: string, dataTrackingId: string): SQL =>
  sql`DELETE FROM ${xealthPreorders} WHERE ${one(clinicId, dataTrackingId)}`;

/** Deletes what was entered and never used. */
export const expirePreorders = (now: number, limit: number): SQL =>
  sql`DELETE FROM ${xealthPreorders} WHERE (clinic_id, data_tracking_id) IN
        (SELECT ${xealthPreorders.clinicId}, ${xealthPreorders.dataTrackingId} FROM ${xealthPreorders}
         WHERE ${xealthPreorders.expiresAt} <= ${now} ORDER BY ${xealthPreorders.expiresAt} LIMIT ${limit})`;
