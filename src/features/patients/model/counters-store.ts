import type { SQL } from "drizzle-orm";
import { type Sign, adjustProviderCounters, adjustTotals } from "../../clinics/model/patient-counts-store.ts";
import { adjustSiteCounters } from "../../sites/model/store.ts";
import { adjustTagCounters } from "../../tags/model/store.ts";
import { onePatient } from "./read.ts";

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
