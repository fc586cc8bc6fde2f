import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../../../platform/context/context.ts";
import { comparisonKey } from "../../../platform/text/comparison-key.ts";
import { fromDateTime } from "../../../platform/core/wire.ts";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { prepared, type Statement } from "../../../platform/db/prepared.ts";
import { archive } from "../../../platform/db/archive.ts";
import {
  bgmPeriods,
  cgmPeriods,
  deletedBgmPeriods,
  deletedCgmPeriods,
  deletedPatients,
  type PatientRow,
  patients,
} from "../../tables/patients.ts";
import { forgetViewsOf } from "../../ehr/model/xealth-store.ts";
import { removeReportsOf } from "../../reports/model/reports-store.ts";
import { deactivated } from "./ehr-subscriptions-store.ts";
import { keptByClinic, onePatient } from "./read.ts";
import { countsToPlan, type DataSource, FIELD_SEPARATOR, type NewPatient, type Review } from "./record.ts";
import { adjustPatientCounters } from "./counters-store.ts";
import { boundMrn } from "./mrn-guards.ts";
import { formerMrnsOf } from "./former-mrns-store.ts";
import { append, auditMatching, countMatching, having, remove } from "./labels-store.ts";

/** Records that the site of these patients changed its name: `sites` is what says so to those who are told of changes. */
export const touchPatientsAtSite = (clinicId: string, siteId: string, now: number): SQL =>
  sql`UPDATE ${patients} SET sites = sites, updated_at = ${now}, version = version + 1 WHERE ${having("sites", clinicId, siteId)}`;

export const removeSiteFromPatients = (clinicId: string, siteId: string, now: number): SQL =>
  remove("sites", siteId, having("sites", clinicId, siteId), now);

/** Adds a site to the patients that have another site and not yet this one. */
export const addSiteToPatientsAt = (clinicId: string, atSiteId: string, siteId: string, now: number): SQL =>
  append(
    "sites",
    siteId,
    sql`${having("sites", clinicId, atSiteId)} AND instr(${patients.sites}, ${`"${siteId}"`}) = 0`,
    now,
  );

export const auditPatientsAtSite = (ctx: Ctx, clinicId: string, siteId: string): SQL =>
  auditMatching(ctx, clinicId, having("sites", clinicId, siteId));

/** How many patients of the clinic have the one site or the other. */
export const countPatientsAtEither = (clinicId: string, siteId: string, otherSiteId: string): Read<number> =>
  countMatching(sql`${having("sites", clinicId, siteId)} OR (${having("sites", clinicId, otherSiteId)})`);

/** Inserts a patient's row, bound by the clinic's rule for MRNs as `boundMrn` says, or not; the numbers kept of it are counted apart. */
export function insertPatient(patient: NewPatient, mrnUnique: SQL = sql`0`): SQL {
  const columns = Object.entries(getTableColumns(patients)).filter(([name]) => name !== "key");
  return sql`INSERT INTO ${patients} (${sql.join(
    columns.map(([, column]) => sql.identifier(column.name)),
    sql`, `,
  )}) VALUES (${sql.join(
    columns.map(([name]) => (name === "mrnUnique" ? mrnUnique : sql`${patient[name as keyof NewPatient]}`)),
    sql`, `,
  )})`;
}

/** One patient of one clinic. */
export const patientWith = (clinicId: string, userId: string): SQL =>
  sql`SELECT ${patients.key} FROM ${patients} WHERE ${onePatient(clinicId, userId)}`;

/** Any patient of the clinic but one. */
export const patientOtherThan = (clinicId: string, userId: string): SQL =>
  sql`SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} <> ${userId}`;

const ARCHIVES = [
  [cgmPeriods, deletedCgmPeriods],
  [bgmPeriods, deletedBgmPeriods],
] as const;

/** Archives whole records, with their periods, and removes them; their reports are deleted in the background. */
export function archivePatients(which: SQL, deletedBy: string | null, now: number): readonly SQL[] {
  const keys = sql`SELECT ${patients.key} FROM ${patients} WHERE ${which}`;
  return [removeReportsOf(keys), forgetViewsOf(keys), ...archiveRecords(which, deletedBy, now)];
}

