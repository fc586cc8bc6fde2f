import type { Query } from "drizzle-orm";
import { Refusal } from "../core/errors.ts";
import { toQuery } from "./sqlite.ts";
import { GUARDS_MAX, type Guard, guardsStatement, isGuard, type Step } from "./guard.ts";
import { isLookup, type Lookup, lookupsTogether, valueColumn } from "./lookup.ts";
import { queryOf } from "./prepared.ts";

export type Row = Record<string, unknown>;

/** The database is temporarily unavailable; the caller may retry. */
const databaseUnavailable = (cause: unknown) =>
  new Refusal("unavailable", "the database could not answer, try again", { cause });

/** A violation of a unique index. Names its columns, never values. */
export class UniqueViolation extends Error {
  static override readonly name: string = "UniqueViolation";
  readonly columns: string;
  constructor(columns: string) {
    super(`unique violation on ${columns}`);
    this.columns = columns;
  }
}

/** A batch that failed because of a bug. Names its statements by verb and table, never their values. */
export class DatabaseFault extends Error {
  static override readonly name: string = "DatabaseFault";
  readonly statements: string;
  constructor(message: string, texts: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.statements = texts.map(nameOf).join(", ");
  }
}

const TABLE = /\b(?:INTO|FROM|UPDATE)\s+"?(\w+)/;

/** A statement as a log line names it, such as `SELECT clinics`. */
const nameOf = (text: string): string => `${text.trim().split(/\s/, 1)[0]} ${TABLE.exec(text)?.[1] ?? ""}`.trim();

const PASSING_FAULT =
  /network connection lost|object to be reset|code was updated|overloaded|storage operation exceeded|timed? ?out|cannot resolve d1/i;

/** Called with the SQL text of each statement that runs, never its parameters; used by tests. */
export const statementObservers = new Set<(sqlText: string) => void>();

/** A request's use of the database so far. */
export interface Usage {
  calls: number;
  ms: number;
  /** Execution time as the database reports it. */
  databaseMs: number;
  rowsRead: number;
  rowsWritten: number;
}

/**
 * One request's D1 session. Everything is a batch: one batch is one round trip and one transaction. Statements are
 * drizzle SQL built from the schema's tables and columns; rows have the column names of the statement.
 */
export class Db {
  readonly usage: Usage = { calls: 0, ms: 0, databaseMs: 0, rowsRead: 0, rowsWritten: 0 };
  readonly #session: D1DatabaseSession;

  /** With a bookmark, reads may go to a replica that is at least as recent; without one, all go to the primary. */
  constructor(database: D1Database, bookmark?: string) {
    this.#session = database.withSession(bookmark || "first-primary");
  }

