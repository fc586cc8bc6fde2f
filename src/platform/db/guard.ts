import { type SQL, sql } from "drizzle-orm";

/** How many guards one batch may carry: the number of constraints of the _guard table. */
export const GUARDS_MAX = 48;

/** A statement of a batch that aborts the whole batch, and with it the request, when its condition holds. */
export interface Guard {
  readonly refusedWhen: SQL;
  readonly refusal: () => Error;
}

/** One step of a write: a statement, or a guard that may stop all of them. */
export type Step = SQL | Guard;

export const isGuard = (step: Step): step is Guard => "refusedWhen" in step;

/** Refuses the whole batch when the condition holds at this point of it. */
export const refuseWhen = (condition: SQL, refusal: () => Error): Guard => ({
  refusedWhen: condition,
  refusal,
});

/** Refuses the whole batch at this point of it: for what was decided before, so that earlier refusals come first. */
export const refuseOutright = (refusal: () => Error): Guard => refuseWhen(sql`true`, refusal);

/** Refuses the whole batch unless the query finds a row. */
export const refuseUnlessFound = (query: SQL, refusal: () => Error): Guard => ({
  refusedWhen: sql`NOT EXISTS (${query})`,
  refusal,
});

/** Refuses the whole batch when the query finds a row. */
export const refuseIfFound = (query: SQL, refusal: () => Error): Guard => ({
  refusedWhen: sql`EXISTS (${query})`,
  refusal,
});

/** Refuses the whole batch when the statement right before it changed nothing. */
export const refuseIfUnchanged = (refusal: () => Error): Guard => ({
  refusedWhen: sql`changes() = 0`,
  refusal,
});

/** The statement of the n-th guard of a batch. */
export const guardStatement = (guard: Guard, n: number): SQL =>
  sql`INSERT INTO _guard (n) SELECT ${sql.raw(String(n))} WHERE ${guard.refusedWhen}`;
