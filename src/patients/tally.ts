import { type SQL, sql } from "drizzle-orm";
import { type Sign, tallyProviders, tallyTotals } from "../clinics/patient-counts.ts";
import { patients } from "../db/schema/patients.ts";
import { tallySites } from "../sites/store.ts";
import { tallyTags } from "../tags/store.ts";

const idsIn = (list: "tags" | "sites", clinicId: string, userId: string): SQL =>
  sql`SELECT entry.value FROM ${patients}, json_each(${patients[list]}) AS entry
      WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId}`;

/** Counts one patient into (or out of) every number that is kept of it: totals, providers, tags and sites. */
export const tallyPatient = (clinicId: string, userId: string, sign: Sign): readonly SQL[] => [
  tallyTotals(clinicId, userId, sign),
  tallyProviders(clinicId, userId, sign),
  tallyTags(clinicId, idsIn("tags", clinicId, userId), sign),
  tallySites(clinicId, idsIn("sites", clinicId, userId), sign),
];
