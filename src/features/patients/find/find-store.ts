import { type SQL, sql } from "drizzle-orm";
import type { Page } from "../../../platform/core/wire.ts";
import { clinicians, clinics } from "../../tables/clinics.ts";
import { patients } from "../../tables/patients.ts";
import type { Wanted, Workspace } from "./search-criteria.ts";
import { mrnKeyOf } from "../model/record.ts";
import { recordsOnceWith } from "../model/former-mrns-store.ts";

/** Clinics of one clinician that are looked into, as deployed. */
const CLINICS_MAX = 1000;

/** The clinics where somebody has a clinician record with any role, as own.clinic_id. */
const clinicsOfClinician = (userId: string): SQL =>
  sql`(SELECT ${clinicians.clinicId} AS clinic_id FROM ${clinicians} WHERE ${clinicians.userId} = ${userId}
       ORDER BY ${clinicians.createdAt} LIMIT ${CLINICS_MAX}) AS own`;

function isWorkspace(workspace: Workspace | undefined): SQL {
  if (!workspace) return sql`true`;
  if (workspace.idType === "clinicId") return sql`own.clinic_id = ${workspace.id}`;
  return sql`EXISTS (SELECT 1 FROM ${clinics} WHERE ${clinics.id} = own.clinic_id
                     AND json_extract(${clinics.ehrSettings}, '$.sourceId') = ${workspace.id})`;
}

/**
 * The keys of the records of a clinic with an MRN, and of those, wherever they are, that once had it: none with an MRN that
 * can't be stored, like one with a NUL.
 */
function withMrn(mrn: string): SQL {
  const key = mrn.includes("\0") ? null : mrnKeyOf(mrn);
  return sql`(SELECT live.key FROM ${patients} AS live WHERE live.mrn_key = ${key} AND live.clinic_id = own.clinic_id
       UNION ALL ${recordsOnceWith(key, sql`= own.clinic_id`)})`;
}

/**
 * The patients of each clinic that have what is wanted, by one of its indexes. Where nothing is asked for, these are the
 * first by name, as far as the page can reach: no clinic is looked through.
 */
function wantedPatients({ mrn, birthDate }: Wanted, page: Page): SQL {
  const born = birthDate === undefined ? sql`true` : sql`${patients.birthDate} = ${birthDate}`;
  if (mrn !== undefined) {
    return sql`${patients} NOT INDEXED ON ${patients.key} IN ${withMrn(mrn)} AND ${patients.clinicId} = own.clinic_id AND ${born}`;
  }
  if (birthDate !== undefined) return sql`${patients} ON ${patients.clinicId} = own.clinic_id AND ${born}`;
  return sql`json_each((SELECT json_group_array(near.key) FROM (
               SELECT first.key FROM ${patients} AS first WHERE first.clinic_id = own.clinic_id
               ORDER BY first.name_key, first.key LIMIT ${page.offset + page.limit}) AS near)) AS reach
             CROSS JOIN ${patients} ON ${patients.key} = reach.value AND ${patients.clinicId} = own.clinic_id`;
}

/**
 * A page of the patients with what is wanted in the clinics of a clinician, by the key of the name, then by creation: their key
 * and clinic_id. CROSS JOIN fixes the order of looking: the clinician's clinics first, then the index of each.
 */
export const patientsFor = (userId: string, wanted: Wanted, page: Page): SQL =>
  sql`SELECT ${patients.key} AS key, ${patients.clinicId} AS clinic_id
      FROM ${clinicsOfClinician(userId)} CROSS JOIN ${wantedPatients(wanted, page)}
      WHERE ${isWorkspace(wanted.workspace)}
      ORDER BY ${patients.nameKey}, ${patients.key} LIMIT ${page.limit} OFFSET ${page.offset}`;

/** The ids of the clinics of the same page. */
export const clinicsAmong = (userId: string, wanted: Wanted, page: Page): SQL =>
  sql`SELECT clinic_id FROM (${patientsFor(userId, wanted, page)})`;
