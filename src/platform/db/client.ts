import { type SQL } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { Refusal } from "../core/errors.ts";
import { GUARDS_MAX, guardStatement, isGuard, type Step } from "./guard.ts";

export type Row = Record<string, unknown>;

/** The database could not answer now; the caller may try again. */
const databaseUnavailable = (cause: unknown) =>
  new Refusal("unavailable", "the database could not answer, try again", { cause });

/** A statement that would break a unique index. Its columns, never its values. */
export class UniqueViolation extends Error {
  readonly columns: string;
  constructor(columns: string) {
    super(`unique violation on ${columns}`);
    this.columns = columns;
  }
}

/** A batch that failed for a reason of ours. Says what its statements were, by verb and table, and no value of them. */
export class DatabaseFault extends Error {
  readonly statements: string;
  constructor(message: string, texts: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.statements = texts.map(nameOf).join(", ");
  }
}

const TABLE = /\b(?:INTO|FROM|UPDATE)\s+"?(\w+)/;

/** `SELECT clinics`: what a log line calls a statement. */
const nameOf = (text: string): string => `${text.trim().split(/\s/, 1)[0]} ${TABLE.exec(text)?.[1] ?? ""}`.trim();

const PASSING_FAULT =
  /network connection lost|object to be reset|code was updated|overloaded|storage operation exceeded|timed? ?out|cannot resolve d1/i;

const dialect = new SQLiteSyncDialect();

/** Observers see each statement's SQL text as it runs (tests count on it); they never see its parameters. */
export const statementObservers = new Set<(sqlText: string) => void>();

/** What a request has asked of the database so far. */
export interface Usage {
  calls: number;
  ms: number;
  /** What the database itself says its statements took. */
  databaseMs: number;
  rowsRead: number;
  rowsWritten: number;
}

/**
 * One request's view of D1. Everything is a batch: one batch is one round trip and one transaction. Statements are
 * drizzle SQL with the schema's tables and columns in it; rows come back under the names the statement gives them.
 */
export class Db {
  readonly usage: Usage = { calls: 0, ms: 0, databaseMs: 0, rowsRead: 0, rowsWritten: 0 };
  readonly #session: D1DatabaseSession;

  /** A bookmark lets reads go to a replica that has seen it; without one every statement goes to the primary. */
  constructor(database: D1Database, bookmark?: string) {
    this.#session = database.withSession(bookmark || "first-primary");
  }

  /** The point a later request must not read behind, for the x-d1-bookmark header. */
  get bookmark(): string | undefined {
    return this.usage.calls === 0 ? undefined : (this.#session.getBookmark() ?? undefined);
  }

  /**
   * Runs the statements as one transaction; a guard that refuses undoes all of them and its refusal is thrown. Without
   * statements there is no round trip.
   */
  async batch(steps: readonly Step[]): Promise<Row[][]> {
    // D1 fails a batch of none; reads of accounts that another service keeps have no statements.
    if (steps.length === 0) return [];
    const refusals: (() => Error)[] = [];
    const prepared: D1PreparedStatement[] = [];
    const texts: string[] = [];
    for (const step of steps) {
      let statement: SQL;
      if (isGuard(step)) {
        if (refusals.length === GUARDS_MAX) throw new DatabaseFault("too many guards in one batch", texts);
        statement = guardStatement(step, refusals.length);
        refusals.push(step.refusal);
      } else {
        statement = step;
      }
      const { sql: text, params } = dialect.sqlToQuery(statement);
      for (const observe of statementObservers) observe(text);
      texts.push(text);
      const unbound = this.#session.prepare(text);
      prepared.push(params.length > 0 ? unbound.bind(...params) : unbound);
    }
    const started = performance.now();
    this.usage.calls += 1;
    try {
      const results = await this.#session.batch<Row>(prepared);
      return results.map((result) => {
        this.usage.databaseMs += result.meta.duration;
        this.usage.rowsRead += result.meta.rows_read;
        this.usage.rowsWritten += result.meta.rows_written;
        return result.results;
      });
    } catch (error) {
      throw translate(error, refusals, texts);
    } finally {
      this.usage.ms += performance.now() - started;
    }
  }
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
  // Constraint and syntax messages of SQLite name tables and columns; anything else is not repeated.
  const constraint =
    /((?:CHECK|FOREIGN KEY|NOT NULL) constraint failed[\w:., ]*|no such (?:table|column): [\w.]+|near "[^"]{1,20}": syntax error|too many SQL variables|ambiguous column name: [\w.]+)/.exec(
      text,
    );
  return new DatabaseFault(constraint?.[1] ?? "a statement failed", texts, { cause: constraint ? undefined : error });
}
