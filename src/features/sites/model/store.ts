import { type SQL, sql } from "drizzle-orm";
import { type Read, rowOf, rowsOf, rowsOfValue } from "../../../platform/db/read.ts";
import { clinicSites } from "../../tables/clinics.ts";
import { patients } from "../../tables/patients.ts";

export interface SiteRow {
  id: string;
  name: string;
  nameKey: string;
  numPatients: number;
}

const row = sql`${clinicSites.id} AS id, ${clinicSites.name} AS name, ${clinicSites.nameKey} AS "nameKey",
  ${clinicSites.numPatients} AS "numPatients"`;

/** A clinic's sites in the order in which they were made. */
export const listSites = (clinicId: string): Read<SiteRow[]> =>
  rowsOf(sql`SELECT ${row} FROM ${clinicSites} WHERE ${clinicSites.clinicId} = ${clinicId} ORDER BY ${clinicSites.id}`);

export const findSite = (clinicId: string, siteId: string): Read<SiteRow | undefined> =>
  rowOf(siteWithId(clinicId, siteId));

export const siteWithId = (clinicId: string, siteId: string): SQL =>
  sql`SELECT ${row} FROM ${clinicSites} WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.id} = ${siteId}`;

/** The sites of the clinic that have this name, `exceptId` left aside. */
export const siteWithName = (clinicId: string, nameKey: string, exceptId = ""): SQL =>
  sql`SELECT 1 FROM ${clinicSites} WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.nameKey} = ${nameKey}
      AND ${clinicSites.id} <> ${exceptId}`;

/** Whether the clinic has at least `count` sites. */
export const hasSites = (clinicId: string, count: number): SQL =>
  sql`(SELECT count(*) FROM ${clinicSites} WHERE ${clinicSites.clinicId} = ${clinicId}) >= ${count}`;

export const insertSite = (clinicId: string, site: SiteRow): SQL =>
  sql`INSERT INTO ${clinicSites} (clinic_id, id, name, name_key, num_patients)
      VALUES (${clinicId}, ${site.id}, ${site.name}, ${site.nameKey}, ${site.numPatients})`;

export const renameSite = (clinicId: string, siteId: string, name: string, nameKey: string): SQL =>
  sql`UPDATE ${clinicSites} SET name = ${name}, name_key = ${nameKey}
      WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.id} = ${siteId}`;

export const deleteSiteRow = (clinicId: string, siteId: string): SQL =>
  sql`DELETE FROM ${clinicSites} WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.id} = ${siteId}`;

/**
 * Counts patients of the clinic into (or out of) the number of each of their sites. Tied to what is counted, it looks at no
 * other site of the clinic.
 */
export const adjustSiteCounters = (clinicId: string, ofClinic: SQL, sign: 1 | -1): SQL =>
  sql`UPDATE ${clinicSites} SET num_patients = num_patients + ${sql.raw(String(sign))} * counted.n
      FROM (SELECT ${patients.clinicId} AS clinic_id, entry.value AS id, count(*) AS n FROM ${patients}, json_each(${patients.sites}) AS entry
            WHERE ${ofClinic} GROUP BY 1, 2) AS counted
      WHERE ${clinicSites.clinicId} = counted.clinic_id AND ${clinicSites.id} = counted.id AND +${clinicSites.clinicId} = ${clinicId}`;

/** Adds the number of rows that the statement right before it changed to a site's count. */
export const countChangedIn = (clinicId: string, siteId: string): SQL =>
  sql`UPDATE ${clinicSites} SET num_patients = num_patients + changes()
      WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.id} = ${siteId}`;

/** Recounts the patients of every site of the clinic. */
export const recountSites = (clinicId: string): readonly SQL[] => [
  sql`UPDATE ${clinicSites} SET num_patients = 0 WHERE ${clinicSites.clinicId} = ${clinicId}`,
  sql`UPDATE ${clinicSites} SET num_patients = counted.n
      FROM (SELECT entry.value AS id, count(*) AS n FROM ${patients}, json_each(${patients.sites}) AS entry
            WHERE ${patients.clinicId} = ${clinicId} GROUP BY 1) AS counted
      WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.id} = counted.id`,
];

/** Those of these ids that are sites of the clinic, with their names. */
export const knownSites = (clinicId: string, siteIds: readonly string[]): Read<[id: string, name: string][]> =>
  rowsOfValue(
    sql`SELECT json_group_array(json_array(${clinicSites.id}, ${clinicSites.name})) FROM ${clinicSites}
        WHERE ${clinicSites.clinicId} = ${clinicId}
        AND ${clinicSites.id} IN (SELECT value FROM json_each(${JSON.stringify(siteIds)}))`,
  );

/** The site, provided its name and its number of patients are these: what an answer said must be what is stored. */
export const siteAs = (clinicId: string, site: Pick<SiteRow, "id" | "name" | "numPatients">): SQL =>
  sql`${siteWithId(clinicId, site.id)} AND ${clinicSites.name} = ${site.name}
      AND ${clinicSites.numPatients} = ${site.numPatients}`;

/** Removes the sites of the clinic that a query selects; no patient may be there. */
export const deleteSites = (clinicId: string, siteIds: SQL): SQL =>
  sql`DELETE FROM ${clinicSites} WHERE ${clinicSites.clinicId} = ${clinicId} AND ${clinicSites.id} IN (${siteIds})`;
