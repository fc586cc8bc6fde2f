import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowsOf, together } from "../../../platform/db/read.ts";
import { wholeClinics, type WholeClinic } from "../../clinics/model/store.ts";
import { type FoundPatient, patientsAmong } from "../../patients/model/read.ts";
import { mrnKeyOf } from "../../patients/model/record.ts";
import { ehrMessages, xealthReportViews } from "../../tables/ehr.ts";
import { patients } from "../../tables/patients.ts";
import { connectedClinics } from "../match/match-store.ts";
import type { Identifier } from "../model/identity.ts";

/** Rule of the published behaviour. */
const MATCHES_MAX = 100;

const clinicsOf = (deployment: string): SQL => connectedClinics("xealth", sql`${deployment}`);

/** The clinics of a health system: those that are connected by Xealth with its name. */
export const findClinics = (deployment: string): Read<WholeClinic[]> => wholeClinics(clinicsOf(deployment));

/** Key and clinic of the patients of a health system who have any of these numbers as MRN. */
function withAnyOf(deployment: string, identifiers: readonly Identifier[]): SQL {
  const keys = [...new Set(identifiers.flatMap(({ id }) => mrnKeyOf(id) ?? []))];
  return sql`SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id
    FROM json_each(${JSON.stringify(keys)}) AS number CROSS JOIN ${patients} INDEXED BY patients_by_mrn
      ON ${patients.mrnKey} = number.value
    WHERE ${patients.clinicId} IN (${clinicsOf(deployment)}) ORDER BY ${patients.nameKey}, ${patients.key} LIMIT ${MATCHES_MAX}`;
}

/** Whom a request may be about. Which of the numbers is the MRN depends on the clinic, which is read at the same time. */
export const findAsked = (
  deployment: string,
  identifiers: readonly Identifier[],
): Read<{ clinics: WholeClinic[]; patients: FoundPatient[] }> =>
  together({ clinics: findClinics(deployment), patients: patientsAmong(withAnyOf(deployment, identifiers)) });

/** What an EHR shows of a patient beside the record. */
export interface Shown {
  readonly patientKey: number;
  /** The last order, as it was received and read. */
  readonly message: string | null;
  /** When this person last asked for the reports, by program. */
  readonly views: Readonly<Record<string, number>>;
}

/** The last order of each of the same patients, and when somebody of the EHR last asked for their reports. */
export const findShown = (
  deployment: string,
  identifiers: readonly Identifier[],
  ehrUserId: string | undefined,
): Read<Shown[]> =>
  mapped(
    rowsOf<{ patientKey: number; message: string | null; views: string }>(
      sql`SELECT ${patients.key} AS "patientKey",
            (SELECT ${ehrMessages.message} FROM ${ehrMessages} WHERE ${ehrMessages.id} =
              json_extract(${patients.ehrSubscriptions}, '$.xealthReports.matchedMessages[#-1].id')) AS message,
            (SELECT json_group_object(${xealthReportViews.programId}, ${xealthReportViews.viewedAt}) FROM ${xealthReportViews}
             WHERE ${xealthReportViews.patientKey} = ${patients.key} AND ${xealthReportViews.deployment} = ${deployment}
               AND ${xealthReportViews.ehrUserId} = ${ehrUserId ?? ""}) AS views
          FROM (${withAnyOf(deployment, identifiers)}) AS asked CROSS JOIN ${patients}
            ON ${patients.key} = asked.key AND ${patients.clinicId} = asked.clinic_id`,
    ),
    (found) => found.map((row) => ({ ...row, views: JSON.parse(row.views) as Record<string, number> })),
  );
