import { type SQL, sql } from "drizzle-orm";
import { xealthPreorders, xealthReportViews } from "../../tables/ehr.ts";

/** Who asks for reports inside an EHR. */
export interface View {
  readonly deployment: string;
  readonly programId: string;
  readonly ehrUserId: string;
}

/** Records that somebody asks for the reports of a patient, given as a query of the key. */
export const recordView = (patient: SQL, it: View, now: number): SQL =>
  sql`INSERT INTO ${xealthReportViews} (patient_key, deployment, program_id, ehr_user_id, viewed_at)
      SELECT own.key, ${it.deployment}, ${it.programId}, ${it.ehrUserId}, ${now} FROM (${patient}) AS own WHERE true
      ON CONFLICT (patient_key, deployment, program_id, ehr_user_id) DO UPDATE SET viewed_at = excluded.viewed_at`;

/** Forgets who asked for the reports of records that are removed. */
export const forgetViewsOf = (patientKeys: SQL): SQL =>
  sql`DELETE FROM ${xealthReportViews} WHERE ${xealthReportViews.patientKey} IN (${patientKeys})`;

/** Forgets views before a time. */
export const expireViews = (viewedBefore: number, limit: number): SQL =>
  sql`DELETE FROM ${xealthReportViews} WHERE (patient_key, deployment, program_id, ehr_user_id) IN
        (SELECT patient_key, deployment, program_id, ehr_user_id FROM ${xealthReportViews} INDEXED BY xealth_report_views_by_time
         WHERE viewed_at < ${viewedBefore} ORDER BY viewed_at LIMIT ${limit})`;

/** Gives what clinicians of a clinic entered while ordering to the clinic it is merged into: their orders are to come. */
export const givePreorders = (sourceId: string, targetId: string): SQL =>
  sql`UPDATE OR IGNORE ${xealthPreorders} SET clinic_id = ${targetId} WHERE ${xealthPreorders.clinicId} = ${sourceId}`;

/** Forgets what clinicians of a clinic entered while ordering. */
export const forgetPreordersOf = (clinicId: string): SQL =>
  sql`DELETE FROM ${xealthPreorders} WHERE ${xealthPreorders.clinicId} = ${clinicId}`;
