import { type SQL, sql } from "drizzle-orm";
import { constraintViolation } from "../core/errors.ts";
import { sha256 } from "../core/ids.ts";
import { type Guard, refuseIfFound } from "../db/guard.ts";
import { type Read, rowOf } from "../db/read.ts";
import { replays } from "../db/tables.ts";

/** How long the answer to a request with an Idempotency-Key is kept. */
const KEYED_MS = 24 * 3_600_000;
/** Clients repeat blindly: the same call without a natural key within this time is the same request. */
const BLIND_REPEAT_MS = 30_000;
const KEY_LENGTH_MAX = 255;

/** What identifies a request that may come again, and until when its answer is kept. */
export interface ReplayKey {
  readonly id: string;
  readonly fingerprint: string;
  readonly expiresAt: number;
}

/** An answer that was given before. */
export interface ReplayRow {
  fingerprint: string;
  status: number;
  body: string | null;
}

/** Thrown to answer a repeated request with its first answer. */
export class Replayed extends Error {
  readonly status: number;
  readonly body: string | null;
  constructor(row: ReplayRow) {
    super("answered before");
    this.status = row.status;
    this.body = row.body;
  }
}

/** Thrown inside a commit when the answer is already there and has still to be read. */
export class AlreadyAnswered extends Error {}

/** The key of a request that carries an Idempotency-Key, or that is repeated blindly and has no natural key. */
export async function replayKeyOf(request: {
  callerId: string;
  operationId: string;
  path: string;
  body: string;
  idempotencyKey: string | undefined;
  repeatsBlindly: boolean;
  now: number;
}): Promise<ReplayKey | undefined> {
  const { idempotencyKey: key, callerId, operationId, path, body, now } = request;
  if (key === undefined && !request.repeatsBlindly) return undefined;
  const fingerprint = await sha256(JSON.stringify([operationId, path, body]));
  const id = await sha256(JSON.stringify([callerId, operationId, key === undefined ? ["blind", fingerprint] : key]));
  return { id, fingerprint, expiresAt: now + (key === undefined ? BLIND_REPEAT_MS : KEYED_MS) };
}

export const isIdempotencyKey = (key: string): boolean => key.length > 0 && key.length <= KEY_LENGTH_MAX;

/** The live answer under this key, if there is one. */
export const findReplay = (key: ReplayKey, now: number): Read<ReplayRow | undefined> =>
  rowOf<ReplayRow>(
    sql`SELECT ${replays.fingerprint} AS fingerprint, ${replays.status} AS status, ${replays.body} AS body
        FROM ${replays} WHERE ${replays.id} = ${key.id} AND ${replays.expiresAt} > ${now}`,
  );

/** Stops a write whose request was answered already. */
export const guardReplay = (key: ReplayKey, now: number): Guard =>
  refuseIfFound(
    sql`SELECT 1 FROM ${replays} WHERE ${replays.id} = ${key.id} AND ${replays.expiresAt} > ${now}`,
    () => new AlreadyAnswered(),
  );

/** Keeps the answer with the change it belongs to. */
export const insertReplay = (key: ReplayKey, status: number, body: unknown, now: number): SQL =>
  sql`INSERT INTO ${replays} (id, fingerprint, status, body, created_at, expires_at)
      VALUES (${key.id}, ${key.fingerprint}, ${status}, ${body === undefined ? null : JSON.stringify(body)}, ${now}, ${key.expiresAt})
      ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
        created_at = excluded.created_at, expires_at = excluded.expires_at`;

/** Drops answers nobody may ask for any more, a bounded number at a time. */
export const sweepReplays = (now: number): SQL =>
  sql`DELETE FROM ${replays} WHERE id IN
      (SELECT ${replays.id} FROM ${replays} WHERE ${replays.expiresAt} <= ${now} ORDER BY ${replays.expiresAt} LIMIT 1000)`;

/** The stored answer, or a refusal when the key was used for another request. */
export function replayed(row: ReplayRow, key: ReplayKey): Error {
  return row.fingerprint === key.fingerprint
    ? new Replayed(row)
    : constraintViolation("the Idempotency-Key was used for another request");
}
