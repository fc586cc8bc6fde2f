import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { columnNames } from "../db/schema/columns.ts";
import { patients, PERIODS } from "../db/schema/patients.ts";
import type { SummaryType } from "../summaries/statistics.ts";
import { NO_HEAD, type Stats, type StoredHead, storedHead, storedPeriods } from "../summaries/stored.ts";

const TYPES = ["cgm", "bgm"] as const satisfies SummaryType[];

/** The records of a user in all clinics. */
export const ofUser = (userId: string): SQL => sql`${patients.userId} = ${userId}`;

/** The records that have a summary with this id, of whatever type. */
export const withSummary = (summaryId: string): SQL =>
  sql`(${patients.cgmSummaryId} = ${summaryId} OR ${patients.bgmSummaryId} = ${summaryId})`;

/** The clinic and the user of each record that matches. */
export const recordsWhere = (which: SQL): SQL =>
  sql`SELECT ${patients.clinicId} AS clinic_id, ${patients.userId} AS patient_id FROM ${patients} WHERE ${which}`;

/**
 * Replaces each given type of summary whole on all records of a user, and leaves the other as it is. Given none, the
 * records have changed all the same.
 */
export const replaceSummaries = (
  userId: string,
  given: Partial<Record<SummaryType, Stats>>,
  now: number,
): readonly SQL[] => [
  ...TYPES.flatMap((type) => {
    const stats = given[type];
    return stats ? [removePeriods(type, ofUser(userId)), insertPeriods(type, userId, stats)] : [];
  }),
  sql`UPDATE ${patients} SET ${sql.join(
    [
      ...TYPES.flatMap((type) => (given[type] ? setHead(type, storedHead(given[type])) : [])),
      sql`updated_at = ${now}`,
      sql`version = version + 1`,
    ],
    sql`, `,
  )} WHERE ${ofUser(userId)}`,
];

/** Takes both summaries from all records of a user. */
export const removeSummaries = (userId: string, now: number): readonly SQL[] => [
  ...TYPES.map((type) => removePeriods(type, ofUser(userId))),
  sql`UPDATE ${patients} SET ${sql.join([...setHead("cgm", NO_HEAD), ...setHead("bgm", NO_HEAD)], sql`, `)},
      updated_at = ${now}, version = version + 1 WHERE ${ofUser(userId)}`,
];

/** Takes the summary with this id from every record that has it; when the records last changed stays as it is. */
export const removeSummary = (summaryId: string): readonly SQL[] =>
  TYPES.flatMap((type) => {
    const which = sql`${headColumn(type, "summaryId")} = ${summaryId}`;
    return [
      removePeriods(type, which),
      sql`UPDATE ${patients} SET ${sql.join(setHead(type, NO_HEAD), sql`, `)}, version = version + 1 WHERE ${which}`,
    ];
  });

const headColumn = (type: SummaryType, name: keyof StoredHead) =>
  patients[`${type}${name[0]!.toUpperCase()}${name.slice(1)}` as `cgm${Capitalize<keyof StoredHead>}`];

const setHead = (type: SummaryType, head: StoredHead): SQL[] =>
  (Object.keys(head) as (keyof StoredHead)[]).map(
    (name) => sql`${sql.identifier(headColumn(type, name).name)} = ${head[name]}`,
  );

function removePeriods(type: SummaryType, which: SQL): SQL {
  const table = PERIODS[type];
  return sql`DELETE FROM ${table} WHERE ${table.patientKey} IN (SELECT ${patients.key} FROM ${patients} WHERE ${which})`;
}

/** However many periods there are, they travel as one parameter. */
function insertPeriods(type: SummaryType, userId: string, stats: Stats): SQL {
  const table = PERIODS[type];
  const places = Object.keys(getTableColumns(table)).length - 1;
  const values = Array.from({ length: places }, (_, i) => `given.value ->> ${i}`).join(", ");
  return sql`INSERT INTO ${table} (${columnNames(table)}) SELECT ${patients.key}, ${sql.raw(values)}
      FROM json_each(${JSON.stringify(storedPeriods(type, stats))}) AS given CROSS JOIN ${patients}
      WHERE ${ofUser(userId)}`;
}