/** The same, but what was made of the records stays: a merge of two may be undone. */
export function archiveRecords(which: SQL, deletedBy: string | null, now: number): readonly SQL[] {
  const keys = sql`SELECT ${patients.key} FROM ${patients} WHERE ${which}`;
  return [
    ...ARCHIVES.flatMap(([table, kept]) => {
      const ofPatients = sql`${table.patientKey} IN (${keys})`;
      return [archive(table, kept, ofPatients, deletedBy, now), sql`DELETE FROM ${table} WHERE ${ofPatients}`];
    }),
    archive(patients, deletedPatients, which, deletedBy, now),
    sql`DELETE FROM ${patients} WHERE ${which}`,
  ];
}

/** Takes a patient out of every number, archives the whole record and removes it. Does nothing where there is none. */
export const removePatient = (
  clinicId: string,
  userId: string,
  deletedBy: string | null,
  now: number,
): readonly SQL[] => [
  ...adjustPatientCounters(clinicId, userId, -1),
  ...archivePatients(onePatient(clinicId, userId), deletedBy, now),
];

/** Patients of the clinic who share their data with it: it is not the custodian of their accounts. */
const sharing = (clinicId: string): SQL => sql`${patients.clinicId} = ${clinicId} AND NOT (${keptByClinic})`;

/**
 * Archives and removes every patient who shares their data with the clinic, with an audit row for each. The clinic's
 * numbers have to be recounted after this.
 */
export const removeSharingPatients = (ctx: Ctx, clinicId: string): readonly SQL[] => [
  auditMatching(ctx, clinicId, sharing(clinicId)),
  ...archivePatients(sharing(clinicId), null, ctx.now),
];

/** The patient as long as nothing has changed it since it was read. */
export const patientAsRead = (clinicId: string, userId: string, version: number): SQL =>
  sql`${patientWith(clinicId, userId)} AND ${patients.version} = ${version}`;

/** The patient as long as they have granted exactly this. */
export const patientGranting = (clinicId: string, userId: string, permissions: number): SQL =>
  sql`${patientWith(clinicId, userId)} AND ${patients.permissions} = ${permissions}`;

/** What a patient has granted the clinic; nothing where there is no such patient. */
export const findPermissions = (clinicId: string, userId: string): Read<number> =>
  mapped(
    rowOf<{ permissions: number | null }>(
      sql`SELECT ${patients.permissions} AS permissions FROM ${patients} WHERE ${onePatient(clinicId, userId)}`,
    ),
    (row) => row?.permissions ?? 0,
  );

/** Replaces what the patient has granted. */
export const setPermissions = (clinicId: string, userId: string, permissions: number, now: number): SQL =>
  sql`UPDATE ${patients} SET permissions = ${permissions}, updated_at = ${now}, version = version + 1
      WHERE ${onePatient(clinicId, userId)}`;

/** The reviews of a patient as they are stored; NULL when the record is gone. */
export const reviewsOf = (clinicId: string, userId: string): SQL =>
  sql`SELECT ${patients.reviews} AS reviews FROM ${patients} WHERE ${onePatient(clinicId, userId)}`;

export const findReviews = (clinicId: string, userId: string): Read<{ reviews: string } | undefined> =>
  rowOf(reviewsOf(clinicId, userId));

/** Replaces the reviews, provided they are still as they were read. A review is no change of the record's time. */
export const setReviews = (clinicId: string, userId: string, reviews: readonly Review[], asRead: string): SQL =>
  sql`UPDATE ${patients} SET reviews = ${JSON.stringify(reviews)}, last_reviewed_at = ${
    reviews[0] ? fromDateTime(reviews[0].time) : null
  }, version = version + 1
      WHERE ${onePatient(clinicId, userId)} AND ${patients.reviews} = ${asRead}`;

/** Picks a user's records that have another address. */
export const recordsWithOtherEmail = (userId: string, email: string): SQL =>
  sql`${patients.userId} = ${userId} AND ${patients.email} IS NOT ${email}`;

export const patientsWithOtherEmail = (userId: string, email: string): SQL =>
  sql`SELECT ${patients.clinicId} AS clinic_id, ${patients.userId} AS patient_id FROM ${patients}
      WHERE ${recordsWithOtherEmail(userId, email)}`;

