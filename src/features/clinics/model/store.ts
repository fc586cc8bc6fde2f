import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import { allColumns, columnNames } from "../../../platform/db/columns.ts";
import {
  clinicians,
  clinicPatientTags,
  clinicShareCodes,
  clinicSites,
  clinics,
  deletedClinics,
} from "../../tables/clinics.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { endSchedule } from "../../ehr/model/schedule-store.ts";
import { forgetPreordersOf } from "../../ehr/model/xealth-store.ts";
import type { ClinicFields } from "./schema.ts";
import { isAdmin } from "../../tables/admins-store.ts";

export type ClinicRow = typeof clinics.$inferSelect;

/** A tag or a site with the number of patients that carry it. */
export interface LabelRow {
  id: string;
  name: string;
  numPatients: number;
}

/** A clinic with what its wire form is made of. */
export interface WholeClinic {
  clinic: ClinicRow;
  tags: LabelRow[];
  sites: LabelRow[];
  hasAdmin: boolean;
}

const clinicColumns = allColumns(clinics);

/** Picks the admins: members whose roles say so. Invitations are none. */
const isAdminMember = sql`${clinicians.userId} IS NOT NULL AND ${isAdmin}`;

const adminOf = (clinicId: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId} AND ${isAdminMember})`;

/** Only a clinic that is not migrated is asked for an admin: of the others it changes nothing. */
const hasAdmin = sql`CASE WHEN ${clinics.isMigrated} = 1 THEN 1 ELSE ${adminOf(sql`${clinics.id}`)} END AS "hasAdmin"`;

/** The tags or sites of a clinic as one JSON text, in no order that is promised: sorted there, each would be read twice. */
const labelsOf = (table: typeof clinicPatientTags | typeof clinicSites): SQL =>
  sql`(SELECT json_group_array(json_array(${table.id}, ${table.name}, ${table.numPatients}))
       FROM ${table} WHERE ${table.clinicId} = ${clinics.id})`;

const labelsIn = (text: string): LabelRow[] =>
  (JSON.parse(text) as [string, string, number][])
    .map(([id, name, numPatients]) => ({ id, name, numPatients }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** Whole clinics with these ids, in the given order or by id, with their tags and sites, by one statement. */
export function wholeClinics(ids: SQL, order: SQL = sql`1`): Read<WholeClinic[]> {
  return mapped(
    rowsOf<ClinicRow & { hasAdmin: number; tags: string; sites: string }>(
      sql`SELECT ${clinicColumns}, ${hasAdmin}, ${labelsOf(clinicPatientTags)} AS tags, ${labelsOf(clinicSites)} AS sites
          FROM ${clinics} WHERE ${clinics.id} IN (${ids}) ORDER BY ${order}`,
    ),
    (rows) =>
      rows.map(({ hasAdmin, tags, sites, ...clinic }) => ({
        clinic,
        tags: labelsIn(tags),
        sites: labelsIn(sites),
        hasAdmin: hasAdmin === 1,
      })),
  );
}

/** One clinic with all its wire form needs. */
export const findWholeClinic = (clinicId: string): Read<WholeClinic | undefined> =>
  mapped(wholeClinics(sql`${clinicId}`), ([clinic]) => clinic);

/** The unit a clinic wants glucose in. */
export const findBgUnits = (clinicId: string): Read<{ units: string | null } | undefined> =>
  rowOf(sql`SELECT ${clinics.preferredBgUnits} AS units FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`);

/** The clinic a share code leads to: its own or one it has taken over. */
export const findClinicByShareCode = (code: string): Read<WholeClinic | undefined> =>
  mapped(
    wholeClinics(
      sql`SELECT ${clinicShareCodes.clinicId} FROM ${clinicShareCodes} WHERE ${clinicShareCodes.code} = ${code}`,
      sql`1`,
    ),
    ([clinic]) => clinic,
  );

export interface ClinicFilter {
  shareCode: string | undefined;
  createdFrom: number | undefined;
  createdBefore: number | undefined;
  ehrEnabled: boolean | undefined;
}

/** A page of the clinics that match every given condition, oldest first. */
export function listClinics(filter: ClinicFilter, page: Page): Read<WholeClinic[]> {
  const conditions = [sql`true`];
  if (filter.shareCode !== undefined) {
    conditions.push(
      sql`${clinics.id} IN (SELECT ${clinicShareCodes.clinicId} FROM ${clinicShareCodes} WHERE ${clinicShareCodes.code} = ${filter.shareCode})`,
    );
  }
  if (filter.createdFrom !== undefined) conditions.push(sql`${clinics.createdAt} >= ${filter.createdFrom}`);
  if (filter.createdBefore !== undefined) conditions.push(sql`${clinics.createdAt} < ${filter.createdBefore}`);
  if (filter.ehrEnabled !== undefined) {
    conditions.push(sql`json_extract(${clinics.ehrSettings}, '$.enabled') = ${filter.ehrEnabled ? 1 : 0}`);
  }
  return wholeClinics(
    sql`SELECT id FROM (SELECT ${clinics.id} AS id FROM ${clinics} WHERE ${sql.join(conditions, sql` AND `)}
        ORDER BY ${clinics.createdAt}, ${clinics.id} LIMIT ${page.limit} OFFSET ${page.offset})`,
    sql`${clinics.createdAt}, ${clinics.id}`,
  );
}

/** Inserts a clinic that has no patients yet, with its one share code. */
export function insertClinic(clinic: ClinicRow): readonly SQL[] {
  const values = sql.join(
    Object.keys(clinicDefaults).map((name) => sql`${clinic[name as keyof ClinicRow]}`),
    sql`, `,
  );
  return [
    sql`INSERT INTO ${clinics} (${columnNames(clinics)}) VALUES (${values})`,
    sql`INSERT INTO ${clinicShareCodes} (code, clinic_id) VALUES (${clinic.shareCode}, ${clinic.id})`,
  ];
}

/** A clinic before anything is set, in the order of the table's columns. */
export const clinicDefaults: ClinicRow = {
  id: "",
  name: "",
  address: null,
  city: null,
  postalCode: null,
  state: null,
  country: null,
  clinicType: null,
  clinicSize: null,
  website: null,
  timezone: null,
  phoneNumbers: null,
  preferredBgUnits: null,
  shareCode: "",
  tier: null,
  isMigrated: 1,
  suppressedNotifications: null,
  membershipRestrictions: null,
  ehrSettings: null,
  mrnRequired: null,
  mrnUnique: null,
  hardLimitPlan: null,
  hardLimitStartAt: null,
  hardLimitEndAt: null,
  softLimitPlan: null,
  softLimitStartAt: null,
  softLimitEndAt: null,
  patientTotal: 0,
  patientDemo: 0,
  patientPlan: 0,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
};

/** Writes the fields a clinic's own body sets, provided nothing else has changed the clinic since it was read. */
export const updateClinicFields = (clinicId: string, fields: ClinicFields, version: number, now: number): SQL =>
  sql`UPDATE ${clinics} SET name = ${fields.name}, preferred_bg_units = ${fields.preferredBgUnits}, address = ${fields.address},
      city = ${fields.city}, postal_code = ${fields.postalCode}, state = ${fields.state}, country = ${fields.country},
      clinic_type = ${fields.clinicType}, clinic_size = ${fields.clinicSize}, website = ${fields.website},
      timezone = ${fields.timezone}, phone_numbers = ${fields.phoneNumbers}, updated_at = ${now}, version = version + 1
      WHERE ${clinics.id} = ${clinicId} AND ${clinics.version} = ${version}`;

export const shareCodeIsTaken = (code: string): SQL =>
  sql`SELECT 1 FROM ${clinicShareCodes} WHERE ${clinicShareCodes.code} = ${code}`;

/** Archives the clinic as it stands, with its codes, tags and sites, then removes it. Its codes are never issued again. */
export const removeClinic = (clinicId: string, deletedBy: string | null, now: number): readonly SQL[] => [
  sql`INSERT INTO ${deletedClinics} (deleted_at, deleted_by, ${columnNames(clinics)}, share_codes, patient_tags, sites)
      SELECT ${now}, ${deletedBy}, ${columnNames(clinics)},
        (SELECT json_group_array(code) FROM ${clinicShareCodes} WHERE ${clinicShareCodes.clinicId} = ${clinicId}),
        (SELECT json_group_array(json_object('id', id, 'name', name, 'numPatients', num_patients)) FROM ${clinicPatientTags} WHERE clinic_id = ${clinicId}),
        (SELECT json_group_array(json_object('id', id, 'name', name, 'numPatients', num_patients)) FROM ${clinicSites} WHERE clinic_id = ${clinicId})
      FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`,
  ...endSchedule(clinicId),
  forgetPreordersOf(clinicId),
  sql`UPDATE ${clinicShareCodes} SET clinic_id = NULL WHERE clinic_id = ${clinicId}`,
  sql`DELETE FROM ${clinicPatientTags} WHERE clinic_id = ${clinicId}`,
  sql`DELETE FROM ${clinicSites} WHERE clinic_id = ${clinicId}`,
  sql`DELETE FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`,
];

/** The clinic, if it is migrated. */
export const migratedClinic = (clinicId: string): SQL =>
  sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${clinics.isMigrated} = 1`;

/** Marks a clinic as migrated, provided nothing has changed it since it was read. */
export const markMigrated = (clinicId: string, version: number, now: number): SQL =>
  sql`UPDATE ${clinics} SET is_migrated = 1, updated_at = ${now}, version = version + 1
      WHERE ${clinics.id} = ${clinicId} AND ${clinics.version} = ${version} AND ${clinics.isMigrated} = 0`;

/** Counts the changes of a clinic; NULL when it is gone. */
export const versionOfClinic = (clinicId: SQL): SQL =>
  sql`SELECT ${clinics.version} FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`;
