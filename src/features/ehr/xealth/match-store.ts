import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowsOf, together } from "../../../platform/db/read.ts";
import { wholeClinics, type WholeClinic } from "../../clinics/model/store.ts";
import { type FoundPatient, patientsAmong } from "../../patients/model/read.ts";
import { mrnKeyOf } from "../../patients/model/record.ts";
import { recordsOnceWith } from "../../patients/model/former-mrns-store.ts";
import { ehrMessages, xealthReportViews } from "../../tables/ehr.ts";
import { clinics } from "../../tables/clinics.ts";
import { patients } from "../../tables/patients.ts";
import { ehrSetting } from "../model/jobs-store.ts";
import { connectedClinics } from "../match/match-store.ts";
import { type Identifier, possibleMrns } from "../model/identity.ts";

/** Rule of the published behaviour. */
const MATCHES_MAX = 100;

const clinicsOf = (deployment: string): SQL => connectedClinics("xealth", sql`${deployment}`);

/** The clinics of a health system: those that are connected by Xealth with its name. */
export const findClinics = (deployment: string): Read<WholeClinic[]> => wholeClinics(clinicsOf(deployment));

/** Key and clinic of the patients of a health system who have, or once had, the first of these numbers of a clinic's type as MRN. */
function withAnyOf(deployment: string, identifiers: readonly Identifier[]): SQL {
  const numbers = possibleMrns(identifiers).map(({ id, type }) => ({ key: mrnKeyOf(id), type }));
  const isMrn = sql`number.value ->> '$.type' IN (SELECT lower(${ehrSetting("mrnIdType")}) FROM ${clinics} WHERE ${clinics.id} IN (${clinicsOf(deployment)}))`;
  const all = sql`json_each(${JSON.stringify(numbers)}) AS number`;
  return sql`SELECT * FROM (SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id
    FROM ${all} CROSS JOIN ${patients} INDEXED BY patients_by_mrn ON ${patients.mrnKey} = number.value ->> '$.key'
    WHERE ${patients.clinicId} IN (${clinicsOf(deployment)}) AND ${isMrn}
    ORDER BY ${patients.nameKey}, ${patients.key} LIMIT ${MATCHES_MAX})
    UNION SELECT * FROM (SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id FROM ${patients}
    WHERE ${patients.key} IN (${recordsOnceWith(sql`SELECT number.value ->> '$.key' FROM ${all} WHERE ${isMrn}`, sql`IN (${clinicsOf(deployment)})`)})
      AND ${patients.clinicId} IN (${clinicsOf(deployment)}) LIMIT ${MATCHES_MAX})`;
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
  /** The program and the time of the last order, as they stand there. */
  readonly programId: string | null;
  readonly orderedAt: string | null;
  /** When this person last asked for the reports, by program. */
  readonly views: ReadonlyMap<string, number>;
}

const ofLastOrder = (part: string): SQL =>
  sql`(SELECT json_extract(${ehrMessages.message}, ${`$.eventNotification.${part}`}) FROM ${ehrMessages} WHERE ${ehrMessages.id} =
       json_extract(${patients.ehrSubscriptions}, '$.xealthReports.matchedMessages[#-1].id'))`;

/** The last order of each of the same patients, and when somebody of the EHR last asked for their reports. */
export const findShown = (
  deployment: string,
  identifiers: readonly Identifier[],
  ehrUserId: string | undefined,
): Read<Shown[]> =>
  mapped(
    rowsOf<{ patientKey: number; programId: string | null; orderedAt: string | null; views: string }>(
      sql`SELECT ${patients.key} AS "patientKey",
            ${ofLastOrder("programId")} AS "programId", ${ofLastOrder("eventTimeStamp")} AS "orderedAt",
            (SELECT json_group_object(${xealthReportViews.programId}, ${xealthReportViews.viewedAt}) FROM ${xealthReportViews}
             WHERE ${xealthReportViews.patientKey} = ${patients.key} AND ${xealthReportViews.deployment} = ${deployment}
               AND ${xealthReportViews.ehrUserId} = ${ehrUserId ?? ""}) AS views
          FROM (${withAnyOf(deployment, identifiers)}) AS asked CROSS JOIN ${patients}
            ON ${patients.key} = asked.key AND ${patients.clinicId} = asked.clinic_id`,
    ),
    (found) =>
      found.map((row) => ({
        ...row,
        views: new Map(Object.entries(JSON.parse(row.views) as Record<string, number>)),
      })),
  );

/** The patient of a clinic whom an earlier event of the same order was matched to. */
export const findPatientOfOrder = (messageId: string, clinicId: string): Read<FoundPatient | undefined> =>
  mapped(
    patientsAmong(
      sql`SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id FROM ${ehrMessages} AS own
          JOIN ${ehrMessages} AS other INDEXED BY ehr_messages_of_an_order
            ON other.source_id = own.source_id AND other.order_id = own.order_id AND other.provider = own.provider
          JOIN ${patients} ON ${patients.key} = other.patient_key
          WHERE own.id = ${messageId} AND ${patients.clinicId} = ${clinicId} LIMIT 1`,
    ),
    ([patient]) => patient,
  );
