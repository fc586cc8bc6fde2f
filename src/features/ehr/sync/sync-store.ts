import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { clinics } from "../../tables/clinics.ts";
import { ehrRuns } from "../../tables/ehr.ts";
import { patients } from "../../tables/patients.ts";
import { isConnectedByRedox } from "../model/jobs-store.ts";

/** The clinic, if Redox connects it. */
export const connectedClinic = (clinicId: string): SQL =>
  sql`SELECT ${clinics.id} AS clinic_id FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${isConnectedByRedox}`;

export interface OpenRun {
  readonly id: string;
  readonly clinicId: string;
  readonly cursor: number;
  readonly createdAt: number;
  /** 1 while Redox connects the clinic. */
  readonly isConnected: number;
  /** The last key of the next page; null when there are no more. */
  readonly until: number | null;
}

/** A run that is not finished, with the end of its next page. */
export const findOpenRun = (runId: string, limit: number): Read<OpenRun | undefined> =>
  rowOf(
    sql`SELECT ${ehrRuns.id} AS id, ${ehrRuns.clinicId} AS "clinicId", ${ehrRuns.cursor} AS cursor,
          ${ehrRuns.createdAt} AS "createdAt",
          EXISTS (SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${ehrRuns.clinicId} AND ${isConnectedByRedox}) AS "isConnected",
          (SELECT max(key) FROM (SELECT ${patients.key} AS key FROM ${patients} INDEXED BY patients_subscribed
             WHERE ${patients.clinicId} = ${ehrRuns.clinicId} AND ${patients.ehrSubscriptions} IS NOT NULL
               AND ${patients.key} > ${ehrRuns.cursor} ORDER BY ${patients.key} LIMIT ${limit})) AS until
        FROM ${ehrRuns} WHERE ${ehrRuns.id} = ${runId} AND ${ehrRuns.finishedAt} IS NULL`,
  );

/** Picks a run as it was read: nobody has made its next page, finished it, or started it again. */
const isAsRead = ({ id, cursor, createdAt }: OpenRun): SQL =>
  sql`${ehrRuns.id} = ${id} AND ${ehrRuns.cursor} = ${cursor} AND ${ehrRuns.createdAt} = ${createdAt}
      AND ${ehrRuns.finishedAt} IS NULL`;

/** Moves the cursor to the end of the next page, if the run is as it was read. */
export const advanceRun = (run: OpenRun): SQL =>
  sql`UPDATE ${ehrRuns} SET cursor = ${run.until} WHERE ${isAsRead(run)}`;

/** Finishes a run, if it is as it was read. */
export const finishRun = (run: OpenRun, now: number): SQL =>
  sql`UPDATE ${ehrRuns} SET finished_at = ${now} WHERE ${isAsRead(run)}`;

/** Ends a run that makes no more jobs. */
export const failRun = (runId: string, now: number): SQL =>
  sql`UPDATE ${ehrRuns} SET finished_at = ${now} WHERE ${ehrRuns.id} = ${runId} AND ${ehrRuns.finishedAt} IS NULL`;
