import type { SQL } from "drizzle-orm";
import { type Sign, tallyProviders, tallyTotals } from "../../clinics/model/patient-counts-store.ts";
import { tallySites } from "../../sites/model/store.ts";
import { tallyTags } from "../../tags/model/store.ts";
import { onePatient } from "./read.ts";

/**
 * Counts patients of one clinic into (or out of) every number that is kept of them: totals, providers, tags and sites.
 * The condition on `patients` has to pick patients of this clinic alone.
 */
export const tallyPatients = (clinicId: string, ofClinic: SQL, sign: Sign): readonly SQL[] => [
  tallyTotals(clinicId, ofClinic, sign),
  tallyProviders(ofClinic, sign),
  tallyTags(clinicId, ofClinic, sign),
  tallySites(clinicId, ofClinic, sign),
];

/** The same for one patient. */
export const tallyPatient = (clinicId: string, userId: string, sign: Sign): readonly SQL[] =>
  tallyPatients(clinicId, onePatient(clinicId, userId), sign);
