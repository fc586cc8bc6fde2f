import { type SQL, sql } from "drizzle-orm";
import type { Caller } from "../auth/caller.ts";
import { constraintViolation } from "../core/errors.ts";
import { utf8 } from "../core/utf8.ts";
import { WrittenJson } from "../formats/json-bytes.ts";
import { sha256 } from "../core/ids.ts";
import { type Guard, refuseIfFound } from "../db/guard.ts";
import { type Read, rowOf } from "../db/read.ts";
import { replays } from "../db/tables.ts";

/** How long the answer to a request with an Idempotency-Key is kept. */
const KEYED_MS = 24 * 3_600_000;
/** Clients retry without a key: the same call without a natural key within this time counts as the same request. */
const BLIND_REPEAT_MS = 30_000;
const KEY_LENGTH_MAX = 255;
/** D1 limits a value and a row to 2 MB; the rest of the row is small. */
const ANSWER_BYTES_MAX = 1_990_000;
/** What a UTF-16 code unit takes at most in UTF-8. */
const BYTES_OF_UNIT_MAX = 3;

/** Encodes only texts that can be too long: the responses of most requests are far shorter. */
const isStorable = (text: string): boolean =>
  text.length * BYTES_OF_UNIT_MAX <= ANSWER_BYTES_MAX || utf8(text).length <= ANSWER_BYTES_MAX;

/** Identifies a request that may be repeated, and until when its response is kept. */
export interface ReplayKey {
  readonly id: string;
  readonly fingerprint: string;
  readonly expiresAt: number;
  /** The request has no Idempotency-Key: it is identified by caller and content alone. */
  readonly isBlind: boolean;
}

/**
 * A scalar query for the current state of what a blindly repeated request created; NULL when it was deleted. The
 * argument is the id in the first response.
 */
export type Standing = (answeredId: SQL) => SQL;

/** A stored response. */
export interface ReplayRow {
  fingerprint: string;
  status: number;
  body: string | null;
}

/** Thrown to answer a repeated request with its first response. */
export class Replayed extends Error {
  static override readonly name: string = "Replayed";
  readonly status: number;
  readonly body: string | null;
  constructor(row: ReplayRow) {
    super("answered before");
    this.status = row.status;
    this.body = row.body;
  }
}

/** Thrown inside a commit when the response is already stored and must be read. */
export class AlreadyAnswered extends Error {
  static override readonly name: string = "AlreadyAnswered";
}

/** The replay key of a request with an Idempotency-Key, or of one that is repeated blindly and has no natural key. */
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

/** A blind repeat replaces a lost response: what was created must still exist, unchanged. */
const isLive = (key: ReplayKey, now: number, standing: Standing | undefined): SQL =>
  sql`${replays.id} = ${key.id} AND ${replays.expiresAt} > ${now}
      AND ${standing && key.isBlind ? sql`${replays.standing} = CAST((${standing(answeredId)}) AS TEXT)` : sql`true`}`;

/** The unexpired response stored under this key, if there is one. */
export const findReplay = (key: ReplayKey, now: number, standing: Standing | undefined): Read<ReplayRow | undefined> =>
  rowOf<ReplayRow>(
    sql`SELECT ${replays.fingerprint} AS fingerprint, ${replays.status} AS status, ${replays.body} AS body
        FROM ${replays} WHERE ${isLive(key, now, standing)}`,
  );

/** Rolls the batch back when the request was answered already. */
export const guardReplay = (key: ReplayKey, now: number, standing: Standing | undefined): Guard =>
  refuseIfFound(sql`SELECT 1 FROM ${replays} WHERE ${isLive(key, now, standing)}`, () => new AlreadyAnswered());

/**
 * Stores the response in the batch of its change, with the state of what was created at this point of the batch. A
 * response too large for the database is not stored, so that the change still commits; a repeat then runs again.
 */
export function insertReplay(
  key: ReplayKey,
  status: number,
  body: unknown,
  now: number,
  standing?: Standing,
): readonly SQL[] {
  const text = body === undefined ? null : body instanceof WrittenJson ? body.text() : JSON.stringify(body);
  if (text !== null && !isStorable(text)) return [];
  const stands = standing && key.isBlind ? sql`CAST((${standing(sql`${idOf(text)}`)}) AS TEXT)` : sql`NULL`;
  return [
    sql`INSERT INTO ${replays} (id, fingerprint, status, body, standing, created_at, expires_at)
        VALUES (${key.id}, ${key.fingerprint}, ${status}, ${text}, ${stands}, ${now}, ${key.expiresAt})
        ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
          standing = excluded.standing, created_at = excluded.created_at, expires_at = excluded.expires_at`,
  ];
}

/** The id of what a response says was created. */
const idOf = (text: string | null): string | null => (JSON.parse(text ?? "{}") as { id?: string } | null)?.id ?? null;

/** Deletes expired responses, a bounded number at a time. */
export const sweepReplays = (now: number): SQL =>
  sql`DELETE FROM ${replays} WHERE id IN
      (SELECT ${replays.id} FROM ${replays} WHERE ${replays.expiresAt} <= ${now} ORDER BY ${replays.expiresAt} LIMIT 1000)`;

/** The stored response, or a refusal when the key was used for another request. */
export function replayed(row: ReplayRow, key: ReplayKey): Error {
  return row.fingerprint === key.fingerprint
    ? new Replayed(row)
    : constraintViolation("the Idempotency-Key was used for another request");
}
