import { sql } from "drizzle-orm";
import { type Read, rowsOf } from "../../../platform/db/read.ts";
import { ehrJobs } from "../../tables/ehr.ts";
import { patients } from "../../tables/patients.ts";

/** A job as operators see it. */
export interface ListedJob {
  readonly id: string;
  readonly clinicId: string;
  readonly cause: string;
  readonly state: string;
  /** Why nothing was sent, or the job failed. */
  readonly reason: string | null;
  readonly createdAt: number;
  readonly flowsheetSentAt: number | null;
  readonly noteSentAt: number | null;
  readonly finishedAt: number | null;
}

/** The jobs of a user's records in all clinics, newest first. */
export const listJobsOfUser = (userId: string, limit: number): Read<ListedJob[]> =>
  rowsOf(
    sql`SELECT ${ehrJobs.id} AS id, ${patients.clinicId} AS "clinicId", ${ehrJobs.cause} AS cause,
          ${ehrJobs.state} AS state, ${ehrJobs.reason} AS reason, ${ehrJobs.createdAt} AS "createdAt",
          ${ehrJobs.flowsheetSentAt} AS "flowsheetSentAt", ${ehrJobs.noteSentAt} AS "noteSentAt",
          ${ehrJobs.finishedAt} AS "finishedAt"
        FROM ${patients} CROSS JOIN ${ehrJobs} ON ${ehrJobs.patientKey} = ${patients.key}
        WHERE ${patients.userId} = ${userId} ORDER BY ${ehrJobs.seq} DESC LIMIT ${limit}`,
  );
