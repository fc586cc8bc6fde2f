import { getTableColumns, type SQL, sql } from "drizzle-orm";
import {
  bgmPeriods,
  cgmPeriods,
  deletedBgmPeriods,
  deletedCgmPeriods,
  deletedPatients,
  patients,
} from "../../tables/patients.ts";
import { columnNames } from "../../../platform/db/columns.ts";
import { clinics } from "../../tables/clinics.ts";
import { deactivated, withActiveOf } from "./ehr-subscriptions-store.ts";
import { archivePatients } from "./store.ts";

/**
 * What merges of clinics do to patients. A page of them is a range of keys, so that rows which stand side by side, and
 * those that hang on them, are read and written together.
 */
export interface KeyRange {
  readonly after: number;
  readonly until: number;
}

/** Where the next page of a clinic's patients ends, and how many they are; the demo patient is never among them. */
export const nextPatients = (clinicId: SQL, after: SQL, limit: number): SQL =>
  sql`SELECT max(key) AS until, count(*) AS n FROM
        (SELECT ${patients.key} AS key FROM ${patients} INDEXED BY patients_of_a_clinic
         WHERE ${patients.clinicId} = (${clinicId}) AND ${patients.key} > (${after}) AND ${patients.isDemo} = 0
         ORDER BY ${patients.key} LIMIT ${limit})`;

/** Picks a page of a clinic's patients. */
export const patientsInRange = (clinicId: string, { after, until }: KeyRange): SQL =>
  sql`${patients.clinicId} = ${clinicId} AND ${patients.key} > ${after} AND ${patients.key} <= ${until}
      AND ${patients.isDemo} = 0`;

/** Picks those of these records that are a clinic's. */
export const recordsAmong = (clinicId: string, keys: SQL): SQL =>
  sql`${patients.clinicId} = ${clinicId} AND ${patients.key} IN (${keys})`;

/** Picks records of a clinic by their keys. */
export const recordsWithKeys = (clinicId: string, keys: readonly number[]): SQL =>
  recordsAmong(clinicId, sql`SELECT value FROM json_each(${JSON.stringify(keys)})`);

/** The keys of all records a user has or had, in whatever clinic. */
export const recordsEver = (userId: string): SQL =>
  sql`SELECT ${patients.key} FROM ${patients} WHERE ${patients.userId} = ${userId}
      UNION ALL SELECT ${deletedPatients.key} FROM ${deletedPatients} WHERE ${deletedPatients.userId} = ${userId}`;

const CLINICS_PART = [
  "full_name",
  "birth_date",
  "email",
  "mrn",
  "target_devices",
  "tags",
  "sites",
  "permissions",
  "reviews",
  "glycemic_ranges",
  "diagnosis_type",
  "connection_requests",
  "ehr_subscriptions",
  "last_upload_reminder_at",
];

/** Everything a clinic can change of a patient, as one text: two that are equal say that nobody has changed it. */
export const clinicsPart = (table: string): SQL =>
  sql.raw(`json_array(${CLINICS_PART.map((column) => `${table}.${column}`).join(", ")})`);

/** The permissions in such a text. */
export const permissionsIn = (part: SQL): SQL =>
  sql`coalesce(${part} ->> ${sql.raw(`'$[${CLINICS_PART.indexOf("permissions")}]'`)}, 0)`;

/** The address in such a text. */
export const addressIn = (part: SQL): SQL => sql`${part} ->> ${sql.raw(`'$[${CLINICS_PART.indexOf("email")}]'`)}`;

/**
 * What of a record says all that was told of its user, as a list: data sources, then of both summaries which they are and of
 * when. The address is in the clinic's part.
 */
export const toldPart = (table: string): SQL =>
  sql.raw(
    `json_array(json(${table}.data_sources), ${(["cgm", "bgm"] as const)
      .flatMap((type) => [`${table}.${type}_summary_id`, `${table}.${type}_last_updated_at`])
      .join(", ")})`,
  );

/** Takes permissions from records of a clinic; the query gives the key of each, and as bits what is taken. */
export const withdrawPermissions = (clinicId: string, withdrawn: SQL): SQL =>
  sql`UPDATE ${patients} SET permissions = ${patients.permissions} & ~withdrawn.bits FROM (${withdrawn}) AS withdrawn
      WHERE ${patients.key} = withdrawn.patient_key AND ${patients.clinicId} = ${clinicId}`;

