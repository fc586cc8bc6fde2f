import { getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { toQuery } from "./sqlite.ts";

/**
 * `"t"."clinic_id" AS "clinicId", …` for every column of a table, so that rows have the schema's names. Built once from
 * the schema, so that a wide table costs a statement no more than a narrow one.
 */
export function allColumns(table: SQLiteTable): SQL {
  const tableName = getTableName(table);
  return sql.raw(
    Object.entries(getTableColumns(table))
      .map(([name, column]) => `"${tableName}"."${column.name}" AS "${name}"`)
      .join(", "),
  );
}

/** Arguments of one function; the platform's limit is 32. */
const ARGUMENTS_MAX = 30;

/**
 * Values of a row as one: JSON, nested as functions take few arguments. A result of many columns costs more to carry than the
 * statement takes. A value that is JSON comes as what it says, not as a text.
 */
export function packed(values: readonly SQL[]): SQL {
  const lists = [];
  for (let from = 0; from < values.length; from += ARGUMENTS_MAX) {
    lists.push(sql`json_array(${sql.join(values.slice(from, from + ARGUMENTS_MAX), sql`, `)})`);
  }
  return sql`json_array(${sql.join(lists, sql`, `)})`;
}

/** The values again. */
export const unpacked = <T>(text: string): T[] => (JSON.parse(text) as T[][]).flat();

/**
 * The members of a JSON list, as `e`, for a statement that takes many values of each. `json_each` alone writes the text of a member
 * again whenever it is named: of a period of seventy statistics that is three quarters of its INSERT.
 */
export const eachOf = (json: string | SQL): SQL => sql`WITH e AS MATERIALIZED (SELECT value FROM json_each(${json}))`;

/** Precompiles a fragment without parameters, so that statements that contain it do not build it again. */
export function settled(fragment: SQL): SQL {
  const { sql: text, params } = toQuery(fragment);
  if (params.length > 0) throw new Error("a settled fragment holds no values");
  return sql.raw(text);
}

const namesOf = new Map<SQLiteTable, SQL>();

/** A table's unqualified column names, as an INSERT lists them; cached. */
export function columnNames(table: SQLiteTable): SQL {
  const known = namesOf.get(table);
  if (known) return known;
  const columns = Object.values(getTableColumns(table));
  const made = sql.raw(columns.map((column) => `"${column.name}"`).join(", "));
  namesOf.set(table, made);
  return made;
}
