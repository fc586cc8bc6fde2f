import { expect } from "vitest";
import { statementObservers } from "../../src/platform/db/client.ts";
import { rows } from "../harness.ts";
import { type ClinicColumns, type Unbound, unboundIn } from "./bindings.ts";
import { exceptionFor, NOT_A_CLINICS } from "./exceptions.ts";

/** Statements that have run and not been judged yet, by whatever file or queue they were run. */
const unjudged = new Set<string>();
const passed = new Set<string>();

const remember = (text: string) => {
  if (!passed.has(text)) unjudged.add(text);
};

/** Watches every statement that the service sends to the database from now on. */
export const watchStatements = () => void statementObservers.add(remember);

/** Which tables are a clinic's, from the database itself, so that a new one is one without being listed. */
export async function clinicColumns(): Promise<ClinicColumns> {
  const found = await rows<{ table: string; columns: string }>(
    `SELECT m.name AS "table", json_group_array(c.name) AS columns FROM sqlite_master AS m, pragma_table_info(m.name) AS c
     WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '_cf%' AND c.name IN ('clinic_id', 'patient_key') GROUP BY m.name`,
  );
  return new Map([
    ["clinics", ["id"]],
    ["deleted_clinics", ["id"]],
    ...found
      .filter(({ table }) => !NOT_A_CLINICS.has(table))
      .map(({ table, columns: names }) => [table, JSON.parse(names) as string[]] as const),
  ]);
}

let columns: ClinicColumns | undefined;

/** Judges what has run since the last time: the blocks that name no clinic and are no exception. */
export async function judgeStatements(): Promise<Unbound[]> {
  columns ??= await clinicColumns();
  const found: Unbound[] = [];
  for (const text of unjudged) {
    found.push(...unboundIn(text, columns).filter((unbound) => !exceptionFor(unbound)));
    passed.add(text);
  }
  unjudged.clear();
  return found;
}

/** Fails when a statement has reached into a clinic's table without binding the clinic. */
export async function expectClinicsBound(): Promise<void> {
  const found = (await judgeStatements()).map(({ table, block }) => `${table}: ${block}`);
  expect(found, "statements without the clinic's id; see test/tenancy/exceptions.ts").toEqual([]);
}
