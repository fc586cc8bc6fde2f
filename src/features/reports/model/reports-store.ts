import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { patients } from "../../tables/patients.ts";
import { reports } from "../../tables/ehr.ts";

export type ReportRow = typeof reports.$inferSelect;

/** What is recorded of a report beside its bytes. */
export type NewReport = Omit<ReportRow, "patientKey" | "state">;

/** Made by a sync, because somebody asked, or to be shown in the viewer. */
export type ReportCause = "sync" | "request" | "view";

/** Picks the record of a patient. */
export const recordOfPatient = (clinicId: string, userId: string): SQL =>
  sql`${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId}`;

/** Finds out whether there is such a patient. */
export const patientOfReport = (clinicId: string, userId: string): SQL =>
  sql`SELECT 1 FROM ${patients} WHERE ${recordOfPatient(clinicId, userId)}`;

/**
 * Records a report of a patient; nothing where the patient is gone. A sync that starts over replaces its own report, as the
 * bytes are replaced.
 */
export const insertReport = (patient: SQL, state: "making" | "ready", it: NewReport): SQL =>
  sql`INSERT INTO ${reports} (id, patient_key, state, cause, period_start, period_end, size, sha256, shown_sha256,
        created_at)
      SELECT ${it.id}, ${patients.key}, ${state}, ${it.cause}, ${it.periodStart}, ${it.periodEnd}, ${it.size},
        ${it.sha256}, ${it.shownSha256}, ${it.createdAt}
      FROM ${patients} WHERE ${patient}
      ON CONFLICT (id) DO UPDATE SET patient_key = excluded.patient_key, state = excluded.state,
        period_start = excluded.period_start, period_end = excluded.period_end, size = excluded.size,
        sha256 = excluded.sha256, shown_sha256 = excluded.shown_sha256, created_at = excluded.created_at`;

/** Says that the bytes of a report are stored. */
export const completeReport = (id: string): SQL =>
  sql`UPDATE ${reports} SET state = 'ready' WHERE ${reports.id} = ${id} AND ${reports.state} = 'making'`;

/** Lets the sweep delete the objects with the ids of a query: they may have been stored, whether they are recorded or not. */
export const discardReport = (ids: SQL, now: number): SQL =>
  sql`INSERT INTO ${reports} (id, patient_key, state, cause, size, sha256, created_at)
      SELECT gone.id, 0, 'removed', ${"sync" satisfies ReportCause}, 0, '', ${now} FROM (${ids}) AS gone WHERE true
      ON CONFLICT (id) DO UPDATE SET state = 'removed'`;

/** Lets the sweep delete the reports of records that are removed. */
export const removeReportsOf = (patientKeys: SQL): SQL =>
  sql`UPDATE ${reports} SET state = 'removed' WHERE ${reports.patientKey} IN (${patientKeys})`;

const columns = sql`${reports.id} AS id, ${reports.cause} AS cause, ${reports.periodStart} AS "periodStart",
  ${reports.periodEnd} AS "periodEnd", ${reports.size} AS size, ${reports.sha256} AS sha256,
  ${reports.shownSha256} AS "shownSha256", ${reports.createdAt} AS "createdAt"`;
const ofPatient = (clinicId: string, userId: string): SQL =>
  sql`${reports} JOIN ${patients} ON ${patients.key} = ${reports.patientKey}
      WHERE ${recordOfPatient(clinicId, userId)} AND ${reports.state} = 'ready'`;

/** Whether there is such a patient. */
export const findPatientOfReport = (clinicId: string, userId: string): Read<object | undefined> =>
  rowOf(patientOfReport(clinicId, userId));

/** A page of a patient's reports, newest first. */
export const listReports = (clinicId: string, userId: string, page: Page): Read<NewReport[]> =>
  rowsOf(
    sql`SELECT ${columns} FROM ${ofPatient(clinicId, userId)}
        ORDER BY ${reports.createdAt} DESC, ${reports.id} DESC LIMIT ${page.limit} OFFSET ${page.offset}`,
  );

/** One report of a patient. */
export const findReport = (clinicId: string, userId: string, reportId: string): Read<NewReport | undefined> =>
  rowOf(sql`SELECT ${columns} FROM ${ofPatient(clinicId, userId)} AND ${reports.id} = ${reportId}`);

/** The newest report of a patient of those that show every section with the settings their clinic had. */
export const findUsualReport = (clinicId: string, userId: string): Read<NewReport | undefined> =>
  rowOf(
    sql`SELECT ${columns} FROM ${ofPatient(clinicId, userId)} AND ${reports.shownSha256} IS NOT NULL
        ORDER BY ${reports.createdAt} DESC, ${reports.id} DESC LIMIT 1`,
  );

/** Lets the sweep delete reports that are older than they are kept. */
export const expireReports = (createdBefore: number, limit: number): SQL =>
  sql`UPDATE ${reports} SET state = 'removed' WHERE id IN (SELECT ${reports.id} FROM ${reports} INDEXED BY reports_by_age
      WHERE ${reports.createdAt} < ${createdBefore} AND ${reports.state} = 'ready' ORDER BY ${reports.createdAt} LIMIT ${limit})`;

/** Reports whose objects are to be deleted: removed ones, and those whose making was interrupted before a time. */
export const findReportsToClear = (interruptedBefore: number, limit: number): Read<{ id: string }[]> =>
  rowsOf(
    sql`SELECT ${reports.id} AS id FROM ${reports} INDEXED BY reports_to_clear
        WHERE ${reports.state} <> 'ready' AND (${reports.state} = 'removed' OR ${reports.createdAt} < ${interruptedBefore})
        ORDER BY ${reports.createdAt} LIMIT ${limit}`,
  );

/** Forgets reports whose objects are deleted. */
export const forgetReports = (ids: readonly string[]): SQL =>
  sql`DELETE FROM ${reports} WHERE ${reports.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
      AND ${reports.state} <> 'ready'`;

/** The state of a report; NULL when it is gone. */
export const stateOfReport = (reportId: SQL): SQL =>
  sql`SELECT ${reports.state} FROM ${reports} WHERE ${reports.id} = ${reportId}`;
