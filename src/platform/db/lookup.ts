import type { Query } from "drizzle-orm";
import type { Statement } from "./prepared.ts";

/** A query of one column and at most one row, of which the value is wanted; NULL where there is no row. */
export interface Lookup {
  readonly lookup: Statement;
}

export const isLookup = (step: object): step is Lookup => "lookup" in step;

/** The column of a lookup, the n-th of those that are asked together. */
export const valueColumn = (n: number): string => `value${n}`;

/** Several lookups as one statement: a row with a value of each. */
export const lookupsTogether = (queries: readonly Query[]): Query => ({
  sql: `SELECT ${queries.map(({ sql: text }, i) => `(${text}) AS ${valueColumn(i)}`).join(", ")}`,
  params: queries.flatMap(({ params }) => params),
});
