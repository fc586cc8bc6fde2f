import { env } from "cloudflare:workers";

/** What a database does instead of running a batch. */
export type Kind =
  /** It can't be reached: nothing of the batch is run. */
  | "unreachable"
  /** It has too much to do: nothing of the batch is run. */
  | "overloaded"
  /** It runs the batch, and the answer is lost. */
  | "lost"
  /** It undoes the batch at a statement. */
  | "undone"
  /** It can't be reached from then on. */
  | "outage";

export interface Fault {
  readonly kind: Kind;
  /** The batch, of those since the fault was set, from 0. */
  readonly batch: number;
  /** Where an undone batch is undone: after so many statements. */
  readonly statement?: number;
}

const LOST = "D1_ERROR: Network connection lost.";
const OVERLOADED = "D1_ERROR: D1 DB is overloaded. Requests queued for too long.";
const RESET = "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.";
/** Fails when it is run, not when it is prepared. */
const UNDOING = "SELECT abs(-9223372036854775807 - 1)";
const WRITES = /^\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b|\bRETURNING\b/i;

/** The database of the tests, which has one fault when it is told to, and tells which batches there were. */
export class FaultyDatabase {
  /** The number of statements of each batch since the last `begin`, and whether it can have written something. */
  batches: { readonly statements: number; readonly writes: boolean }[] = [];
  hasStruck = false;
  #fault: Fault | undefined;
  readonly #texts = new WeakMap<object, string>();

  /** Counts from here, and has this fault. */
  begin(fault?: Fault): void {
    [this.batches, this.hasStruck, this.#fault] = [[], false, fault];
  }

  /** The records and the audit trail: their batches are counted together. */
  readonly bindings = { DB: this.#standInFor(env.DB), AUDIT_DB: this.#standInFor(env.AUDIT_DB) };

  #standInFor(database: D1Database): D1Database {
    const withSession = (constraint: string) => {
      const session = database.withSession(constraint);
      return {
        prepare: (text: string) => this.#prepared(text, session.prepare(text)),
        getBookmark: () => session.getBookmark(),
        batch: (statements: D1PreparedStatement[]) => this.#run(session, statements),
      };
    };
    return { prepare: (text: string) => database.prepare(text), withSession } as unknown as D1Database;
  }

  async #run(session: D1DatabaseSession, statements: D1PreparedStatement[]) {
    const fault = this.#fault;
    const number = this.batches.length;
    const writes = statements.some((it) => WRITES.test(this.#texts.get(it) ?? ""));
    this.batches.push({ statements: statements.length, writes });
    if (!fault || (fault.kind === "outage" ? number < fault.batch : number !== fault.batch))
      return session.batch(statements);
    this.hasStruck = true;
    if (fault.kind === "overloaded") throw new Error(OVERLOADED);
    if (fault.kind === "unreachable" || fault.kind === "outage") throw new Error(LOST);
    const undoing = fault.kind === "undone" ? [session.prepare(UNDOING)] : [];
    await session.batch(statements.toSpliced(fault.statement ?? statements.length, 0, ...undoing)).catch(() => {
      throw new Error(RESET);
    });
    throw new Error(LOST);
  }

  #prepared(text: string, statement: D1PreparedStatement): D1PreparedStatement {
    const bind = statement.bind.bind(statement);
    this.#texts.set(statement, text);
    return Object.assign(statement, {
      bind: (...values: unknown[]) => {
        const bound = bind(...values);
        this.#texts.set(bound, text);
        return bound;
      },
    });
  }
}

/** The faults of a run that had these batches. `isWhole`: each of them; otherwise those of one batch, in turn. */
export function faultsOf(
  batches: FaultyDatabase["batches"],
  kinds: readonly Kind[],
  isWhole: boolean,
  turn: number,
): Fault[] {
  const all = batches.flatMap(({ statements, writes }, batch) =>
    kinds.flatMap((kind): Fault[] => {
      if (!writes && (kind === "lost" || kind === "undone")) return [];
      if (kind !== "undone") return [{ kind, batch }];
      return Array.from({ length: statements + 1 }, (_, statement) => ({ kind, batch, statement }));
    }),
  );
  if (isWhole) return all;
  const lost = all.filter(({ kind }) => kind === "lost");
  const others = all.filter(({ kind }) => kind !== "lost");
  return [...lost.slice(-1), ...(others.length > 0 ? [others[(turn * 7) % others.length]!] : [])];
}
