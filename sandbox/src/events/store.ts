import { DurableObject } from "cloudflare:workers";

/** An event whose signature was good. */
export interface Event {
  /** `webhook-id`: it is kept once, however often it comes. */
  readonly id: string;
  /** Of the subscription, as its address has it. */
  readonly name: string;
  readonly type: string;
  readonly happenedAt: number;
  /** The ids that came with it, as JSON. */
  readonly data: string;
}
export interface KeptEvent extends Event {
  readonly at: number;
  /** How often it came. */
  readonly times: number;
}

const SHOWN_MAX = 200;

/** A receiver of events: the secrets of its subscriptions, and what it was told, until the local data is deleted. */
export class Events extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS secrets (name TEXT NOT NULL PRIMARY KEY, secret TEXT NOT NULL);
       CREATE TABLE IF NOT EXISTS events (
         seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
         type TEXT NOT NULL, happened_at INTEGER NOT NULL, data TEXT NOT NULL, times INTEGER NOT NULL DEFAULT 1)`,
    );
  }

  keepSecret(name: string, secret: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO secrets VALUES (?, ?)", name, secret);
  }

  secretOf(name: string): string | undefined {
    const [row] = this.#sql.exec<{ secret: string }>("SELECT secret FROM secrets WHERE name = ?", name).toArray();
    return row?.secret;
  }

  keep({ id, name, type, happenedAt, data }: Event): void {
    this.#sql.exec(
      `INSERT INTO events (at, id, name, type, happened_at, data) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET times = times + 1`,
      Date.now(),
      id,
      name,
      type,
      happenedAt,
      data,
    );
  }

  /** The newest first. */
  list(): KeptEvent[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue>>(
        `SELECT id, at, name, type, happened_at AS "happenedAt", data, times
         FROM events ORDER BY seq DESC LIMIT ?`,
        SHOWN_MAX,
      )
      .toArray() as unknown as KeptEvent[];
  }
}
