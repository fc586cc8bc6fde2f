import { type SQL, sql } from "drizzle-orm";
import type { Tenancy } from "../../platform/auth/tenants.ts";
import { settled } from "../../platform/db/columns.ts";
import { mapped, type Read, rowOf, rowsOf } from "../../platform/db/read.ts";
import { recordOfPatient } from "../reports/model/reports-store.ts";
import type { NewReport } from "../reports/model/reports-store.ts";
import { clinicians, clinics } from "../tables/clinics.ts";
import { reports } from "../tables/ehr.ts";
import { cgmPeriods as p, deletedPatients, patients } from "../tables/patients.ts";
import type { PeriodKey, PeriodRow } from "./model/observations.ts";
import type { RecordId, RecordRow } from "./model/record.ts";

const head = settled(sql`${patients.key} AS key, ${patients.clinicId} AS "clinicId", ${patients.userId} AS "userId",
  ${patients.fullName} AS "fullName", ${patients.birthDate} AS "birthDate", ${patients.mrn} AS mrn,
  ${patients.email} AS email, ${patients.updatedAt} AS "updatedAt", ${patients.cgmLastDataAt} AS "lastDataAt",
  ${patients.cgmLastUpdatedAt} AS "lastUpdatedAt", ${clinics.name} AS "clinicName", ${clinics.timezone} AS timezone,
  ${clinics.preferredBgUnits} AS "preferredBgUnits", ${clinics.updatedAt} AS "clinicUpdatedAt"`);

const withClinic = sql`${patients} JOIN ${clinics} ON ${clinics.id} = ${patients.clinicId}`;

/** A patient's record with what is needed of the clinic. */
export const findRecord = ({ clinicId, patientId }: RecordId): Read<RecordRow | undefined> =>
  rowOf(sql`SELECT ${head} FROM ${withClinic} WHERE ${recordOfPatient(clinicId, patientId)}`);

/** Whether the clinic has deleted its record of a patient. */
export const findIsDeleted = ({ clinicId, patientId }: RecordId): Read<boolean> =>
  mapped(
    rowOf(
      sql`SELECT 1 FROM ${deletedPatients} WHERE ${deletedPatients.userId} = ${patientId}
          AND ${deletedPatients.clinicId} = ${clinicId} LIMIT 1`,
    ),
    (row) => row !== undefined,
  );

/** The statistics of some periods of a patient. */
export const findPeriods = ({ clinicId, patientId }: RecordId, periods: readonly PeriodKey[]): Read<PeriodRow[]> =>
  rowsOf(
    sql`SELECT ${p.period} AS period, ${column("averageGlucoseMmol")} AS average,
          ${column("timeInVeryLowPercent")} AS "veryLow", ${column("timeInLowPercent")} AS low,
          ${column("timeInTargetPercent")} AS target, ${column("timeInHighPercent")} AS high,
          ${column("timeInVeryHighPercent")} AS "veryHigh", ${column("glucoseManagementIndicator")} AS gmi,
          ${column("coefficientOfVariation")} AS variation, ${column("daysWithData")} AS days,
          ${column("timeCGMUsePercent")} AS use, ${column("totalRecords")} AS "totalRecords"
        FROM ${patients} JOIN ${p} ON ${p.patientKey} = ${patients.key}
        WHERE ${recordOfPatient(clinicId, patientId)} AND ${p.period} IN (${sql.join(
          periods.map((it) => sql`${it}`),
          sql`, `,
        )})`,
  );

function column(name: string): SQL {
  return sql`${(p as unknown as Record<string, SQL>)[name]!}`;
}

const reportColumns =
  settled(sql`${reports.id} AS id, ${reports.cause} AS cause, ${reports.periodStart} AS "periodStart",
  ${reports.periodEnd} AS "periodEnd", ${reports.size} AS size, ${reports.sha256} AS sha256,
  ${reports.createdAt} AS "createdAt"`);

