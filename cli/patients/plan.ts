import { type ClinicNow, personKey } from "./clinic.ts";
import { columnsOf, keyOf, type Problem, type ReadyRow, readRow } from "./columns.ts";
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

/** What has to differ from row to row: the MRN, or name and birth date without one, and the address. */
function repeated({ row, body: { fullName, birthDate, mrn, email } }: ReadyRow, rowOf: Map<string, number>): Problem[] {
  const keys: [column: string, key: string][] =
    mrn === undefined ? [["fullName", personKey(fullName, birthDate)]] : [["mrn", keyOf(mrn)]];
  if (email !== undefined) keys.push(["email", email.toLowerCase()]);
  const problems: Problem[] = [];
  for (const [column, key] of keys) {
    const first = rowOf.get(`${column} ${key}`);
    if (first === undefined) rowOf.set(`${column} ${key}`, row);
    else if (column === "fullName") {
      problems.push({
        row,
        column,
        problem: `name and birth date are those of row ${first}: an MRN has to tell them apart`,
      });
    } else problems.push({ row, column, problem: `is that of row ${first}` });
  }
  return problems;
}

function amongPatients({ row, body: { mrn, birthDate } }: ReadyRow, { isMrnRequired, byMrn }: ClinicNow): Problem[] {
  if (mrn === undefined)
    return isMrnRequired ? [{ row, column: "mrn", problem: "is missing: the clinic requires it" }] : [];
  const born = byMrn.get(keyOf(mrn));
  const isAnothers = born !== undefined && born !== birthDate;
  return isAnothers ? [{ row, column: "mrn", problem: "is that of a patient with another birth date" }] : [];
}

const isThere = ({ body: { mrn, fullName, birthDate } }: ReadyRow, { byMrn, people }: ClinicNow): boolean =>
  mrn === undefined ? people.has(personKey(fullName, birthDate)) : byMrn.has(keyOf(mrn));
