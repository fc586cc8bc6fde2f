import type { SQL } from "drizzle-orm";
import type { Db, Row } from "./client.ts";

/** A question to the database: statements that travel in one batch with others, and what their rows mean. */
export interface Read<T> {
  readonly statements: readonly SQL[];
  readonly take: (results: readonly Row[][]) => T | Promise<T>;
}

export type ReadResults<R extends Record<string, Read<unknown>>> = {
  [K in keyof R]: R[K] extends Read<infer T> ? T : never;
};

/** All rows of a statement, each under the names the statement gives its columns. */
export const rowsOf = <R>(statement: SQL): Read<R[]> => ({
  statements: [statement],
  take: ([rows]) => rows as R[],
});

/** The first row of a statement, if there is one. */
export const rowOf = <R>(statement: SQL): Read<R | undefined> => ({
  statements: [statement],
  take: ([rows]) => rows?.[0] as R | undefined,
});

/** The same question with its answer made into something else. */
export const mapped = <A, B>(read: Read<A>, make: (answer: A) => B | Promise<B>): Read<B> => ({
  statements: read.statements,
  take: async (results) => make(await read.take(results)),
});

/** Several questions as one; what has to be looked up elsewhere for their answers is looked up side by side. */
export function together<R extends Record<string, Read<unknown>>>(reads: R): Read<ReadResults<R>> {
  const entries = Object.entries(reads);
  return {
    statements: entries.flatMap(([, read]) => read.statements),
    async take(results) {
      let at = 0;
      const answers = entries.map(async ([name, read]) => {
        const own = results.slice(at, (at += read.statements.length));
        return [name, await read.take(own)] as const;
      });
      return Object.fromEntries(await Promise.all(answers)) as ReadResults<R>;
    },
  };
}

/** Something that reads in one round trip: a request, or a job. */
export interface Asking {
  read<R extends Record<string, Read<unknown>>>(reads: R): Promise<ReadResults<R>>;
}

/** Asks where no request is, and nobody's right has to be asked for. */
export const askingOf = (db: Db): Asking => ({
  async read(reads) {
    const asked = together(reads);
    return asked.take(await db.batch(asked.statements));
  },
});
