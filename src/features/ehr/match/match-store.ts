import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { mrnKeyOf } from "../../patients/model/record.ts";
import { recordsOnceWith } from "../../patients/model/former-mrns-store.ts";
import { comparisonKey } from "../../../platform/text/comparison-key.ts";
import { wholeClinics } from "../../clinics/model/store.ts";
import { type FoundPatient, patientsAmong } from "../../patients/model/read.ts";
import { clinics } from "../../tables/clinics.ts";
import { ehrMessages } from "../../tables/ehr.ts";
import { patients } from "../../tables/patients.ts";
import { isConnectedBy } from "../model/jobs-store.ts";
import type { Criterion, PatientValues } from "./rules.ts";

/** A stored message; the provider is one of these by a constraint of the table. */
export type MessageRow = typeof ehrMessages.$inferSelect & { readonly provider: "redox" | "xealth" };

/** What a message of an EHR is for, by the words that each service has for it. */
const ORDERS = {
  redox: sql`${ehrMessages.provider} = 'redox' AND ${ehrMessages.dataModel} = 'Order' AND ${ehrMessages.eventType} = 'New'`,
  xealth: sql`${ehrMessages.provider} = 'xealth'`,
} as const;

/** A stored order. Messages of other kinds, and of other services, are not found. */
export const findOrder = (messageId: string, provider: keyof typeof ORDERS = "redox"): Read<MessageRow | undefined> =>
  rowOf(
    sql`SELECT id, deduplication_key AS "deduplicationKey", provider, data_model AS "dataModel", event_type AS "eventType",
          source_id AS "sourceId", is_test AS "isTest", event_at AS "eventAt", received_at AS "receivedAt",
          expires_at AS "expiresAt", state, reason, outcome, results_sent_at AS "resultsSentAt",
          patient_key AS "patientKey", order_id AS "orderId", message
        FROM ${ehrMessages} WHERE ${ehrMessages.id} = ${messageId} AND ${ORDERS[provider]}`,
  );

/** The ids of the clinics that a service connects with an EHR. Two are enough to know that it is unclear which is meant. */
export const connectedClinics = (provider: "redox" | "xealth", sourceId: SQL): SQL =>
  sql`SELECT id FROM (SELECT ${clinics.id} AS id FROM ${clinics} INDEXED BY clinics_by_ehr_source
      WHERE ${clinics.ehrSettings} IS NOT NULL AND ${isConnectedBy(provider)}
        AND json_extract(${clinics.ehrSettings}, '$.sourceId') = ${sourceId} LIMIT 2)`;

/** The clinics that a message may be for. */
export const clinicsOfSource = (messageId: string, provider: "redox" | "xealth" = "redox") =>
  wholeClinics(
    connectedClinics(
      provider,
      sql`(SELECT ${ehrMessages.sourceId} FROM ${ehrMessages} WHERE ${ehrMessages.id} = ${messageId})`,
    ),
  );

/** Rule of the published behaviour. */
const MATCHES_MAX = 100;

/** The patients of all clinics that may meet a criterion, by the index that few of them share, the likeliest first. */
const matches = (criterion: Criterion, { mrn, birthDate, fullName }: PatientValues): { from: SQL; order: SQL } => {
  const byMrn = sql`${patients} INDEXED BY patients_by_mrn WHERE ${patients.mrnKey} = ${mrnKeyOf(mrn)}`;
  const born = sql`${patients.birthDate} = ${birthDate}`;
  switch (criterion) {
    case "MRN":
      return { from: byMrn, order: sql`${patients.nameKey}` };
    case "MRN_DOB":
      return { from: sql`${byMrn} AND ${born}`, order: sql`${patients.nameKey}` };
    case "DOB_FULLNAME":
      // Names may read the same to an EHR that have keys of their own.
      return {
        from: sql`${patients} INDEXED BY patients_by_birth_date WHERE ${born}`,
        order: sql`${patients.nameKey} = ${comparisonKey(fullName)} DESC, ${patients.nameKey}`,
      };
  }
};

/** Where none has the MRN, those who had it and were born on the day: numbers are given to others in time. */
const onceWithMrn = (clinicId: string, found: SQL, { mrn, birthDate }: PatientValues): SQL =>
  sql`SELECT key, clinic_id FROM ${patients} WHERE ${patients.key} IN (${recordsOnceWith(mrnKeyOf(mrn), sql`= ${clinicId}`)})
      AND ${patients.clinicId} = ${clinicId} AND ${patients.birthDate} = ${birthDate} AND NOT EXISTS (${found})`;

/** The patients of a clinic that may match: by keys and dates, which differ where what is compared does. */
export const findCandidates = (clinicId: string, criterion: Criterion, values: PatientValues): Read<FoundPatient[]> => {
  const { from, order } = matches(criterion, values);
  const found = sql`SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id FROM ${from} AND ${patients.clinicId} = ${clinicId}
        ORDER BY ${order}, ${patients.key} LIMIT ${MATCHES_MAX}`;
  return patientsAmong(
    criterion === "DOB_FULLNAME"
      ? found
      : sql`SELECT * FROM (${found}) UNION ALL ${onceWithMrn(clinicId, found, values)} LIMIT ${MATCHES_MAX}`,
  );
};

/** The record, as long as it is whom the order was matched to. */
export const patientAsMatched = (clinicId: string, userId: string, mrn: string | null, birthDate: string | null): SQL =>
  sql`SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId}
      AND ${patients.mrn} IS ${mrn} AND ${patients.birthDate} IS ${birthDate}`;

/** A patient of the clinic with an MRN that reads the same, and where that is given, the same birth date. */
export const patientWithMrn = (clinicId: string, mrn: string, birthDate?: string): SQL =>
  sql`SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.mrnKey} = ${mrnKeyOf(mrn)}
      AND ${birthDate === undefined ? sql`true` : sql`${patients.birthDate} = ${birthDate}`}`;

/** The key of one patient of one clinic. */
export const keyOfPatient = (clinicId: string, userId: string): SQL =>
  sql`SELECT ${patients.key} FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId}`;
