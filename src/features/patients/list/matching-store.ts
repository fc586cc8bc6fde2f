import { type SQL, sql } from "drizzle-orm";
import { searchKey } from "../../../platform/text/comparison-key.ts";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import { patients } from "../../tables/patients.ts";
import type { SummaryType } from "../../summaries/model/statistics.ts";
import { joinOfPeriod, labelColumn, sortColumn, STANDARD_RANGES, statisticColumn } from "./columns-store.ts";
import type { PatientFilter, PatientOrder } from "./query.ts";

/**
 * The keys of all patients that match, and for each the value to sort by where there is one. Names come in their order,
 * and the value says only which are equal: it is the place of the name among those that differ.
 */
export interface Matches {
  readonly keys: ArrayLike<number>;
  readonly values: SortValues;
}

/** Where there is no value: NaN among numbers alone, otherwise null. */
export type SortValues = Float64Array | readonly (number | string | null)[];

/** Above so many, conditions and ids travel as one JSON parameter: the database takes 100 parameters and a depth of 100. */
const INLINE_MAX = 20;

/** Whether the filter lets every patient pass. */
export const isUnfiltered = (filter: PatientFilter): boolean =>
  conditionsOf(filter).length === 0 && filter.statistics.length === 0;

/**
 * Finds the keys of the patients that match. The database sorts nothing here: a sorter costs a row read for every
 * match, and the page is chosen from numbers, so the caller orders them (order.ts). Sorted by name the keys come in
 * that order, read off the index, and the names stay in the database: they could be more than a value may hold.
 */
export function matchingPatients(clinicId: string, filter: PatientFilter, order: PatientOrder): Read<Matches> {
  const { source } = order;
  const filteredTypes = new Set(filter.statistics.map(({ type }) => type));
  const joins: SQL[] = [];
  for (const type of ["cgm", "bgm"] as const) {
    const isSorted = source.kind === "statistic" && source.type === type;
    if (!filteredTypes.has(type) && !isSorted) continue;
    // CROSS JOIN fixes the order: patients of this clinic first, then one look into the period table for each.
    joins.push(joinOfPeriod(filteredTypes.has(type) ? "CROSS JOIN" : "LEFT JOIN", type, filter.period));
  }
  const given = filter.statistics.length > INLINE_MAX ? filter.statistics.map(({ value }) => value) : undefined;
  const bound = (i: number) => given && sql`((SELECT bounds FROM given) ->> ${sql.raw(String(i))})`;
  const conditions = [
    sql`${patients.clinicId} = ${clinicId}`,
    ...conditionsOf(filter),
    ...filter.statistics.map(
      (condition, i) =>
        sql`${statisticColumn(condition, filter.period).value} ${sql.raw(condition.comparator)} ${bound(i) ?? sql`${condition.value}`}`,
    ),
  ];
  const bounds = given ? sql`WITH given (bounds) AS (SELECT ${JSON.stringify(given)}) ` : sql``;
  const found = sql`${sql.join(joins, sql` `)} WHERE ${allOf(conditions)}`;
  if (source.kind === "name") return matchesByName(bounds, found);
  const statement = sql`${bounds}SELECT json_group_array(${patients.key}) AS keys, json_group_array(${sortColumn(source, filter.period).value}) AS "values"
      FROM ${patients} ${found}`;
  return mapped(rowOf<{ keys: string; values: string }>(statement), (row) => ({
    keys: JSON.parse(row?.keys ?? "[]") as number[],
    values: JSON.parse(row?.values ?? "[]") as (number | string | null)[],
  }));
}

/** One list of keys for every name, in the order of the index: nothing is sorted, each match is one row read. */
function matchesByName(bounds: SQL, found: SQL): Read<Matches> {
  const statement = sql`${bounds}SELECT json_group_array(json(same.keys)) AS names FROM
      (SELECT json_group_array(${patients.key}) AS keys FROM ${patients} INDEXED BY patients_by_name ${found}
       GROUP BY ${patients.nameKey}) AS same`;
  return mapped(rowOf<{ names: string }>(statement), (row) => {
    const names = JSON.parse(row?.names ?? "[]") as number[][];
    return { keys: names.flat(), values: names.flatMap((keys, place) => keys.map(() => place)) };
  });
}

/** A balanced tree of ANDs: a chain of a hundred would be deeper than the database allows. */
function allOf(conditions: readonly SQL[]): SQL {
  if (conditions.length <= 2) return sql.join([...conditions], sql` AND `);
  const middle = conditions.length >> 1;
  return sql`(${allOf(conditions.slice(0, middle))}) AND (${allOf(conditions.slice(middle))})`;
}

function conditionsOf(filter: PatientFilter): SQL[] {
  const conditions: SQL[] = [];
  if (filter.search !== undefined) conditions.push(searchCondition(filter.search));
  if (filter.tags !== undefined) conditions.push(tagsCondition(filter.tags));
  if (filter.sites !== undefined) conditions.push(sitesCondition(filter.sites));
  if (filter.reviewedUntil !== undefined) conditions.push(sql`${patients.lastReviewedAt} <= ${filter.reviewedUntil}`);
  if (filter.onlyStandardRanges) conditions.push(STANDARD_RANGES.value);
  for (const type of ["cgm", "bgm"] as const satisfies SummaryType[]) {
    const { from, before } = filter.lastData[type];
    const lastData = type === "cgm" ? patients.cgmLastDataAt : patients.bgmLastDataAt;
    if (from !== undefined) conditions.push(sql`${lastData} >= ${from}`);
    if (before !== undefined) conditions.push(sql`${lastData} < ${before}`);
  }
  return conditions;
}

/** A search for nothing that can be seen finds nobody, as does one with the character that ends a text for the database. */
function searchCondition(search: string): SQL {
  const key = searchKey(search);
  if (key === "" || search.includes("\0")) return sql`false`;
  return sql`(instr(${patients.nameKey}, ${key}) > 0 OR instr(${patients.searchRest}, ${key}) > 0)`;
}

/** Patients with all of these tags; without any id, patients without tags. */
export function tagsCondition(ids: readonly string[]): SQL {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return labelColumn("tags", undefined).value;
  if (wanted.length > INLINE_MAX) {
    return sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(wanted)}) AS wanted WHERE instr(${patients.tags}, wanted.value) = 0)`;
  }
  return allOf(wanted.map((id) => labelColumn("tags", id).value));
}

/** Patients at any of these sites; without any id, patients without sites. */
export function sitesCondition(ids: readonly string[]): SQL {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return labelColumn("sites", undefined).value;
  if (wanted.length > INLINE_MAX) {
    return sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(wanted)}) AS wanted WHERE instr(${patients.sites}, wanted.value) > 0)`;
  }
  return sql`(${sql.join(
    wanted.map((id) => labelColumn("sites", id).value),
    sql` OR `,
  )})`;
}
