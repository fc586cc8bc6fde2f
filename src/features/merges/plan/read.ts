import { type SQL, sql } from "drizzle-orm";
import { type Read, rowsOf } from "../../../platform/db/read.ts";
import { patients } from "../../tables/patients.ts";

/** A patient as a merge reads it. */
export interface PatientRowForMerge {
  readonly key: number;
  readonly userId: string;
  readonly fullName: string | null;
  readonly birthDate: string | null;
  readonly mrn: string | null;
  readonly tags: string;
  readonly sites: string;
  readonly permissions: number | null;
  readonly cgmLastUploadAt: number | null;
  readonly bgmLastUploadAt: number | null;
}

/** The demo patient of a clinic, which is no part of a merge. */
export const isDemoPatient = (demoPatientUserId: string | undefined): SQL =>
  sql`(${patients.isDemo} = 1 OR ${patients.userId} IS ${demoPatientUserId ?? null})`;

/** The patients of a clinic whose keys follow the given one, in that order, the demo patient left out. */
export const patientsAfter = (
  clinicId: string,
  key: number,
  limit: number,
  demoPatientUserId: string | undefined,
): Read<PatientRowForMerge[]> =>
  rowsOf(
    sql`SELECT ${patients.key} AS key, ${patients.userId} AS "userId", ${patients.fullName} AS "fullName",
          ${patients.birthDate} AS "birthDate", ${patients.mrn} AS mrn, ${patients.tags} AS tags, ${patients.sites} AS sites,
          ${patients.permissions} AS permissions, ${patients.cgmLastUploadAt} AS "cgmLastUploadAt",
          ${patients.bgmLastUploadAt} AS "bgmLastUploadAt"
        FROM ${patients} INDEXED BY patients_of_a_clinic
        WHERE ${patients.clinicId} = ${clinicId} AND ${patients.key} > ${key} AND NOT ${isDemoPatient(demoPatientUserId)}
        ORDER BY ${patients.key} LIMIT ${limit}`,
  );
