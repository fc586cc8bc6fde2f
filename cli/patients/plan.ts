import { comparisonKey } from "../../src/platform/text/comparison-key.ts";
import { type ClinicNow, personKey } from "./clinic.ts";
import { columnsOf, type Problem, type ReadyRow, readRow } from "./columns.ts";
import type { Table } from "./read-table.ts";

/** What an import is going to do. With a problem it does nothing. */
export interface Plan {
  readonly problems: readonly Problem[];
  readonly toCreate: readonly ReadyRow[];
  /** Rows of people whom the clinic has. */
  readonly there: readonly number[];
}

/** Checks every row, against the others and against the clinic. */
export function planImport(table: Table, clinic: ClinicNow): Plan {
  const { columns, problems } = columnsOf(table);
  if (problems.length > 0) return { problems, toCreate: [], there: [] };
  const toCreate: ReadyRow[] = [];
  const there: number[] = [];
  const rowOf = new Map<string, number>();
  for (const tableRow of table.rows) {
    const { ready, problems: found } = readRow(tableRow, columns, clinic.labels);
    problems.push(...found);
    if (!ready) continue;
    const between = [...repeated(ready, rowOf), ...amongPatients(ready, clinic)];
    problems.push(...between);
    if (between.length > 0) continue;
    if (isThere(ready, clinic)) there.push(ready.row);
    else toCreate.push(ready);
  }
  return { problems, toCreate, there };
}

/** What has to differ from row to row: the MRN, name and birth date where one of two has none, and the address. */
function repeated({ row, body: { fullName, birthDate, mrn, email } }: ReadyRow, rowOf: Map<string, number>): Problem[] {
  const problems: Problem[] = [];
  const person = personKey(fullName, birthDate);
  const sameName = rowOf.get(mrn === undefined ? `person ${person}` : `without MRN ${person}`);
  if (sameName !== undefined) {
    const problem = `name and birth date are those of row ${sameName}: an MRN has to tell them apart`;
    problems.push({ row, column: "fullName", problem });
  }
  const own: [column: string, key: string][] = [];
  if (mrn !== undefined) own.push(["mrn", comparisonKey(mrn)]);
  if (email !== undefined) own.push(["email", email.toLowerCase()]);
  for (const [column, key] of own) {
    const first = rowOf.get(`${column} ${key}`);
    if (first !== undefined) problems.push({ row, column, problem: `is that of row ${first}` });
  }
  const keys = [`person ${person}`, ...(mrn === undefined ? [`without MRN ${person}`] : [])];
  for (const key of [...keys, ...own.map((it) => it.join(" "))]) if (!rowOf.has(key)) rowOf.set(key, row);
  return problems;
}

function amongPatients({ row, body: { mrn, birthDate } }: ReadyRow, { isMrnRequired, byMrn }: ClinicNow): Problem[] {
  if (mrn === undefined)
    return isMrnRequired ? [{ row, column: "mrn", problem: "is missing: the clinic requires it" }] : [];
  const born = byMrn.get(comparisonKey(mrn));
  const isAnothers = born !== undefined && born !== birthDate;
  return isAnothers ? [{ row, column: "mrn", problem: "is that of a patient with another birth date" }] : [];
}

const isThere = ({ body: { mrn, fullName, birthDate } }: ReadyRow, { byMrn, people }: ClinicNow): boolean =>
  mrn === undefined ? people.has(personKey(fullName, birthDate)) : byMrn.has(comparisonKey(mrn));
