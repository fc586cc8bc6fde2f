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
