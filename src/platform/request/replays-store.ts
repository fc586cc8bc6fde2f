import { type SQL, sql } from "drizzle-orm";
import type { Caller } from "../auth/caller.ts";
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
/** A value and a row of the platform's database hold 2 MB; the rest of the row is small. */
const ANSWER_BYTES_MAX = 1_990_000;

/** What identifies a request that may come again, and until when its answer is kept. */
export interface ReplayKey {
  readonly id: string;
  readonly fingerprint: string;
  readonly expiresAt: number;
  /** Nobody said that it may come again: it is known by its caller and content alone. */
  readonly isBlind: boolean;
}

/**
 * What a blindly repeated request has made, as it stands now, as a scalar query; NULL when it is gone. The argument is
 * the id that the first answer gave.
 */
export type Standing = (answeredId: SQL) => SQL;

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
  caller: Pick<Caller, "kind" | "id">;
  operationId: string;
  path: string;
  body: string;
  idempotencyKey: string | undefined;
  repeatsBlindly: boolean;
  now: number;
}): Promise<ReplayKey | undefined> {
  const { idempotencyKey: key, caller, operationId, path, body, now } = request;
  if (key === undefined && !request.repeatsBlindly) return undefined;
  const fingerprint = await sha256(JSON.stringify([operationId, path, body]));
  const isBlind = key === undefined;
  const named = [caller.kind, caller.id, operationId, isBlind ? ["blind", fingerprint] : key];
  const id = await sha256(JSON.stringify(named));
  return { id, fingerprint, expiresAt: now + (isBlind ? BLIND_REPEAT_MS : KEYED_MS), isBlind };
}

export const isIdempotencyKey = (key: string): boolean => key.length > 0 && key.length <= KEY_LENGTH_MAX;

const answeredId = sql`(${replays.body} ->> '$.id')`;

/** A blind repeat is for an answer that was lost: what it made has to be there still, and as it was. */
const isLive = (key: ReplayKey, now: number, standing: Standing | undefined): SQL =>
  sql`${replays.id} = ${key.id} AND ${replays.expiresAt} > ${now}
      AND ${standing && key.isBlind ? sql`${replays.standing} = CAST((${standing(answeredId)}) AS TEXT)` : sql`true`}`;

/** The live answer under this key, if there is one. */
export const findReplay = (key: ReplayKey, now: number, standing: Standing | undefined): Read<ReplayRow | undefined> =>
  rowOf<ReplayRow>(
    sql`SELECT ${replays.fingerprint} AS fingerprint, ${replays.status} AS status, ${replays.body} AS body
        FROM ${replays} WHERE ${isLive(key, now, standing)}`,
  );

/** Stops a write whose request was answered already. */
export const guardReplay = (key: ReplayKey, now: number, standing: Standing | undefined): Guard =>
  refuseIfFound(sql`SELECT 1 FROM ${replays} WHERE ${isLive(key, now, standing)}`, () => new AlreadyAnswered());

/**
 * Keeps the answer with the change it belongs to, and how what was made stands at this point of the batch. An answer that
 * the database could not hold is not kept, so that the change does not fail for it: the same request is then done again.
 */
export function insertReplay(
  key: ReplayKey,
  status: number,
  body: unknown,
  now: number,
  standing?: Standing,
): readonly SQL[] {
  const text = body === undefined ? null : JSON.stringify(body);
  if (text !== null && new TextEncoder().encode(text).length > ANSWER_BYTES_MAX) return [];
  const { id = null } = (body ?? {}) as { id?: string | null };
  const stands = standing && key.isBlind ? sql`CAST((${standing(sql`${id}`)}) AS TEXT)` : sql`NULL`;
  return [
    sql`INSERT INTO ${replays} (id, fingerprint, status, body, standing, created_at, expires_at)
        VALUES (${key.id}, ${key.fingerprint}, ${status}, ${text}, ${stands}, ${now}, ${key.expiresAt})
        ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
          standing = excluded.standing, created_at = excluded.created_at, expires_at = excluded.expires_at`,
  ];
}

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
