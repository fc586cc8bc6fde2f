import type { SQL } from "drizzle-orm";
import type { Db, Row } from "./client.ts";
import type { Lookup } from "./lookup.ts";
import type { Statement } from "./prepared.ts";

/** A query: statements that can be batched with others, and how to turn their rows into a result. */
export interface Read<T> {
  readonly statements: readonly (Statement | Lookup)[];
  readonly take: (results: readonly Row[][]) => T | Promise<T>;
}

export type ReadResults<R extends Record<string, Read<unknown>>> = {
  [K in keyof R]: R[K] extends Read<infer T> ? T : never;
};

/** All rows of a statement, with the statement's column names. */
export const rowsOf = <R>(statement: SQL): Read<R[]> => ({
  statements: [statement],
  take: ([rows]) => rows as R[],
});

/** The first row of a statement, or undefined. */
export const rowOf = <R>(statement: SQL): Read<R | undefined> => ({
  statements: [statement],
  take: ([rows]) => rows?.[0] as R | undefined,
});

/** The value of a query of one column and at most one row; null without a row. Costs no statement beside others like it. */
export const valueOf = <V>(query: Statement): Read<V | null> => ({
  statements: [{ lookup: query }],
  take: ([rows]) => rows![0]!.value as V | null,
});

/** The rows of a query of one value, which is a JSON list of them. */
export const rowsOfValue = <R>(query: SQL): Read<R[]> =>
  mapped(valueOf<string>(query), (text) => (text === null ? [] : (JSON.parse(text) as R[])));

/** The same query with its result mapped, without a promise where there is none. */
export const mapped = <A, B>(read: Read<A>, make: (answer: A) => B | Promise<B>): Read<B> => ({
  statements: read.statements,
  take: (results) => {
    const answer = read.take(results);
    return answer instanceof Promise ? answer.then(make) : make(answer);
  },
});

/** Combines several queries into one; their lookups in other services run concurrently. */
export function together<R extends Record<string, Read<unknown>>>(reads: R): Read<ReadResults<R>> {
  const entries = Object.entries(reads);
  return {
    statements: entries.flatMap(([, read]) => read.statements),
    take(results) {
      let at = 0;
      const answers = entries.map(([, read]) => {
        const own = results.slice(at, (at += read.statements.length));
        try {
          return read.take(own);
        } catch (error) {
          // Others that fail while it is awaited fail with it, and not unseen.
          return Promise.reject(error);
        }
      });
      const named = (all: readonly unknown[]) =>
        Object.fromEntries(entries.map(([name], i) => [name, all[i]])) as ReadResults<R>;
      return answers.some((it) => it instanceof Promise) ? Promise.all(answers).then(named) : named(answers);
    },
  };
}

/** Something that reads in one round trip: a request, or a job. */
export interface Asking {
  read<R extends Record<string, Read<unknown>>>(reads: R): Promise<ReadResults<R>>;
}

/** Reads outside of a request, without access checks. */
export const askingOf = (db: Db): Asking => ({
  async read(reads) {
    const asked = together(reads);
    return asked.take(await db.batch(asked.statements));
  },
});
