import { DurableObject } from "cloudflare:workers";
import { BARE_DATA_PATH, BARE_TEXTS_PATH, RUN_PATH, run } from "./protocol.ts";

/**
 * The least that a Worker and a Durable Object can do with device data. Adding: the object parses the body as JSON and
 * inserts a row for each datum into a table with the columns and indexes of the product's, as many rows a statement. It
 * checks nothing, keeps no answer, no audit and no buckets. Reading: the object has each datum's text in a row by its
 * time, and gives the texts from a time on, joined by commas, in one answer.
 */

interface Env {
  readonly DB: D1Database;
  readonly BARE: DurableObjectNamespace<BareData>;
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS data (
    key INTEGER PRIMARY KEY, type INTEGER NOT NULL, time INTEGER NOT NULL, shape INTEGER NOT NULL, set_key INTEGER NOT NULL,
    created_at INTEGER NOT NULL, is_archived INTEGER NOT NULL, value REAL, rest TEXT, hash INTEGER, origin TEXT,
    id ANY NOT NULL) STRICT`,
  `CREATE INDEX IF NOT EXISTS data_by_time ON data (type, time)`,
  `CREATE UNIQUE INDEX IF NOT EXISTS data_by_id ON data (id)`,
  `CREATE INDEX IF NOT EXISTS data_by_hash ON data (hash) WHERE hash IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS data_by_origin ON data (origin) WHERE origin IS NOT NULL`,
  `CREATE TABLE IF NOT EXISTS texts (time INTEGER NOT NULL, text TEXT NOT NULL) STRICT`,
  `CREATE INDEX IF NOT EXISTS texts_by_time ON texts (time)`,
];

/** As the product: a statement takes a hundred values. */
const ROWS_AT_ONCE = 8;
const PLACES = "(?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)";
const ID_BYTES = 16;
const TIME_BYTES = 6;
const CBG = 1;
const MG_PER_MMOL = 18.01559;

const insertOf = (rows: number): string =>
  `INSERT INTO data (key, type, time, shape, set_key, created_at, is_archived, value, rest, hash, origin, id)
   VALUES ${Array.from({ length: rows }, () => PLACES).join(", ")}`;
const INSERT = insertOf(ROWS_AT_ONCE);

/** Like the product's: those made together are neighbours in an index. */
function idsAt(now: number, count: number): Uint8Array<ArrayBuffer> {
  const ids = crypto.getRandomValues(new Uint8Array(ID_BYTES * count));
  const time = Uint8Array.from({ length: TIME_BYTES }, (_, byte) => now / 256 ** (TIME_BYTES - 1 - byte));
  for (let at = 0; at < ids.length; at += ID_BYTES) ids.set(time, at);
  return ids;
}

export class BareData extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  #lastKey: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    for (const table of TABLES) this.#sql.exec(table);
    this.#lastKey = Number(this.#sql.exec("SELECT coalesce(max(key), 0) FROM data").raw().next().value?.[0]);
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === BARE_DATA_PATH) return this.#add(await request.json());
    if (request.method === "GET") return this.#textsFrom(Number(searchParams.get("from")));
    for (const [time, text] of await request.json<[number, string][]>()) {
      this.#sql.exec("INSERT INTO texts (time, text) VALUES (?, ?)", time, text);
    }
    return new Response(null, { status: 204 });
  }

  #add(data: readonly { readonly time: string; readonly value: number }[]): Response {
    const now = Date.now();
    const ids = idsAt(now, data.length);
    for (let at = 0; at < data.length; at += ROWS_AT_ONCE) {
      const values: (number | null | ArrayBuffer)[] = [];
      const end = Math.min(data.length, at + ROWS_AT_ONCE);
      for (let i = at; i < end; i++) {
        const { time, value } = data[i]!;
        const id = ids.buffer.slice(i * ID_BYTES, (i + 1) * ID_BYTES);
        values.push(++this.#lastKey, CBG, Date.parse(time), 1, 1, now, value / MG_PER_MMOL, null, null, null, id);
      }
      this.#sql.exec(end - at === ROWS_AT_ONCE ? INSERT : insertOf(end - at), ...values);
    }
    return Response.json({ data: [] });
  }

  #textsFrom(from: number): Response {
    const rows = this.#sql.exec("SELECT text FROM texts WHERE time >= ? ORDER BY time", from).raw<[string]>();
    const texts = [...rows].map(([text]) => text);
    return new Response(`[${texts.join(",")}]`, { headers: { "content-type": "application/json" } });
  }
}

export default {
  async fetch(request, { DB, BARE }) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === RUN_PATH) return run(request, DB);
    if (pathname !== BARE_DATA_PATH && pathname !== BARE_TEXTS_PATH) return new Response(null, { status: 404 });
    return BARE.getByName(searchParams.get("name") ?? "").fetch(request);
  },
} satisfies ExportedHandler<Env>;