/**
 * Ends subscriptions of records of a clinic: the query gives the key of each record, and as `orders` the last order that each
 * subscription had then, by its name.
 */
export const endOrders = (clinicId: string, ended: SQL, now: number): SQL =>
  sql`UPDATE ${patients} SET ehr_subscriptions = (SELECT json_group_object(it.key, json(
          CASE WHEN it.value ->> '$.matchedMessages[#-1].id' = ended.orders ->> it.key
          THEN json_set(it.value, '$.active', json('false'), '$.updatedAt', CAST(${now} AS INTEGER)) ELSE it.value END))
          FROM json_each(${patients.ehrSubscriptions}) AS it)
      FROM (${ended}) AS ended
      WHERE ${patients.key} = ended.patient_key AND ${patients.clinicId} = ${clinicId}`;

/** The source's tags of a list as the target's ids; `tagIds` is a JSON object from the ones to the others. */
const translated = (list: SQL, tagIds: string): SQL =>
  sql`SELECT ids.value AS id, entry.key AS place FROM json_each(${list}) AS entry
      JOIN json_each(${tagIds}) AS ids ON ids.key = entry.value`;

/** Both lists as one, each id once, in order. */
const joined = (first: SQL, second: SQL): SQL =>
  sql`(SELECT json_group_array(id) FROM (SELECT id FROM (SELECT entry.value AS id, entry.key AS place FROM json_each(${first}) AS entry
        UNION ALL SELECT id, 100000 + place FROM (${second})) GROUP BY id ORDER BY min(place)))`;

/** Whether two clinics belong to the same EHR: what it has ordered of the one is meant for the other as well. */
export const sharesEhr = (sourceId: string, targetId: string): SQL =>
  sql`(SELECT source.ehr_settings ->> '$.provider' IS (target.ehr_settings ->> '$.provider')
         AND source.ehr_settings ->> '$.sourceId' IS (target.ehr_settings ->> '$.sourceId')
       FROM clinics AS source, clinics AS target WHERE source.id = ${sourceId} AND target.id = ${targetId})`;

/**
 * Gives the target's records of the same users the source's tags and sites besides their own, and what the EHR of both
 * clinics has ordered of the source's alone.
 */
export const joinCounterparts = (
  { sourceId, targetId }: { sourceId: string; targetId: string },
  range: KeyRange,
  tagIds: string,
  now: number,
): SQL =>
  sql`UPDATE ${patients} SET
        tags = ${joined(sql`patients.tags`, translated(sql`counterpart.tags`, tagIds))},
        sites = ${joined(sql`patients.sites`, sql`SELECT entry.value AS id, entry.key AS place FROM json_each(counterpart.sites) AS entry`)},
        ehr_subscriptions = CASE WHEN ${sharesEhr(sourceId, targetId)}
          THEN ${withActiveOf(sql`patients.ehr_subscriptions`, sql`counterpart.ehr_subscriptions`)}
          ELSE patients.ehr_subscriptions END,
        updated_at = ${now}, version = patients.version + 1
      FROM (SELECT user_id, tags, sites, ehr_subscriptions FROM ${patients} WHERE ${patientsInRange(sourceId, range)}) AS counterpart
      WHERE ${patients.clinicId} = ${targetId} AND ${patients.userId} = counterpart.user_id`;

/** Archives and removes the source's records of users whose record in the target stays. */
export const archiveCounterparts = (sourceId: string, keys: SQL, now: number): readonly SQL[] =>
  archivePatients(recordsAmong(sourceId, keys), null, now);

/**
 * Makes a page of the source's patients the target's: tags under their new ids, the target's rule for MRNs, nothing ordered
 * any more by an EHR that is not the target's, all else as it is.
 */
