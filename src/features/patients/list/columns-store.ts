import { type SQL, sql } from "drizzle-orm";
import { packed, unpacked } from "../../../platform/db/columns.ts";
import { mapped, type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import { columnName, type SummaryType } from "../../summaries/model/statistics.ts";
import { patientChanges, patients, PERIODS } from "../../tables/patients.ts";
import { type Head, NO_CHANGE } from "../model/history-store.ts";
import type { Cell, Change, Loaded } from "./roster.ts";
import type { SortSource, StatisticFilter } from "./query.ts";

/** A value of every patient, by which lists choose or order: how it is called in memory, and what it is in a statement. */
export interface Column {
  readonly name: string;
  readonly value: SQL;
  readonly isText?: true;
  /** Where it stands in a period's row, beside the patient's. */
  readonly period?: { readonly type: SummaryType; readonly period: string };
}

/** More changes than these are slower to read one by one than all patients at once. */
const CHANGES_MAX = 500;
/** A part is a value of the database, of at most so many patients: far below its 2 MB. */
const PATIENTS_PER_PART = 512;
const PART_LENGTH_MAX = 300_000;

const raw = (text: string) => sql.raw(text);
const ofPatient = (column: string): SQL => sql`${patients}.${sql.identifier(column)}`;
const periodRow = (type: SummaryType, period: string) => sql.identifier(`${type}_${period}`);

export const numberColumn = (column: string): Column => ({ name: column, value: ofPatient(column) });

const BIRTH_DATE: Column = { ...numberColumn("birth_date"), isText: true };

export const statisticColumn = ({ type, field }: Pick<StatisticFilter, "type" | "field">, period: string): Column => ({
  name: `${type}.${period}.${field}`,
  value: sql`${periodRow(type, period)}.${sql.identifier(columnName(field))}`,
  period: { type, period },
});

/** Whether a patient's list names an id; without one, whether it is empty. */
export const labelColumn = (list: "tags" | "sites", id: string | undefined): Column => ({
  name: `${list}:${id ?? ""}`,
  value: id === undefined ? sql`${ofPatient(list)} = '[]'` : sql`instr(${ofPatient(list)}, ${`"${id}"`}) > 0`,
});

export const STANDARD_RANGES: Column = {
  name: "standardRanges",
  value: sql`coalesce(${patients.glycemicRanges} ->> 'preset' = 'adaStandard', ${patients.glycemicRanges} IS NULL)`,
};

/** The value to sort by; null where it is missing. */
export function sortColumn(source: Exclude<SortSource, { kind: "name" }>, period: string): Column {
  switch (source.kind) {
    case "column":
      return source.column === "birth_date" ? BIRTH_DATE : numberColumn(source.column);
    case "date":
      return {
        name: `sort:${source.column}`,
        value: whenFlagged(
          sql`${ofPatient(`${source.type}_date_flags`)} & ${raw(String(source.flag))}`,
          ofPatient(source.column),
        ),
      };
    case "statistic": {
      const { type, column, flagBit } = source;
      const row = periodRow(type, period);
      const value = sql`${row}.${sql.identifier(column)}`;
      return {
        name: `sort:${type}.${period}.${column}`,
        value: flagBit === undefined ? value : whenFlagged(sql`(${row}.flags >> ${raw(String(flagBit))}) & 1`, value),
        period: { type, period },
      };
    }
  }
}

/** A flagged value that is not there all the same counts as lower than every other. */
const whenFlagged = (flag: SQL, value: SQL): SQL => sql`CASE WHEN ${flag} THEN ifnull(${value}, -9e999) END`;

/** The row of a period beside its patient's, under the name that columns of it have. */
export const joinOfPeriod = (how: "LEFT JOIN" | "CROSS JOIN", type: SummaryType, period: string): SQL => {
  const row = periodRow(type, period);
  return sql` ${raw(how)} ${PERIODS[type]} AS ${row} ON ${row}.patient_key = ${patients.key} AND ${row}.period = ${period}`;
};

function joinsOf(columns: readonly Column[]): SQL {
  const rows = new Map(columns.flatMap(({ period: at }) => (at ? [[`${at.type}_${at.period}`, at] as const] : [])));
  return sql.join(
    [...rows.values()].map(({ type, period }) => joinOfPeriod("LEFT JOIN", type, period)),
    sql``,
  );
}

/** Whether what was seen of a clinic's patients can't be brought up to date by its changes. */
const isStale = (clinicId: string, { seq, token }: Head): SQL => {
  const since = sql`FROM ${patientChanges} WHERE ${patientChanges.clinicId} = ${clinicId} AND seq`;
  return sql`(ifnull((SELECT token ${since} = ${seq}), 0) <> ${token}
    OR ifnull((SELECT max(seq) ${since} >= ${seq}), 0) > ${seq + CHANGES_MAX}
    OR EXISTS (SELECT 1 ${since} > ${seq} AND key IS NULL))`;
};

/** The last change of a clinic's patients, and whether what was seen before is stale. */
export const findHead = (clinicId: string, seen: Head | undefined): Read<Head & { isStale: boolean }> =>
  mapped(
    rowOf<Head & { isStale: number }>(
      sql`SELECT seq, token, ${seen ? isStale(clinicId, seen) : sql`1`} AS "isStale" FROM ${patientChanges}
          WHERE ${patientChanges.clinicId} = ${clinicId} ORDER BY seq DESC LIMIT 1`,
    ),
    (row) => (row ? { ...row, isStale: row.isStale === 1 } : { ...NO_CHANGE, isStale: seen?.seq !== 0 }),
  );

const valuesOf = (columns: readonly Column[]): SQL => packed(columns.map(({ value }) => value));

/** The patients who have changed since, with what the columns say of them now. */
export function findChanges(clinicId: string, seen: Head, columns: readonly Column[]): Read<Change[]> {
  return mapped(
    rowsOf<{ key: number; renamed: number; isThere: number; values: string }>(
      sql`SELECT changed.key AS key, changed.renamed AS renamed, ${patients.key} IS NOT NULL AS "isThere", ${valuesOf(columns)} AS "values"
          FROM ${patientChanges} AS changed LEFT JOIN ${patients}
            ON ${patients.key} = changed.key AND ${patients.clinicId} = changed.clinic_id${joinsOf(columns)}
          WHERE changed.clinic_id = ${clinicId} AND changed.seq > ${seen.seq} AND NOT ${isStale(clinicId, seen)}
          ORDER BY changed.seq`,
    ),
    (rows) =>
      rows.map(({ key, renamed, isThere, values }) => ({
        key,
        isRenamed: renamed === 1,
        values: isThere === 1 ? unpacked<Cell>(values) : undefined,
      })),
  );
}

/** When all patients are loaded: always, or only where what was seen is stale, or where it is not and the order by name is another. */
type LoadedWhen = { readonly always: true } | { readonly stale: Head } | { readonly renamed: Head };

/** The clinic's id, or nobody's where nothing is to be loaded: conditions on each patient would be asked of each. */
function loadedClinic(clinicId: string, when: LoadedWhen): SQL {
  if ("always" in when) return sql`${clinicId}`;
  if ("stale" in when) return sql`(SELECT ${clinicId} WHERE ${isStale(clinicId, when.stale)})`;
  const { renamed: seen } = when;
  return sql`(SELECT ${clinicId} WHERE NOT ${isStale(clinicId, seen)} AND EXISTS (SELECT 1 FROM ${patientChanges}
    WHERE ${patientChanges.clinicId} = ${clinicId} AND seq > ${seen.seq} AND renamed = 1))`;
}

/**
 * The columns of all patients of a clinic, by their keys: in parts, as a column may be more than a value holds. The texts
 * are null where they are more than is worth keeping.
 */
export function loadInParts(clinicId: string, columns: readonly Column[], when: LoadedWhen): Read<Loaded | undefined> {
  const ofClinic = sql`${patients.clinicId} = ${loadedClinic(clinicId, when)}`;
  const last = raw(`part.first | ${PATIENTS_PER_PART - 1}`);
  const lists = columns.map((column) => (column === TEXTS ? TEXTS_OF_PART : sql`json_group_array(${column.value})`));
  return mapped(
    rowsOf<{ part: string }>(
      sql`WITH RECURSIVE part (first) AS (SELECT min(${patients.key}) FROM ${patients} WHERE ${ofClinic}
          UNION ALL SELECT (SELECT min(${patients.key}) FROM ${patients} WHERE ${ofClinic} AND ${patients.key} > (${last}))
            FROM part WHERE part.first IS NOT NULL)
        SELECT (SELECT json_array(json_group_array(${patients.key})${sql.join(
          lists.map((list) => sql`, ${list}`),
          sql``,
        )})
                FROM ${patients}${joinsOf(columns)} WHERE ${ofClinic} AND ${patients.key} BETWEEN part.first AND ${last}) AS part
        FROM part WHERE part.first IS NOT NULL`,
    ),
    (rows) => {
      if (rows.length === 0) return undefined;
      const parts = rows.map(({ part }) => JSON.parse(part) as [number[], ...(Cell[] | null)[]]);
      return {
        keys: parts.flatMap(([keys]) => keys),
        columns: columns.map((_, i) =>
          parts.some((part) => part[i + 1] === null) ? null : parts.flatMap((part) => part[i + 1] as Cell[]),
        ),
      };
    },
  );
}

/**
 * The columns of all patients of a clinic, and their order by name: read off the index, equal names by key. A column comes
 * as one value, so this is for columns of numbers.
 */
export function loadByName(clinicId: string, columns: readonly Column[], when: LoadedWhen): Read<Loaded | undefined> {
  const outer = columns.map((_, i) => raw(`, json_group_array(json(same.c${i})) AS c${i}`));
  const lists = columns.map(({ value }, i) => sql`, json_group_array(${value}) AS ${raw(`c${i}`)}`);
  const statement = sql`SELECT json_group_array(json(same.keys)) AS keys${sql.join(outer, sql``)} FROM
      (SELECT json_group_array(${patients.key}) AS keys${sql.join(lists, sql``)}
       FROM ${patients} INDEXED BY patients_by_name${joinsOf(columns)}
       WHERE ${patients.clinicId} = ${loadedClinic(clinicId, when)} GROUP BY ${patients.nameKey}) AS same`;
  return mapped(rowOf<Record<string, string>>(statement), (row) => {
    const names = JSON.parse(row?.["keys"] ?? "[]") as number[][];
    if (names.length === 0) return undefined;
    const columnOf = (i: number) => (JSON.parse(row![`c${i}`]!) as Cell[][]).flat();
    return { keys: names.flat(), names, columns: columns.map((_, i) => columnOf(i)) };
  });
}

/** What columns of numbers say of these patients of a clinic, by key. */
export const valuesOfPatients = (
  clinicId: string,
  keys: readonly number[],
  columns: readonly Column[],
): Read<ReadonlyMap<number, readonly (number | null)[]>> =>
  mapped(
    rowsOf<{ key: number; values: string }>(
      sql`SELECT ${patients.key} AS key, ${valuesOf(columns)} AS "values" FROM json_each(${JSON.stringify(keys)}) AS wanted
          CROSS JOIN ${patients} ON ${patients.key} = wanted.value AND ${patients.clinicId} = ${clinicId}${joinsOf(columns)}`,
    ),
    (rows) => new Map(rows.map(({ key, values }) => [key, unpacked<number | null>(values)])),
  );

/**
 * What searches look at, as one text: the key of the name, a character that no search is for, and the rest. It also says the
 * order by name.
 */
export const TEXTS: Column = {
  name: "texts",
  value: sql`coalesce(${patients.nameKey} || char(10), char(11)) || ${patients.searchRest}`,
  isText: true,
};
const TEXTS_OF_PART = sql`CASE WHEN sum(ifnull(length(${patients.nameKey}), 0) + length(${patients.searchRest})) <= ${raw(
  String(PART_LENGTH_MAX),
)} THEN json_group_array(${TEXTS.value}) END`;
