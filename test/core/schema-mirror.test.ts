import { getTableColumns, getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, test } from "vitest";
import * as accounts from "../../src/features/tables/accounts.ts";
import * as clinics from "../../src/features/tables/clinics.ts";
import * as deviceData from "../../src/features/tables/device-data.ts";
import * as ehr from "../../src/features/tables/ehr.ts";
import * as events from "../../src/features/tables/events.ts";
import * as core from "../../src/platform/db/tables.ts";
import * as merges from "../../src/features/tables/merges.ts";
import * as patients from "../../src/features/tables/patients.ts";
import * as patientMerges from "../../src/features/tables/patient-merges.ts";
import * as people from "../../src/features/tables/people.ts";
import { rows } from "../harness.ts";

const tables = [accounts, core, clinics, deviceData, ehr, events, merges, patientMerges, patients, people]
  .flatMap((module) => Object.values(module) as unknown[])
  .filter((value): value is SQLiteTable => is(value, SQLiteTable))
  .map((table) => [getTableName(table), table] as const);

interface Column {
  name: string;
  type: string;
  notNull: boolean;
}
const described = (table: SQLiteTable): Column[] =>
  Object.values(getTableColumns(table)).map((column) => ({
    name: column.name,
    type: column.getSQLType().toUpperCase(),
    notNull: column.notNull,
  }));
const migrated = async (name: string): Promise<Column[]> =>
  (
    await rows<{ name: string; type: string; notnull: number; pk: number; hidden: number }>(
      "SELECT name, type, [notnull], pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid",
      name,
    )
  ).map(({ name, type, notnull, pk }) => ({ name, type, notNull: notnull === 1 || (pk > 0 && type === "INTEGER") }));

describe("the schema the code is written against", () => {
  test.each(tables)("%s has the columns the migrations give it, in their order", async (name, table) => {
    expect(described(table)).toEqual(await migrated(name));
  });

  test("has every table the migrations make but those that no row stays in", async () => {
    const made = await rows<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf%' AND name NOT IN ('_guard', '_many_changes', 'd1_migrations') ORDER BY name",
    );
    expect(made.map(({ name }) => name)).toEqual(tables.map(([name]) => name).toSorted());
  });

  test("has STRICT tables only", async () => {
    const loose = await rows(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf%' AND name <> 'd1_migrations'",
    );
    expect(loose).toEqual([]);
  });

  const archives = tables.filter(([name]) => name.startsWith("deleted_"));
  test.each(archives)("%s keeps every column of what was deleted, after when and by whom", async (name) => {
    const [at, by, ...kept] = (await migrated(name)).map((column) => column.name);
    expect([at, by]).toEqual(["deleted_at", "deleted_by"]);
    const source = (await migrated(name.replace("deleted_", ""))).map((column) => column.name);
    expect(kept.slice(0, source.length)).toEqual(source);
  });
});
