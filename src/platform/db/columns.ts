import { getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import { type SQLiteTable, SQLiteSyncDialect } from "drizzle-orm/sqlite-core";

/**
 * `"t"."clinic_id" AS "clinicId", …` for every column of a table: rows come back under the schema's names. Made of the
 * schema alone, once, so that a wide table costs a statement no more than a narrow one.
 */
export function allColumns(table: SQLiteTable): SQL {
  const tableName = getTableName(table);
  return sql.raw(
    Object.entries(getTableColumns(table))
      .map(([name, column]) => `"${tableName}"."${column.name}" AS "${name}"`)
      .join(", "),
  );
}

const dialect = new SQLiteSyncDialect();

/** A fragment of the schema alone, put together once and not in every statement it is part of. */
export function settled(fragment: SQL): SQL {
  const { sql: text, params } = dialect.sqlToQuery(fragment);
  if (params.length > 0) throw new Error("a settled fragment holds no values");
  return sql.raw(text);
}

const namesOf = new Map<SQLiteTable, SQL>();

/** A table's column names, unqualified, as an INSERT lists them; made once. */
export function columnNames(table: SQLiteTable): SQL {
  const known = namesOf.get(table);
  if (known) return known;
  const columns = Object.values(getTableColumns(table));
  const made = sql.raw(columns.map((column) => `"${column.name}"`).join(", "));
  namesOf.set(table, made);
  return made;
}
