import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/** `"t"."clinic_id" AS "clinicId", …` for every column of a table: rows come back under the schema's names. */
export function allColumns(table: SQLiteTable): SQL {
  const known = selections.get(table);
  if (known) return known;
  const selection = sql.join(
    Object.entries(getTableColumns(table)).map(([name, column]) => sql`${column} AS ${sql.identifier(name)}`),
    sql`, `,
  );
  selections.set(table, selection);
  return selection;
}

const selections = new WeakMap<SQLiteTable, SQL>();

/** A table's column names, unqualified, as an INSERT lists them. */
export const columnNames = (table: SQLiteTable): SQL =>
  sql.join(
    Object.values(getTableColumns(table)).map((column) => sql.identifier(column.name)),
    sql`, `,
  );
