import { type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { columnNames } from "./columns.ts";

/** Copies the matching rows to the archive of deleted rows. deletedBy is null for services. */
export const archive = (from: SQLiteTable, to: SQLiteTable, where: SQL, deletedBy: string | null, now: number): SQL =>
  sql`INSERT INTO ${to} (deleted_at, deleted_by, ${columnNames(from)})
      SELECT ${now}, ${deletedBy}, ${columnNames(from)} FROM ${from} WHERE ${where}`;
