import type { Query } from "drizzle-orm";
import type { PreparedQuery, Statement } from "./prepared.ts";

/** A query of one column and at most one row, of which the value is wanted; NULL where there is no row. */
export interface Lookup {
  readonly lookup: Statement;
}

export const isLookup = (step: object): step is Lookup => "lookup" in step;

/** The column of a lookup, the n-th of those that are asked together. */
export const valueColumn = (n: number): string => `value${n}`;

/** Texts of prepared lookups that were together before, by their numbers: one that was just joined is copied by all that read it. */
const joined = new Map<string, string>();

const joinedText = (queries: readonly Query[]): string =>
  `SELECT ${queries.map(({ sql: text }, i) => `(${text}) AS ${valueColumn(i)}`).join(", ")}`;

const isPrepared = (query: Query): query is PreparedQuery => "number" in query;

/** Several lookups as one statement: a row with a value of each. */
export function lookupsTogether(queries: readonly Query[]): Query {
  const params = queries.flatMap((query) => query.params);
  if (!queries.every(isPrepared)) return { sql: joinedText(queries), params };
  const key = queries.map(({ number }) => number).join();
  let text = joined.get(key);
  if (text === undefined) joined.set(key, (text = joinedText(queries)));
  return { sql: text, params };
}
