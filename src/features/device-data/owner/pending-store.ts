import type { AuditMessage } from "../../../platform/audit/audit-store.ts";
import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import type { PatientStats, SummaryKind } from "../../summaries/compute/kinds.ts";

/** What the database knows of a data set: what is needed before its object is asked. */
export interface KnownToDatabase {
  readonly id: string;
  /** Name and version, with a blank between them. */
  readonly deduplicator: string;
  readonly isContinuous: number;
}

/** Something the database is to be told: a row of the audit trail, or whose a data set is. */
export type Pending =
  | { readonly kind: "audit"; readonly body: AuditMessage }
  | { readonly kind: "set"; readonly body: KnownToDatabase }
  | { readonly kind: "destroyed"; readonly body: null };

/** What the database is told in one batch. */
export interface Push {
  /** Random: tells whether it has arrived. */
  readonly id: string;
  /** Larger than that of every push before it. */
  readonly revision: number;
  readonly ownerId: string;
  /** Epoch milliseconds of its making. */
  readonly at: number;
  readonly pending: readonly Pending[];
  /** Up to which `seq` of `pending` it goes. */
  readonly upTo: number;
  readonly summaries: readonly PushedSummary[];
  /** All data before were destroyed. */
  readonly isDestroyed: boolean;
  /** Since when each kind of summary is out of date, after the push. */
  readonly outdated: OutdatedSince;
}

export type OutdatedSince = Readonly<Record<SummaryKind, number | null>>;

export interface PushedSummary {
  readonly kind: SummaryKind;
  /** The whole document as JSON; null: there is none any more. */
  readonly document: string | null;
  /** What clinics show of it; null: nothing any more. */
  readonly stats: PatientStats | null;
  readonly triggersSync: boolean;
}

/** Remembers what the database is to be told. */
export const remember = (sql: ObjectSql, { kind, body }: Pending): void => {
  sql.run("INSERT INTO pending (kind, body) VALUES (?, ?)", kind, JSON.stringify(body));
};

const PENDING_AT_ONCE = 1000;

/** The oldest of what the database is to be told. */
export function takePending(sql: ObjectSql): { readonly pending: Pending[]; readonly upTo: number } {
  const rows = sql.all<{ seq: number; kind: Pending["kind"]; body: string }>(
    "SELECT seq, kind, body FROM pending ORDER BY seq LIMIT ?",
    PENDING_AT_ONCE,
  );
  return {
    pending: rows.map(({ kind, body }) => ({ kind, body: JSON.parse(body) })),
    upTo: rows.at(-1)?.seq ?? 0,
  };
}

/** Whether anything is left to be told. */
export const hasPending = (sql: ObjectSql): boolean => sql.first("SELECT 1 AS one FROM pending LIMIT 1") !== undefined;

/** The push that was begun and is not known to have arrived. */
export function unfinishedPush(sql: ObjectSql): Push | undefined {
  const row = sql.first<{ body: string }>("SELECT body FROM push LIMIT 1");
  return row && (JSON.parse(row.body) as Push);
}

export const beginPush = (sql: ObjectSql, push: Push) =>
  sql.run("INSERT INTO push (revision, body) VALUES (?, ?)", push.revision, JSON.stringify(push));

/** Puts a push in the place of the one that was begun. */
export function replacePush(sql: ObjectSql, push: Push): void {
  sql.run("DELETE FROM push");
  beginPush(sql, push);
}

/** Forgets a push that has arrived, and what it told. */
export function endPush(sql: ObjectSql, { upTo }: Push): void {
  sql.run("DELETE FROM pending WHERE seq <= ?", upTo);
  sql.run("DELETE FROM push");
}

/** The answer given to a request before, as JSON. */
export const findAnswer = (sql: ObjectSql, id: string, now: number) =>
  sql.first<{ fingerprint: string; body: string }>(
    "SELECT fingerprint, body FROM answers WHERE id = ? AND expires_at > ?",
    id,
    now,
  );

const EXPIRED_AT_ONCE = 100;

/** Keeps an answer for a repeat of its request; drops some that are too old. */
export function keepAnswer(
  sql: ObjectSql,
  { id, fingerprint, expiresAt }: { readonly id: string; readonly fingerprint: string; readonly expiresAt: number },
  answer: unknown,
  now: number,
): void {
  sql.run(
    "DELETE FROM answers WHERE id IN (SELECT id FROM answers WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
    now,
    EXPIRED_AT_ONCE,
  );
  sql.run(
    "INSERT OR REPLACE INTO answers (id, fingerprint, body, expires_at) VALUES (?, ?, ?, ?)",
    id,
    fingerprint,
    JSON.stringify(answer),
    expiresAt,
  );
}
