import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { clinicShareCodes, clinics, deletedClinics } from "../../tables/clinics.ts";
import { columnNames } from "../../../platform/db/columns.ts";
import { merges } from "../../tables/merges.ts";

/** What merges of clinics do to the clinics themselves. */

/** The codes that lead to a clinic, as a JSON list. */
export const codesOf = (clinicId: string): SQL =>
  sql`SELECT json_group_array(${clinicShareCodes.code}) FROM ${clinicShareCodes} WHERE ${clinicShareCodes.clinicId} = ${clinicId}`;

/** The codes of a merge's source, as they were kept with it. */
const codesOfMerge = (mergeId: string): SQL =>
  sql`SELECT code.value FROM ${merges}, json_each(${merges.shareCodes}) AS code WHERE ${merges.id} = ${mergeId}`;

/** Lets the codes of a merge's source lead to the target. */
export const leadCodesTo = (targetId: string, mergeId: string): SQL =>
  sql`UPDATE ${clinicShareCodes} SET clinic_id = ${targetId} WHERE ${clinicShareCodes.code} IN (${codesOfMerge(mergeId)})`;

/** Lets them lead to the source again, those that have not been led elsewhere meanwhile. */
export const leadCodesBack = (sourceId: string, targetId: string, mergeId: string): SQL =>
  sql`UPDATE ${clinicShareCodes} SET clinic_id = ${sourceId}
      WHERE ${clinicShareCodes.code} IN (${codesOfMerge(mergeId)}) AND ${clinicShareCodes.clinicId} = ${targetId}`;

/** Codes of a merge's source that lead somewhere else than to the target by now. */
export const codesLedElsewhere = (targetId: string, mergeId: string): SQL =>
  sql`SELECT ${clinicShareCodes.code} AS id FROM ${clinicShareCodes}
      WHERE ${clinicShareCodes.code} IN (${codesOfMerge(mergeId)}) AND ${clinicShareCodes.clinicId} IS NOT ${targetId}`;

export interface ArchivedClinic {
  readonly patientTags: string;
  readonly sites: string;
}

/** What a merge's source had beside its record, as it was archived. */
export const findArchivedClinic = (clinicId: string, deletedAt: number): Read<ArchivedClinic | undefined> =>
  rowOf(
    sql`SELECT ${deletedClinics.patientTags} AS "patientTags", ${deletedClinics.sites} AS sites FROM ${deletedClinics}
        WHERE ${deletedClinics.id} = ${clinicId} AND ${deletedClinics.deletedAt} = ${deletedAt}`,
  );

/** The record of a clinic in the archive, as it was removed at that time. */
export const archivedClinic = (clinicId: string, deletedAt: number): SQL =>
  sql`SELECT 1 FROM ${deletedClinics} WHERE ${deletedClinics.id} = ${clinicId} AND ${deletedClinics.deletedAt} = ${deletedAt}`;

/** Brings a clinic's record back as it was archived, with no patient counted yet. */
export const restoreClinic = (clinicId: string, deletedAt: number, now: number): readonly SQL[] => [
  sql`INSERT INTO ${clinics} (${columnNames(clinics)}) SELECT ${columnNames(clinics)} FROM ${deletedClinics}
      WHERE ${deletedClinics.id} = ${clinicId} AND ${deletedClinics.deletedAt} = ${deletedAt}`,
  sql`UPDATE ${clinics} SET patient_total = 0, patient_demo = 0, patient_plan = 0, version = version + 1, updated_at = ${now}
      WHERE ${clinics.id} = ${clinicId}`,
];
