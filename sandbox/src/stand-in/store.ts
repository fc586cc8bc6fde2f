import { DurableObject } from "cloudflare:workers";
import type { Failure } from "./failures.ts";

/** Tokens and what they were given for; those that ran out are forgotten at every grant. */
const GRANTS_MAX = 10_000;

export const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

/** Every row: a cursor that is not read to its end breaks the transaction. */
export const rowsOf = <T = never>(
  { sql }: DurableObjectStorage,
  statement: string,
  ...binds: (string | number | Uint8Array)[]
): T[] => sql.exec<Record<string, SqlStorageValue>>(statement, ...binds).toArray() as unknown as T[];

/** Forgets the rows that expired more than a minute ago, and the first to expire of too many. */
export function forgetExpired(storage: DurableObjectStorage, table: string): void {
  rowsOf(storage, `DELETE FROM ${table} WHERE expires_at < ?`, nowInSeconds() - 60);
  rowsOf(
    storage,
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
    GRANTS_MAX,
  );
}

/** What a stand-in remembers until the local data is deleted: the tokens it gave, how it was told to fail, and its own tables. */
export class StandIn extends DurableObject {
  readonly #storage: DurableObjectStorage;
  readonly #tokens: string;
  readonly #failures: string;

  /** The names of all tables begin with the stand-in's. */
  constructor(ctx: DurableObjectState, env: Cloudflare.Env, name: string, ownTables: readonly string[]) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#tokens = `${name}_tokens`;
    this.#failures = `${name}_failures`;
    const tables = [
      ...ownTables,
      "tokens (token TEXT PRIMARY KEY, expires_at INTEGER NOT NULL)",
      `failures (
         id INTEGER PRIMARY KEY, target TEXT NOT NULL, instruction TEXT NOT NULL, times INTEGER NOT NULL)`,
    ];
    for (const table of tables) rowsOf(ctx.storage, `CREATE TABLE IF NOT EXISTS ${name}_${table} STRICT`);
  }

  giveToken(validSeconds: number): string {
    forgetExpired(this.#storage, this.#tokens);
    const token = crypto.randomUUID();
    rowsOf(
      this.#storage,
      `INSERT INTO ${this.#tokens} (token, expires_at) VALUES (?, ?)`,
      token,
      nowInSeconds() + validSeconds,
    );
    return token;
  }

  hasToken(token: string): boolean {
    const statement = `SELECT 1 FROM ${this.#tokens} WHERE token = ? AND expires_at > ?`;
    return rowsOf(this.#storage, statement, token, nowInSeconds()).length > 0;
  }

  replaceFailures(failures: readonly Failure[]): void {
    this.#storage.transactionSync(() => {
      rowsOf(this.#storage, `DELETE FROM ${this.#failures}`);
      for (const { times, ...instruction } of failures) {
        rowsOf(
          this.#storage,
          `INSERT INTO ${this.#failures} (target, instruction, times) VALUES (?, ?, ?)`,
          instruction.on,
          JSON.stringify(instruction),
          times,
        );
      }
    });
  }

  listFailures(): Failure[] {
    return rowsOf<{ instruction: string; times: number }>(
      this.#storage,
      `SELECT instruction, times FROM ${this.#failures} ORDER BY id`,
    ).map(({ instruction, times }) => ({ ...(JSON.parse(instruction) as Failure), times }));
  }

  /** How this call goes wrong; it is counted. */
  takeFailure(target: string): Failure | undefined {
    return this.#storage.transactionSync(() => {
      const [row] = rowsOf<{ id: number; instruction: string; times: number }>(
        this.#storage,
        `SELECT id, instruction, times FROM ${this.#failures} WHERE target = ? ORDER BY id LIMIT 1`,
        target,
      );
      if (!row) return undefined;
      if (row.times > 1) rowsOf(this.#storage, `UPDATE ${this.#failures} SET times = times - 1 WHERE id = ?`, row.id);
      else rowsOf(this.#storage, `DELETE FROM ${this.#failures} WHERE id = ?`, row.id);
      return { ...(JSON.parse(row.instruction) as Failure), times: 1 };
    });
  }
}
