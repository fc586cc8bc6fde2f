import { type SQL, sql } from "drizzle-orm";
import { refuseUnlessFound, type Step } from "../db/guard.ts";
import { type Read, mapped, rowsOf } from "../db/read.ts";
import { BUCKETS, PARTS, rowId } from "./postings.ts";

/** What is counted: up to which access they are indexed, and the first range whose rows are not one yet. */
type Progress = "indexed" | "merged";

/** How far the sweep has come, and the newest access. */
export const readProgress = (): Read<Record<Progress | "newest", number>> =>
  mapped(
    rowsOf<Record<Progress | "newest", number>>(
      sql`SELECT (SELECT upto FROM progress WHERE name = 'indexed') AS indexed, (SELECT upto FROM progress WHERE name = 'merged') AS merged,
            coalesce((SELECT max(seq) FROM accesses), 0) AS newest`,
    ),
    ([row]) => row!,
  );

/** Two sweeps at a time do one work: the later one changes nothing. */
export class IsOvertaken extends Error {
  static override readonly name: string = "IsOvertaken";
}

/** Moves on from where the sweep has read it to be. */
export const advance = (name: Progress, from: number, to: number): readonly Step[] => [
  refuseUnlessFound(
    sql`SELECT 1 FROM progress WHERE name = ${name} AND upto = ${from}`,
    () => new IsOvertaken(`${name} has moved on`),
  ),
  sql`UPDATE progress SET upto = ${to} WHERE name = ${name}`,
];

const BYTES_PER_STATEMENT_MAX = 1_000_000;

/** Puts entries, by row and as hex digits, behind those that rows have. */
export function addPostings(rows: ReadonlyMap<number, string>): SQL[] {
  const statements: SQL[] = [];
  let together: [number, string][] = [];
  let bytes = 0;
  const add = () => {
    statements.push(sql`INSERT INTO patient_postings (id, entries)
      SELECT e.value ->> 0, unhex(e.value ->> 1) FROM json_each(${JSON.stringify(together)}) AS e WHERE true
      ON CONFLICT (id) DO UPDATE SET entries = CAST(patient_postings.entries || excluded.entries AS BLOB)`);
    [together, bytes] = [[], 0];
  };
  for (const row of rows) {
    together.push(row);
    bytes += row[1].length;
    if (bytes > BYTES_PER_STATEMENT_MAX) add();
  }
  if (together.length > 0) add();
  return statements;
}

/** The first row of every bucket that a range has. */
const firstRows = (range: number): string =>
  JSON.stringify(Array.from({ length: BUCKETS }, (_, bucket) => rowId(bucket, range * PARTS)));

/** Makes one row a bucket of those of a range that is complete. Done twice, it changes nothing. */
export const mergeRange = (range: number): readonly SQL[] => [
  sql`INSERT INTO patient_postings (id, entries)
      SELECT b.value, CAST(group_concat(p.entries, '') AS BLOB) FROM json_each(${firstRows(range)}) AS b
      CROSS JOIN patient_postings AS p ON p.id BETWEEN b.value AND b.value + ${PARTS - 1} GROUP BY b.value
      ON CONFLICT (id) DO UPDATE SET entries = excluded.entries`,
  sql`DELETE FROM patient_postings WHERE id IN (SELECT p.id FROM json_each(${firstRows(range)}) AS b
      CROSS JOIN patient_postings AS p ON p.id BETWEEN b.value + 1 AND b.value + ${PARTS - 1})`,
];

/** Removes the rows of all ranges before one. */
export const dropRangesBefore = (range: number): SQL =>
  sql`DELETE FROM patient_postings WHERE id IN (SELECT p.id FROM json_each(${firstRows(0)}) AS b
      CROSS JOIN patient_postings AS p ON p.id >= b.value AND p.id < b.value + ${range * PARTS})`;

export interface PostingRow {
  readonly id: number;
  readonly entries: string;
}

/** Rows of a bucket, latest first, in which the digits of a patient occur somewhere. */
export const findPostings = (
  bucket: number,
  digits: string,
  fromPart: number,
  toPart: number,
  limit: number,
): Read<PostingRow[]> =>
  rowsOf(
    sql`SELECT id, hex(entries) AS entries FROM patient_postings
        WHERE id BETWEEN ${rowId(bucket, fromPart)} AND ${rowId(bucket, toPart)} AND instr(entries, unhex(${digits})) > 0
        ORDER BY id DESC LIMIT ${limit}`,
  );