/** Gives all records of a user this address. What follows the address in the search text stays. */
export const setPatientEmails = (userId: string, email: string, now: number): SQL =>
  sql`UPDATE ${patients} SET email = ${email},
        search_rest = ${comparisonKey(email)} || substr(search_rest, instr(search_rest, ${FIELD_SEPARATOR})),
        updated_at = ${now}, version = version + 1
      WHERE ${recordsWithOtherEmail(userId, email)}`;

/** A user's records in all clinics. */
export const clinicsWithPatient = (userId: string): SQL =>
  sql`SELECT ${patients.clinicId} AS clinic_id, ${patients.userId} AS patient_id FROM ${patients}
      WHERE ${patients.userId} = ${userId}`;

/** Gives all records of a user these data sources; the demo patient counts to no plan whatever they are. */
export const setDataSources = (userId: string, sources: readonly DataSource[], now: number): SQL =>
  sql`UPDATE ${patients} SET data_sources = ${JSON.stringify(sources)},
        counts_to_plan = CASE WHEN is_demo = 1 THEN 0 ELSE ${countsToPlan(false, sources)} END,
        updated_at = ${now}, version = version + 1
      WHERE ${patients.userId} = ${userId}`;

/** The columns an update through the API writes. */
export type PatientUpdate = Pick<
  PatientRow,
  | "fullName"
  | "birthDate"
  | "email"
  | "mrn"
  | "nameKey"
  | "mrnKey"
  | "searchRest"
  | "targetDevices"
  | "tags"
  | "sites"
  | "dataSources"
  | "glycemicRanges"
  | "diagnosisType"
  | "countsToPlan"
  | "invitedBy"
>;

const updateRow = prepared<PatientUpdate & { clinicId: string; userId: string; version: number; now: number }>(
  (value) => {
    const [clinicId, now] = [value("clinicId"), value("now")];
    return sql`UPDATE ${patients} SET full_name = ${value("fullName")}, name_key = ${value("nameKey")},
      birth_date = ${value("birthDate")}, email = ${value("email")}, mrn = ${value("mrn")}, mrn_key = ${value("mrnKey")},
      mrn_unique = ${boundMrn(clinicId)},
      ehr_subscriptions = CASE WHEN ${patients.mrn} IS ${value("mrn")} THEN ${patients.ehrSubscriptions}
                          ELSE ${deactivated(sql`${patients.ehrSubscriptions}`, now)} END,
      search_rest = ${value("searchRest")} || ${formerMrnsOf(sql`${patients.key}`)}, target_devices = ${value("targetDevices")},
      tags = ${value("tags")}, sites = ${value("sites")}, data_sources = ${value("dataSources")},
      glycemic_ranges = ${value("glycemicRanges")}, diagnosis_type = ${value("diagnosisType")},
      counts_to_plan = ${value("countsToPlan")}, invited_by = ${value("invitedBy")}, updated_at = ${now}, version = version + 1
      WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${value("userId")} AND ${patients.version} = ${value("version")}`;
  },
);

/**
 * Writes an update, provided nothing else has changed the patient since it was read. Orders of an EHR are about the
 * patient they name by MRN: another one ends what they have subscribed.
 */
export const updatePatientRow = (
  clinicId: string,
  userId: string,
  update: PatientUpdate,
  version: number,
  now: number,
): Statement => updateRow({ ...update, clinicId, userId, version, now });

/** Adds a legacy clinician to the patient's set, provided nothing else has changed the patient since it was read. */
export const addLegacyClinician = (
  clinicId: string,
  userId: string,
  clinicianId: string,
  version: number,
  now: number,
): SQL =>
  sql`UPDATE ${patients} SET legacy_clinician_ids =
        CASE WHEN instr(coalesce(legacy_clinician_ids, ''), ${`"${clinicianId}"`}) > 0 THEN legacy_clinician_ids
             ELSE json_insert(coalesce(legacy_clinician_ids, '[]'), '$[#]', ${clinicianId}) END,
      updated_at = ${now}, version = version + 1
      WHERE ${onePatient(clinicId, userId)} AND ${patients.version} = ${version}`;

/** Counts the changes of a patient's record; NULL when it is gone. */
export const versionOfPatient = (clinicId: string, userId: SQL): SQL =>
  sql`SELECT ${patients.version} FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId}`;