/** A report with the record it is about. */
export const findReportOf = (reportId: string): Read<(RecordRow & { readonly report: NewReport }) | undefined> =>
  mapped(
    rowOf<RecordRow & NewReport>(
      sql`SELECT ${head}, ${reportColumns} FROM ${reports} JOIN ${patients} ON ${patients.key} = ${reports.patientKey}
            JOIN ${clinics} ON ${clinics.id} = ${patients.clinicId}
          WHERE ${reports.id} = ${reportId} AND ${reports.state} = 'ready'`,
    ),
    (row) => row && { ...row, report: row },
  );

/** What a person is to the clinic that has a report and to the patient it is about. */
export const rolesOverReport: Tenancy["rolesIn"] = (reportId, callerId, tell) =>
  mapped(
    rowOf<{ userId: string; clinicId: string; roles: string | null }>(
      sql`SELECT ${patients.userId} AS "userId", ${patients.clinicId} AS "clinicId",
            (SELECT ${clinicians.roles} FROM ${clinicians} WHERE ${clinicians.clinicId} = ${patients.clinicId}
             AND ${clinicians.userId} = ${callerId}) AS roles
          FROM ${reports} JOIN ${patients} ON ${patients.key} = ${reports.patientKey}
          WHERE ${reports.id} = ${reportId} AND ${reports.state} = 'ready'`,
    ),
    (row) => {
      if (!row) return [];
      tell({ clinicId: row.clinicId, patientId: row.userId });
      return [...(row.userId === callerId ? ["PATIENT"] : []), ...(JSON.parse(row.roles ?? "[]") as string[])];
    },
  );

/** As many reports of one patient as are looked through. */
const REPORTS_MAX = 1000;

/** The newest reports of a patient. */
export const findReportsOf = ({ clinicId, patientId }: RecordId): Read<NewReport[]> =>
  rowsOf(
    sql`SELECT ${reportColumns} FROM ${reports} JOIN ${patients} ON ${patients.key} = ${reports.patientKey}
        WHERE ${recordOfPatient(clinicId, patientId)} AND ${reports.state} = 'ready'
        ORDER BY ${reports.createdAt} DESC, ${reports.id} DESC LIMIT ${REPORTS_MAX}`,
  );

/** A clinic, or all that somebody can see: their own records, and those of the clinics where they are a clinician. */
export type Scope = { readonly clinicId: string } | { readonly callerId: string };

/** What a record has to be, given the clinic that is looked into; undefined: it is looked for among the caller's own. */
type Condition = (clinicId: SQL | undefined) => SQL;

/** Clinics of one clinician that are looked into, as FindPatients has it. */
const CLINICS_MAX = 1000;

const keyOf = sql`SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id FROM`;

function keysIn(scope: Scope, condition: Condition): SQL {
  if ("clinicId" in scope) {
    return sql`${keyOf} ${patients} WHERE ${patients.clinicId} = ${scope.clinicId} AND ${condition(sql`${scope.clinicId}`)}`;
  }
  return sql`${keyOf} ${patients} WHERE ${patients.userId} = ${scope.callerId} AND ${condition(undefined)}
    UNION ${keyOf} (SELECT ${clinicians.clinicId} AS clinic_id FROM ${clinicians}
      WHERE ${clinicians.userId} = ${scope.callerId} ORDER BY ${clinicians.createdAt} LIMIT ${CLINICS_MAX}) AS own
      CROSS JOIN ${patients} ON ${patients.clinicId} = own.clinic_id AND ${condition(sql`own.clinic_id`)}`;
}

/** How many patients there are of a kind. */
export const countRecords = (scope: Scope, condition: Condition): Read<number> =>
  mapped(rowOf<{ n: number }>(sql`SELECT count(*) AS n FROM (${keysIn(scope, condition)})`), (row) => row!.n);

/** The next of them by age of the record. */
export const findRecords = (scope: Scope, condition: Condition, after: number, limit: number): Read<RecordRow[]> =>
  rowsOf(
    sql`SELECT ${head} FROM (SELECT key, clinic_id FROM (${keysIn(scope, condition)}) WHERE key > ${after}
          ORDER BY key LIMIT ${limit}) AS page
        CROSS JOIN ${patients} ON ${patients.key} = page.key AND ${patients.clinicId} = page.clinic_id
        JOIN ${clinics} ON ${clinics.id} = ${patients.clinicId} ORDER BY ${patients.key}`,
  );
