import type { SQL } from "drizzle-orm";
import { type Sign, adjustProviderCounters, adjustTotals } from "../../clinics/model/patient-counts-store.ts";
import { adjustSiteCounters } from "../../sites/model/store.ts";
import { adjustTagCounters } from "../../tags/model/store.ts";
import type { PatientRow } from "../../tables/patients.ts";
import { onePatient } from "./read.ts";

/** What of a patient is counted beside the totals and the plan. */
type Counted = Pick<PatientRow, "dataSources" | "tags" | "sites" | "countsToPlan">;

/**
 * Counts patients of one clinic into (or out of) every number that is kept of them: totals, providers, tags and sites.
 * The condition on `patients` has to pick patients of this clinic alone.
 */
export const adjustCountersOfPatients = (clinicId: string, ofClinic: SQL, sign: Sign): readonly SQL[] => [
  adjustTotals(clinicId, ofClinic, sign),
  adjustProviderCounters(ofClinic, sign),
  adjustTagCounters(clinicId, ofClinic, sign),
  adjustSiteCounters(clinicId, ofClinic, sign),
];

/** The same for one patient. */
export const adjustPatientCounters = (clinicId: string, userId: string, sign: Sign): readonly SQL[] =>
  adjustCountersOfPatients(clinicId, onePatient(clinicId, userId), sign);

const isNothing = (list: string | null) => list === null || list === "[]";

/** Counts a new patient, of whom this is stored, into the numbers of what there is of them. */
export function countNewPatient(clinicId: string, userId: string, it: Counted): readonly SQL[] {
  const record = onePatient(clinicId, userId);
  return [
    adjustTotals(clinicId, record, 1),
    ...(isNothing(it.dataSources) ? [] : [adjustProviderCounters(record, 1)]),
    ...(isNothing(it.tags) ? [] : [adjustTagCounters(clinicId, record, 1)]),
    ...(isNothing(it.sites) ? [] : [adjustSiteCounters(clinicId, record, 1)]),
  ];
}

/**
 * Counts a patient out of the numbers that a change concerns, and after it (the steps between) into them: the record has to be
 * what `before` says at this point of the batch, and what `after` says when the steps are done, or the batch is refused by them.
 */
export function countChange<S>(
  clinicId: string,
  userId: string,
  before: Counted,
  after: Counted,
  steps: readonly S[],
): readonly (S | SQL)[] {
  const record = onePatient(clinicId, userId);
  const concerned = [
    before.countsToPlan === after.countsToPlan ? [] : [(sign: Sign) => adjustTotals(clinicId, record, sign)],
    before.dataSources === after.dataSources ? [] : [(sign: Sign) => adjustProviderCounters(record, sign)],
    before.tags === after.tags ? [] : [(sign: Sign) => adjustTagCounters(clinicId, record, sign)],
    before.sites === after.sites ? [] : [(sign: Sign) => adjustSiteCounters(clinicId, record, sign)],
  ].flat();
  return [...concerned.map((adjust) => adjust(-1)), ...steps, ...concerned.map((adjust) => adjust(1))];
}
