import { DEFAULT_BG_UNITS } from "../../clinics/model/rules.ts";
import { findBgUnits } from "../../clinics/model/store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { BYTE_ORDER_MARK, type CsvCell, csvLine } from "../../../platform/formats/csv.ts";
import { type Cell, tableWorkbook } from "../../../platform/formats/spreadsheet.ts";
import { listSites } from "../../sites/model/store.ts";
import { listTags } from "../../tags/model/store.ts";
import { tableRowsWithKeys } from "../model/read.ts";
import { orderedKeys } from "./order.ts";
import type { PatientFilter, PatientOrder } from "./query.ts";
import type { Roster } from "./roster.ts";
import { chosenFromRoster, isKept, leavesRoom, readWithMatches, type Wanted } from "./rosters.ts";
import { valuesOfPatients } from "./columns-store.ts";
import { patientTotal } from "../../clinics/model/patient-counts-store.ts";
import { readableTable } from "./readable-table.ts";
import { type Names, TABLE_COLUMNS, tableCells, tableStatistics } from "./table.ts";

const PATIENTS_PER_PART = 1000;

/** For programs, with the names of the API's fields and its numbers; or for people, as a file of texts or a workbook. */
export type TableForm = "fields" | "readable" | "workbook";

/**
 * All of a clinic's patients that match, as the parts of a file: what it begins with and the first patients are there
 * when this returns, so that a refusal or a database that can't answer is told before anything is sent; each further
 * thousand takes one round trip, when it is asked for. Who matches is decided once; what a line shows is as it is when its
 * part is read, and who has left the clinic by then is left out. Each part's patients are audited before it is handed out.
 */
export async function exportPatients(
  ctx: Ctx,
  clinicId: string,
  filter: PatientFilter,
  order: PatientOrder,
  form: TableForm,
): Promise<AsyncIterable<string | Uint8Array>> {
  const { matches, results } = await readWithMatches(ctx, clinicId, filter, order, {
    tags: listTags(clinicId),
    sites: listSites(clinicId),
    clinic: findBgUnits(clinicId),
    total: patientTotal(clinicId),
  });
  const { tags, sites, clinic, total } = results;
  const keys = orderedKeys(matches, order);
  const names: Names = {
    tags: new Map(tags.map(({ id, name }) => [id, name])),
    sites: new Map(sites.map(({ id, name }) => [id, name])),
  };
  const statistics: Wanted = { columns: tableStatistics(filter.period), isByName: false };
  const isWorthLoading = keys.length > PATIENTS_PER_PART && keys.length * 2 >= total && leavesRoom(total, statistics);
  const part = async (from: number): Promise<CsvCell[][]> => {
    const wanted = keys.slice(from, from + PATIENTS_PER_PART);
    if (wanted.length === 0) return [];
    const { values, rows } = await readPart(
      ctx,
      clinicId,
      wanted,
      statistics,
      (isWorthLoading && from === 0) || isKept(clinicId, statistics),
    );
    ctx.auditRead(
      clinicId,
      rows.map(({ userId }) => userId),
    );
    const byKey = new Map(rows.map((row) => [row.key, row]));
    return wanted.flatMap((key) => {
      const row = byKey.get(key);
      return row ? [tableCells(row, values.get(key)!, names, filter.period)] : [];
    });
  };
  const first = await part(0);
  async function* parts(): AsyncGenerator<CsvCell[][]> {
    yield first;
    for (let from = PATIENTS_PER_PART; from < keys.length; from += PATIENTS_PER_PART) yield await part(from);
  }
  if (form === "fields") return csvParts(TABLE_COLUMNS, parts());
  const { headings, widths, shown } = readableTable(clinic?.units === "mmol/L" ? "mmol/L" : DEFAULT_BG_UNITS);
  const readable = mappedParts(parts(), shown);
  if (form === "readable") return csvParts(headings, readable);
  return tableWorkbook(
    { name: "Patients", heading: headings, widths, parts: mappedParts(readable, workbookRow) },
    ctx.now,
  );
}

/** The lines of these patients: their statistics are read with them, or taken from memory, brought up to date by the same round trip. */
async function readPart(
  ctx: Ctx,
  clinicId: string,
  keys: readonly number[],
  statistics: Wanted,
  isFromMemory: boolean,
) {
  const rows = tableRowsWithKeys(clinicId, keys);
  const statement = valuesOfPatients(clinicId, keys, statistics.columns);
  if (!isFromMemory) return ctx.read({ values: statement, rows });
  const { chosen, results } = await chosenFromRoster(
    ctx,
    clinicId,
    statistics,
    (roster) => valuesIn(roster, keys, statistics),
    () => statement,
    { rows },
  );
  return { values: chosen, rows: results.rows };
}

function valuesIn(
  roster: Roster,
  keys: readonly number[],
  { columns }: Wanted,
): ReadonlyMap<number, readonly (number | null)[]> {
  const lists = columns.map(({ name }) => roster.numbers(name));
  return new Map(
    keys.map((key) => {
      const position = roster.positionOf(key);
      return [
        key,
        lists.map((list) => {
          const value = list[position] ?? Number.NaN;
          return Number.isNaN(value) ? null : value;
        }),
      ];
    }),
  );
}

async function* mappedParts<A, B>(parts: AsyncIterable<readonly A[]>, make: (row: A) => B): AsyncGenerator<B[]> {
  for await (const rows of parts) yield rows.map(make);
}

async function* csvParts(
  headings: readonly string[],
  parts: AsyncIterable<readonly (readonly CsvCell[])[]>,
): AsyncGenerator<string> {
  let head = BYTE_ORDER_MARK + csvLine(headings);
  for await (const rows of parts) {
    yield head + rows.map(csvLine).join("");
    head = "";
  }
}

/** Dates and times are texts in a workbook: real ones there have no zone, and none is before 1900. */
const workbookRow = (cells: readonly CsvCell[]): Cell[] =>
  cells.map((cell) => (cell === null ? "" : typeof cell === "object" ? cell.moment : cell));
