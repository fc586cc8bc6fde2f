import { readFileSync, statSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { Failure, misused } from "../exit-status.ts";

export const FILE_BYTES_MAX = 10 * 1024 * 1024;
export const ROWS_MAX = 10_000;
/** Longer than any row that is within the bounds of its columns. */
const ROW_LENGTH_MAX = 200_000;
const DELIMITERS = [",", ";", "\t"] as const;
const UTF16 = /^(?:\xff\xfe|\xfe\xff)/;

/** A row as spreadsheets count it: the headings are row 1. */
export interface TableRow {
  readonly row: number;
  readonly cells: readonly string[];
}

/** The headings of a CSV file and its rows that are not empty. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly TableRow[];
}

/** Reads a CSV file: UTF-8, with or without a byte order mark, columns separated by commas, semicolons or tabs. */
export function readTable(file: string): Table {
  const text = decoded(bytesOf(file));
  const records = recordsOf(text, delimiterOf(text));
  const [headings = [], ...body] = records.map((record) => record.map((cell) => cell.trim()));
  const rows = body.map((cells, i) => ({ row: i + 2, cells })).filter(({ cells }) => cells.some((cell) => cell !== ""));
  if (rows.length > ROWS_MAX) throw new Failure(`the file has ${rows.length} rows: ${ROWS_MAX} are possible, split it`);
  return { headings, rows };
}

function bytesOf(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > FILE_BYTES_MAX)
      throw new Failure(`the file is larger than ${FILE_BYTES_MAX / 1024 / 1024} MB: split it`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw misused("--file takes a file that can be read");
  }
}

function decoded(bytes: Buffer): string {
  if (UTF16.test(bytes.subarray(0, 2).toString("latin1")))
    throw new Failure('the file is UTF-16: save it as "CSV UTF-8"');
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Failure('the file is not UTF-8, so that names would be damaged: save it as "CSV UTF-8"');
  }
}

/** The separator that makes the most columns of the first line. */
function delimiterOf(text: string): string {
  const [line = ""] = text.split(/\r\n|\r|\n/, 1);
  const unquoted = line.replaceAll(/"[^"]*"/g, "");
  const countOf = (delimiter: string) => unquoted.split(delimiter).length;
  return DELIMITERS.toSorted((a, b) => countOf(b) - countOf(a))[0]!;
}

function recordsOf(text: string, delimiter: string): string[][] {
  try {
    return parse(text, { delimiter, relax_column_count: true, max_record_size: ROW_LENGTH_MAX });
  } catch (error) {
    // Its message quotes the file.
    if (error instanceof CsvError)
      throw new Failure(`the file can't be read as CSV at line ${String(error.lines)}: ${error.code}`);
    throw error;
  }
}
