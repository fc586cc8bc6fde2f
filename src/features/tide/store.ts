import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf, rowsOf } from "../../platform/db/read.ts";
import { cgmPeriods, patients } from "../tables/patients.ts";
import { sitesCondition, tagsCondition } from "../patients/list/matching-store.ts";
import type { Column } from "../patients/list/columns-store.ts";
import { columnName } from "../summaries/model/statistics.ts";
import { type Candidate, CATEGORIES, type Condition, DEXCOM, type Silent } from "./rules.ts";
import { SHOWN_STATISTICS, type TideQuery, type TideRow } from "./schema.ts";

export interface Matches {
  readonly candidates: readonly Candidate[];
  readonly silent: readonly Silent[];
}

const column = (statistic: string): SQL => sql`${cgmPeriods}.${sql.identifier(columnName(statistic))}`;

/** NULL where the statistic is missing, which is not true. */
const holds = ({ statistic, comparator, bound }: Condition): SQL =>
  sql`${column(statistic)} ${sql.raw(comparator)} ${sql.raw(String(bound))}`;

const fails = (condition: Condition): SQL => sql`ifnull(${holds(condition)}, 0) = 0`;

/** The first of the asked categories that a patient is of. */
const categoryOf = ({ categories }: TideQuery): SQL =>
  sql`CASE ${sql.join(
    categories.map((name, i) => {
      const { all, none } = CATEGORIES[name];
      return sql`WHEN ${sql.join([...all.map(holds), ...none.map(fails)], sql` AND `)} THEN ${sql.raw(String(i))}`;
    }),
    sql` `,
  )} END`;

/** What to order the patients of a category by, the smaller value first. */
const valueOf = ({ categories }: TideQuery): SQL =>
  sql`CASE category ${sql.join(
    categories.map((name, i) => {
      const { orderBy, descending } = CATEGORIES[name];
      return sql`WHEN ${sql.raw(String(i))} THEN ${sql.raw(descending ? "-" : "")}${sql.identifier(orderBy)}`;
    }),
    sql` `,
  )} END`;

const lastData = patients.cgmLastDataAt;

/** Patients have up to five data sources: these are read without a row each. */
const SOURCES_BY_PLACE = 5;
const isLost = (source: SQL): SQL =>
  sql`(${source} ->> 'providerName' = ${DEXCOM.providerName} AND ${source} ->> 'state' <> ${DEXCOM.state})`;
const hasLostConnection = sql`(${sql.join(
  Array.from({ length: SOURCES_BY_PLACE }, (_, i) => isLost(sql`${patients.dataSources} -> ${sql.raw(String(i))}`)),
  sql` OR `,
)} OR (json_array_length(${patients.dataSources}) > ${sql.raw(String(SOURCES_BY_PLACE))}
  AND EXISTS (SELECT 1 FROM json_each(${patients.dataSources}) AS source WHERE ${isLost(sql`source.value`)})))`;

const isSilent = (cutoff: number, silentBefore: number): SQL =>
  sql`(${lastData} IS NULL OR (${lastData} < ${silentBefore} AND (${lastData} < ${cutoff} OR ${hasLostConnection})))`;

/** Whether a Dexcom source of the patient's is not connected, for a look in memory. */
export const LOST_CONNECTION: Column = { name: "lostConnection", value: sql`ifnull(${hasLostConnection}, 0)` };

/**
 * Finds, in one look at each patient and their period, who is of which category and who is without data: nobody can
 * change from one to the other in between. The database sorts nothing, a sorter costs a row read for every match.
 */
export function tideMatches(
  clinicId: string,
  query: TideQuery & { lastDataCutoff: number },
  silentBefore: number,
): Read<Matches> {
  const { tags, sites, period, lastDataCutoff: cutoff, excludeNoData } = query;
  const statistics = new Set(query.categories.map((name) => CATEGORIES[name].orderBy));
  // Without fresh data the statistics are missing, and who has none is of no category.
  const patient = sql`SELECT ${patients.key} AS key, ${lastData} AS last_data_at, ${categoryOf(query)} AS category,
        ${excludeNoData ? sql`0` : isSilent(cutoff, silentBefore)} AS is_silent, ${sql.join(
          [...statistics].map((name) => sql`${column(name)} AS ${sql.identifier(name)}`),
          sql`, `,
        )}
      FROM ${patients} LEFT JOIN ${cgmPeriods}
        ON ${cgmPeriods.patientKey} = ${patients.key} AND ${cgmPeriods.period} = ${period} AND ${lastData} >= ${cutoff}
      WHERE ${patients.clinicId} = ${clinicId} AND ${tagsCondition(tags)} AND ${sites ? sitesCondition(sites) : sql`true`}`;
  const statement = sql`SELECT json_group_array(key) FILTER (WHERE category IS NOT NULL) AS keys,
        json_group_array(category) FILTER (WHERE category IS NOT NULL) AS categories,
        json_group_array(${valueOf(query)}) FILTER (WHERE category IS NOT NULL) AS "values",
        json_group_array(key) FILTER (WHERE is_silent) AS "silentKeys",
        json_group_array(last_data_at) FILTER (WHERE is_silent) AS "silentSince" FROM (${patient})`;
  return mapped(
    rowOf<Record<"keys" | "categories" | "values" | "silentKeys" | "silentSince", string>>(statement),
    (row) => {
      const list = <T>(text: string | undefined) => JSON.parse(text ?? "[]") as T[];
      const [categories, values] = [list<number>(row?.categories), list<number>(row?.values)];
      const silentSince = list<number | null>(row?.silentSince);
      return {
        candidates: list<number>(row?.keys).map((key, i) => ({ key, category: categories[i]!, value: values[i]! })),
        silent: list<number>(row?.silentKeys).map((key, i) => ({ key, lastDataAt: silentSince[i]! })),
      };
    },
  );
}

/** The patients with these keys, with the statistics of the period, in no particular order. */
export const tidePatients = (clinicId: string, period: string, keys: readonly number[]): Read<TideRow[]> =>
  rowsOf(
    sql`SELECT ${patients.key} AS key, ${patients.userId} AS "userId", ${patients.fullName} AS "fullName",
          ${patients.email} AS email, ${patients.tags} AS tags, ${patients.reviews} AS reviews,
          ${patients.dataSources} AS "dataSources", ${lastData} AS "lastDataAt", ${sql.join(
            SHOWN_STATISTICS.map((name) => sql`${column(name)} AS ${sql.identifier(name)}`),
            sql`, `,
          )}
        FROM json_each(${JSON.stringify(keys)}) AS wanted CROSS JOIN ${patients}
          ON ${patients.key} = wanted.value AND ${patients.clinicId} = ${clinicId}
        LEFT JOIN ${cgmPeriods} ON ${cgmPeriods.patientKey} = ${patients.key} AND ${cgmPeriods.period} = ${period}`,
  );
