import { type SQL, sql } from "drizzle-orm";
import type { Lookup } from "./lookup.ts";
import type { Statement } from "./prepared.ts";

/** The limit of guards per batch: the number of constraints of the _guard table. */
export const GUARDS_MAX = 48;

/** A statement that rolls back its batch when its condition holds; the request is then refused. */
export interface Guard {
  readonly refusedWhen: SQL;
  readonly refusal: () => Error;
}

/** One step of a batch: a statement, a guard, or a lookup. */
export type Step = Statement | Guard | Lookup;

export const isGuard = (step: Step): step is Guard => "refusedWhen" in step;

/** Rolls the batch back when the condition holds at this point of it. */
export const refuseWhen = (condition: SQL, refusal: () => Error): Guard => ({
  refusedWhen: condition,
  refusal,
});

/** Rolls the batch back at this point, for a refusal decided before, so that earlier guards take precedence. */
export const refuseOutright = (refusal: () => Error): Guard => refuseWhen(sql`true`, refusal);

/** Rolls the batch back unless the query returns a row. */
export const refuseUnlessFound = (query: SQL, refusal: () => Error): Guard => ({
  refusedWhen: sql`NOT EXISTS (${query})`,
  refusal,
});

/** Rolls the batch back when the query returns a row. */
export const refuseIfFound = (query: SQL, refusal: () => Error): Guard => ({
  refusedWhen: sql`EXISTS (${query})`,
  refusal,
});

/** Rolls the batch back when the preceding statement changed no row. No guard may stand between the two. */
export const refuseIfUnchanged = (refusal: () => Error): Guard => ({
  refusedWhen: sql`changes() = 0`,
  refusal,
});

/**
 * The statement of guards that follow one another, of which the first is the n-th of its batch: it asks them in their order,
 * and inserts the number of the first that fails. A statement each would do the same; most of what a small statement costs is
 * being one.
 */
export function guardsStatement(guards: readonly Guard[], n: number): SQL {
  if (guards.length === 1) return sql`INSERT INTO _guard (n) SELECT ${numbered(n)} WHERE ${guards[0]!.refusedWhen}`;
  const cases = guards.map(({ refusedWhen }, i) => sql`WHEN ${refusedWhen} THEN ${numbered(n + i)}`);
  return sql`INSERT INTO _guard (n) SELECT failed.n FROM (SELECT CASE ${sql.join(cases, sql` `)} END AS n) AS failed
             WHERE failed.n IS NOT NULL`;
}

const numbered = (n: number): SQL => sql.raw(String(n));
