import { type SQL, sql } from "drizzle-orm";
import { clinics } from "../../tables/clinics.ts";
import { clinicProviderCounts, patients } from "../../tables/patients.ts";
import { mapped, type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";

/**
 * The numbers of patients a clinic keeps beside itself. A write that changes a patient takes the patient out of the
 * numbers before the change and puts it back in after, in the same batch, so that they always equal a recount.
 */
export type Sign = 1 | -1;

const signed = (sign: Sign) => sql.raw(String(sign));

/** Counts patients of the clinic into (or out of) its totals, as their rows say at this point of the batch. */
export const adjustTotals = (clinicId: string, ofClinic: SQL, sign: Sign): SQL =>
  sql`UPDATE ${clinics} SET patient_total = patient_total + ${signed(sign)} * counted.total,
        patient_demo = patient_demo + ${signed(sign)} * counted.demo,
        patient_plan = patient_plan + ${signed(sign)} * counted.plan
      FROM (SELECT count(*) AS total, coalesce(sum(is_demo), 0) AS demo, coalesce(sum(counts_to_plan), 0) AS plan
            FROM ${patients} WHERE ${ofClinic}) AS counted
      WHERE ${clinics.id} = ${clinicId} AND counted.total > 0`;

/** Counts patients' data source entries into (or out of) the clinic's numbers; the demo patient's never. */
export const adjustProviderCounters = (ofClinic: SQL, sign: Sign): SQL =>
  sql`INSERT INTO ${clinicProviderCounts} (clinic_id, provider, state, n)
      SELECT ${patients.clinicId}, source.value ->> 'providerName', source.value ->> 'state', ${signed(sign)} * count(*)
      FROM ${patients}, json_each(${patients.dataSources}) AS source
      WHERE ${ofClinic} AND ${patients.isDemo} = 0
      GROUP BY 1, 2, 3
      ON CONFLICT (clinic_id, provider, state) DO UPDATE SET n = clinic_provider_counts.n + excluded.n`;

/**
 * Counts the records of a user into (or out of) the numbers of all their clinics that follow from data sources: the plan
 * and the providers.
 */
export const adjustSourceCounters = (userId: string, sign: Sign): readonly SQL[] => [
  sql`UPDATE ${clinics} SET patient_plan = patient_plan + ${signed(sign)} * counted.counts_to_plan
      FROM (SELECT clinic_id, counts_to_plan FROM ${patients} WHERE ${patients.userId} = ${userId}) AS counted
      WHERE ${clinics.id} = counted.clinic_id`,
  adjustProviderCounters(sql`${patients.userId} = ${userId}`, sign),
];

/** Recounts the patients of the clinic. */
export const recount = (clinicId: string): readonly SQL[] => [
  sql`UPDATE ${clinics} SET patient_total = counted.total, patient_demo = counted.demo, patient_plan = counted.plan
      FROM (SELECT count(*) AS total, coalesce(sum(is_demo), 0) AS demo, coalesce(sum(counts_to_plan), 0) AS plan
            FROM ${patients} WHERE ${patients.clinicId} = ${clinicId}) AS counted
      WHERE ${clinics.id} = ${clinicId}`,
  sql`DELETE FROM ${clinicProviderCounts} WHERE ${clinicProviderCounts.clinicId} = ${clinicId}`,
  sql`INSERT INTO ${clinicProviderCounts} (clinic_id, provider, state, n)
      SELECT ${patients.clinicId}, source.value ->> 'providerName', source.value ->> 'state', count(*)
      FROM ${patients}, json_each(${patients.dataSources}) AS source
      WHERE ${patients.clinicId} = ${clinicId} AND ${patients.isDemo} = 0 GROUP BY 1, 2, 3`,
];

/** The clinic's totals as they are kept. */
export const findPatientTotals = (clinicId: string): Read<{ total: number; demo: number; plan: number } | undefined> =>
  rowOf(
    sql`SELECT ${clinics.patientTotal} AS total, ${clinics.patientDemo} AS demo, ${clinics.patientPlan} AS plan
        FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`,
  );

export interface ProviderCountRow {
  provider: string;
  state: string;
  n: number;
}

export const listProviderCounts = (clinicId: string): Read<ProviderCountRow[]> =>
  rowsOf(
    sql`SELECT provider, state, n FROM ${clinicProviderCounts}
        WHERE ${clinicProviderCounts.clinicId} = ${clinicId} AND ${clinicProviderCounts.n} > 0 ORDER BY provider, state`,
  );

export const deleteProviderCounts = (clinicId: string): SQL =>
  sql`DELETE FROM ${clinicProviderCounts} WHERE ${clinicProviderCounts.clinicId} = ${clinicId}`;

/** How many patients a clinic has; none where there is no such clinic. */
export const patientTotal = (clinicId: string): Read<number> =>
  mapped(
    rowOf<{ total: number }>(
      sql`SELECT ${clinics.patientTotal} AS total FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`,
    ),
    (row) => row?.total ?? 0,
  );