export const moveToTarget = (
  { sourceId, targetId }: { sourceId: string; targetId: string },
  range: KeyRange,
  tagIds: string,
  now: number,
): SQL =>
  sql`UPDATE ${patients} SET clinic_id = ${targetId},
        tags = (SELECT json_group_array(id) FROM (${translated(sql`patients.tags`, tagIds)} ORDER BY place)),
        mrn_unique = CASE WHEN ${patients.mrnKey} IS NOT NULL AND (SELECT ${clinics.mrnUnique} FROM ${clinics} WHERE ${clinics.id} = ${targetId}) = 1
                     THEN 1 ELSE 0 END,
        ehr_subscriptions = CASE WHEN ${sharesEhr(sourceId, targetId)} THEN ${patients.ehrSubscriptions}
                            ELSE ${deactivated(sql`${patients.ehrSubscriptions}`, now)} END,
        updated_at = ${now}, version = version + 1
      WHERE ${patientsInRange(sourceId, range)}`;

/** Moves patients back to the clinic they came from, with the tags, the orders and the MRN rule that a query gives for each key. */
export const moveBack = (targetId: string, sourceId: string, given: SQL, now: number): SQL =>
  sql`UPDATE ${patients} SET clinic_id = ${sourceId}, tags = back.tags, sites = back.sites, mrn_unique = back.mrn_unique,
        ehr_subscriptions = back.ehr_subscriptions,
        updated_at = ${now}, version = patients.version + 1
      FROM (${given}) AS back WHERE ${patients.key} = back.patient_key AND ${patients.clinicId} = ${targetId}`;

/** Gives records that stayed in the target the tags, sites and orders they had before, which a query gives for each key. */
export const partCounterparts = (targetId: string, given: SQL, now: number): SQL =>
  sql`UPDATE ${patients} SET tags = back.tags, sites = back.sites, ehr_subscriptions = back.ehr_subscriptions,
        updated_at = ${now}, version = patients.version + 1
      FROM (${given}) AS back WHERE ${patients.key} = back.patient_key AND ${patients.clinicId} = ${targetId}`;

/** The name of a site may have changed meanwhile, which is a change of its patients. */
const restoredColumns = (isMrnBound: boolean) =>
  sql.raw(
    Object.values(getTableColumns(patients))
      .map(({ name }) =>
        name === "version" ? `"version" + 1` : name === "mrn_unique" && !isMrnBound ? "0" : `"${name}"`,
      )
      .join(", "),
  );

/**
 * Brings records back from the archive, with their periods; the query gives each key as k and its time of deletion as t.
 * Their MRNs are bound by the clinic's rule as they were, or not yet.
 */
export const restorePatients = (
  clinicId: string,
  keysAndTimes: SQL,
  { isMrnBound = true }: { readonly isMrnBound?: boolean } = {},
): readonly SQL[] => [
  sql`INSERT INTO ${patients} (${columnNames(patients)}) SELECT ${restoredColumns(isMrnBound)}
      FROM (${keysAndTimes}) AS wanted CROSS JOIN ${deletedPatients} ON key = wanted.k AND deleted_at = wanted.t
      WHERE ${deletedPatients.clinicId} = ${clinicId}`,
  ...(
    [
      [cgmPeriods, deletedCgmPeriods],
      [bgmPeriods, deletedBgmPeriods],
    ] as const
  ).map(
    ([table, kept]) =>
      sql`INSERT INTO ${table} (${columnNames(table)}) SELECT ${columnNames(table)}
          FROM (${keysAndTimes}) AS wanted CROSS JOIN ${kept} ON patient_key = wanted.k AND deleted_at = wanted.t`,
  ),
];

/** The clinic's patients other than the demo patient. */
export const realPatients = (clinicId: string): SQL =>
  sql`SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.isDemo} = 0`;

/** Picks the demo patient of a clinic. */
export const demoPatient = (clinicId: string): SQL =>
  sql`${patients.clinicId} = ${clinicId} AND ${patients.isDemo} = 1`;

/** Key and time of deletion of the demo patient that went with a clinic. */
export const archivedDemoPatient = (clinicId: string, demoUserId: string, deletedAt: number): SQL =>
  sql`SELECT ${deletedPatients.key} AS k, ${deletedPatients.deletedAt} AS t FROM ${deletedPatients}
      WHERE ${deletedPatients.userId} = ${demoUserId} AND ${deletedPatients.clinicId} = ${clinicId}
        AND ${deletedPatients.deletedAt} = ${deletedAt}`;