  /** The session's bookmark for the x-d1-bookmark header: a later request that sends it reads no older state. */
  get bookmark(): string | undefined {
    return this.usage.calls === 0 ? undefined : (this.#session.getBookmark() ?? undefined);
  }

  /**
   * Runs the statements as one transaction; a guard whose condition holds rolls it back and its refusal is thrown. Returns the
   * rows of each step: of a guard none, of a lookup one with a `value`. No statements, no round trip.
   */
  async batch(steps: readonly Step[]): Promise<Row[][]> {
    // D1 rejects an empty batch; reads from the account service have no statements.
    if (steps.length === 0) return [];
    const { queries, places, refusals } = queriesOf(steps);
    const texts = queries.map(({ sql: text }) => text);
    for (const text of texts) for (const observe of statementObservers) observe(text);
    const prepared = queries.map(({ sql: text, params }) => {
      const unbound = this.#session.prepare(text);
      return params.length > 0 ? unbound.bind(...params) : unbound;
    });
    const started = performance.now();
    this.usage.calls += 1;
    try {
      const results = await this.#session.batch<Row>(prepared);
      for (const { meta } of results) {
        this.usage.databaseMs += meta.duration;
        this.usage.rowsRead += meta.rows_read;
        this.usage.rowsWritten += meta.rows_written;
      }
      return places.map(({ query, column }) => {
        const rows = results[query]!.results;
        return column === undefined ? rows : [{ value: rows[0]![column] }];
      });
    } catch (error) {
      throw translate(error, refusals, texts);
    } finally {
      this.usage.ms += performance.now() - started;
    }
  }
}

/** Values that a statement takes, and characters of its text: a run of guards or of lookups that has more is several statements. */
const VALUES_MAX = 100;
const TEXT_MAX = 50_000;

/** Which statement a step is part of, and in which column its value comes. */
interface Place {
  readonly query: number;
  readonly column?: string;
}

const isOneStatement = ({ sql: text, params }: Query) => params.length <= VALUES_MAX && text.length <= TEXT_MAX;

/** The statements of steps, where in them each step is, and what the guards refuse with. */
function queriesOf(steps: readonly Step[]): { queries: Query[]; places: Place[]; refusals: (() => Error)[] } {
  const queries: Query[] = [];
  const places: Place[] = [];
  const refusals: (() => Error)[] = [];
  let guards: Guard[] = [];
  let lookups: Lookup[] = [];
  const closeGuards = () => {
    if (guards.length === 0) return;
    const first = refusals.length - guards.length;
    const whole = toQuery(guardsStatement(guards, first));
    const isOne = isOneStatement(whole);
    places.push(...guards.map((_, i) => ({ query: queries.length + (isOne ? 0 : i) })));
    queries.push(...(isOne ? [whole] : guards.map((guard, i) => toQuery(guardsStatement([guard], first + i)))));
    guards = [];
  };
  const closeLookups = () => {
    if (lookups.length === 0) return;
    const each = lookups.map(({ lookup }) => queryOf(lookup));
    const whole = lookupsTogether(each);
    const isOne = isOneStatement(whole);
    places.push(
      ...each.map((_, i) => ({ query: queries.length + (isOne ? 0 : i), column: valueColumn(isOne ? i : 0) })),
    );
    queries.push(...(isOne ? [whole] : each.map((one) => lookupsTogether([one]))));
    lookups = [];
  };
  for (const step of steps) {
    if (!isGuard(step)) closeGuards();
    if (!isLookup(step)) closeLookups();
    if (isGuard(step)) {
      if (refusals.length === GUARDS_MAX) {
        throw new DatabaseFault(
          "too many guards in one batch",
          queries.map((it) => it.sql),
        );
      }
      guards.push(step);
      refusals.push(step.refusal);
    } else if (isLookup(step)) {
      lookups.push(step);
    } else {
      places.push({ query: queries.length });
      queries.push(queryOf(step));
    }
  }
  closeGuards();
  closeLookups();
  return { queries, places, refusals };
}

function translate(error: unknown, refusals: readonly (() => Error)[], texts: readonly string[]): Error {
  const text = [error, (error as { cause?: unknown }).cause]
    .map((thrown) => (thrown instanceof Error ? thrown.message : ""))
    .join(" ");
  const guard = /CHECK constraint failed: guard_(\d+)/.exec(text);
  const refusal = guard && refusals[Number(guard[1])];
  if (refusal) return refusal();
  const unique = /UNIQUE constraint failed: ([\w., ]+?)(:|$|\s\()/.exec(text);
  if (unique) return new UniqueViolation(unique[1]!);
  if (PASSING_FAULT.test(text)) return databaseUnavailable(error);
  // SQLite's constraint and syntax messages name only tables and columns; any other message may hold values.
  const constraint =
    /((?:CHECK|FOREIGN KEY|NOT NULL) constraint failed[\w:., ]*|no such (?:table|column): [\w.]+|near "[^"]{1,20}": syntax error|too many SQL variables|ambiguous column name: [\w.]+)/.exec(
      text,
    );
  return new DatabaseFault(constraint?.[1] ?? "a statement failed", texts, { cause: constraint ? undefined : error });
}
