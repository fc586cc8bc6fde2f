import { type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../context/context.ts";
import { type Read, rowOf, rowsOf } from "../db/read.ts";
import { outbox } from "../db/tables.ts";
import type { OutboxKind } from "./kinds.ts";

/** A mail or job to be processed once the change that causes it is committed. */
export interface NewOutboxEntry {
  readonly kind: OutboxKind;
  /** Identifies this effect on this recipient: it happens once. */
  readonly uniqueKey: string;
  readonly clinicId: string | null;
  /** An account, at the address it has when the mail is sent, or an address. */
  readonly recipient: { readonly userId: string } | { readonly email: string };
  readonly variables: Readonly<Record<string, string>>;
  /** Epoch milliseconds; due at once when absent. The sweep sends it when the time has come. */
  readonly notBefore?: number;
}

export type OutboxWriter = Pick<Ctx, "now" | "newId" | "outboxBatch">;

const columns = sql.raw(
  "(id, batch, unique_key, kind, clinic_id, recipient_user_id, recipient_email, variables, state, attempts, next_attempt_at, created_at)",
);

/** Puts one mail or job in the outbox, in the batch of the change; ignored when the key exists. */
export const insertOutboxEntry = (ctx: OutboxWriter, it: NewOutboxEntry): SQL =>
  sql`INSERT INTO ${outbox} ${columns} VALUES (${ctx.newId()}, ${ctx.outboxBatch}, ${it.uniqueKey}, ${it.kind.kind}, ${it.clinicId},
      ${"userId" in it.recipient ? it.recipient.userId : null}, ${"email" in it.recipient ? it.recipient.email : null},
      ${JSON.stringify(it.variables)}, 'queued', 0, ${it.notBefore ?? ctx.now}, ${ctx.now})
      ON CONFLICT (unique_key) DO NOTHING`;

/**
 * Puts a mail or job for each row of a query in the outbox. The query gives unique_key, clinic_id, recipient_user_id,
 * recipient_email and variables (a JSON object).
 */
export const insertOutboxEntries = (
  ctx: OutboxWriter,
  { kind }: OutboxKind,
  recipients: SQL,
  notBefore = ctx.now,
): SQL =>
  sql`INSERT INTO ${outbox} ${columns}
      SELECT lower(hex(randomblob(12))), ${ctx.outboxBatch}, r.unique_key, ${kind}, r.clinic_id, r.recipient_user_id,
             r.recipient_email, r.variables, 'queued', 0, ${notBefore}, ${ctx.now}
      FROM (${recipients}) AS r WHERE true ON CONFLICT (unique_key) DO NOTHING`;

/** The outbox entries of a batch that are due at once. */
export const entriesOfBatch = (batch: string): SQL =>
  sql`SELECT ${outbox.id} AS id, ${outbox.kind} AS kind FROM ${outbox}
      WHERE ${outbox.batch} = ${batch} AND ${outbox.state} = 'queued' AND ${outbox.nextAttemptAt} <= ${outbox.createdAt}`;

/** An outbox entry as seen by the holder of its lease. */
export interface LeasedEntry {
  readonly id: string;
  /** Says which effect it is on whom. */
  readonly uniqueKey: string;
  readonly kind: string;
  readonly clinicId: string | null;
  readonly recipientUserId: string | null;
  readonly recipientEmail: string | null;
  /** A JSON object of strings. */
  readonly variables: string;
  /** Includes this attempt. */
  readonly attempts: number;
}

const isDue = (now: number): SQL =>
  sql`(${outbox.state} = 'queued' AND ${outbox.nextAttemptAt} <= ${now}
       OR ${outbox.state} = 'sending' AND ${outbox.leaseUntil} < ${now})`;
const isOneOf = (kinds: readonly string[]): SQL =>
  sql`${outbox.kind} IN (SELECT value FROM json_each(${JSON.stringify(kinds)}))`;

/**
 * Leases an entry that is due and of one of these kinds. No row: another consumer holds the lease, or the entry is not
 * due or finished.
 */
export const leaseEntry = (
  id: string,
  kinds: readonly string[],
  now: number,
  leaseMs: number,
): Read<LeasedEntry | undefined> =>
  rowOf<LeasedEntry>(
    sql`UPDATE ${outbox} SET state = 'sending', lease_until = ${now + leaseMs}, attempts = attempts + 1
        WHERE id = ${id} AND ${isOneOf(kinds)} AND ${isDue(now)}
        RETURNING id, unique_key AS "uniqueKey", kind, clinic_id AS "clinicId", recipient_user_id AS "recipientUserId",
          recipient_email AS "recipientEmail", variables, attempts`,
  );

/** Finishes an entry: its personal data is erased, its key stays so that the effect does not happen again. */
const ended = (state: "sent" | "skipped", reason: string | null, now: number): SQL =>
  sql`UPDATE ${outbox} SET state = ${state}, reason = ${reason}, finished_at = ${now}, lease_until = NULL,
        recipient_email = NULL, variables = '{}'`;

/** Ends an entry whose mail was delivered, no matter who holds the lease by now. */
export const finishEntry = (id: string, now: number): SQL =>
  sql`${ended("sent", null, now)} WHERE id = ${id} AND state IN ('queued', 'sending')`;

/** Whether this attempt still holds the lease: an attempt whose lease was taken over changes nothing. */
const isHeld = ({ id, attempts }: Pick<LeasedEntry, "id" | "attempts">): SQL =>
  sql`${outbox.id} = ${id} AND ${outbox.state} = 'sending' AND ${outbox.attempts} = ${attempts}`;

/** Requeues an entry for a later retry. */
export const postponeEntry = (it: LeasedEntry, reason: string, nextAttemptAt: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'queued', reason = ${reason}, lease_until = NULL, next_attempt_at = ${nextAttemptAt}
      WHERE ${isHeld(it)}`;

/** Requeues an entry whose work is not complete yet, without counting a failed attempt. */
export const continueEntry = (it: LeasedEntry, nextAttemptAt: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'queued', reason = NULL, lease_until = NULL, next_attempt_at = ${nextAttemptAt},
        attempts = 0 WHERE ${isHeld(it)}`;

/**
 * Lets an entry wait until a time, without counting a failed attempt. Where the query that it waits for finds nothing any
 * more, it is due at once, as one of this batch: what it waits for may have ended since it was looked at.
 */
export const waitEntry = (it: LeasedEntry, until: number, waitsFor: SQL | undefined, batch: string): SQL =>
  sql`UPDATE ${outbox} SET state = 'queued', lease_until = NULL, attempts = attempts - 1, batch = ${batch},
        next_attempt_at = CASE WHEN ${waitsFor ? sql`EXISTS (${waitsFor})` : sql`true`} THEN ${until} ELSE min(next_attempt_at, created_at) END
      WHERE ${isHeld(it)}`;

/** Makes a waiting entry due, as one of this batch, so that it is sent to its queue now. */
export const wakeEntry = (uniqueKey: SQL, batch: string, now: number): SQL =>
  sql`UPDATE ${outbox} SET batch = ${batch}, next_attempt_at = min(next_attempt_at, created_at)
      WHERE ${outbox.uniqueKey} = (${uniqueKey}) AND ${outbox.state} = 'queued' AND ${outbox.nextAttemptAt} > ${now}`;

/** Removes an entry that leaves nothing to ask for when it ends: for the statements that finish it. */
export const removeEntry = (id: string): SQL => sql`DELETE FROM ${outbox} WHERE ${outbox.id} = ${id}`;

/** Removes ended entries with these keys: what they did is recorded elsewhere and can't be asked for again. */
export const forgetEntries = (uniqueKeys: SQL): SQL =>
  sql`DELETE FROM ${outbox} WHERE ${outbox.uniqueKey} IN (${uniqueKeys}) AND ${outbox.state} IN ('sent', 'skipped', 'failed')`;

/**
 * Finishes an entry that sent nothing: a completed job, or a mail that is skipped. The result holds for one clinic
 * only: an entry that was moved to another clinic with its patient meanwhile is due again.
 */
export const endEntry = (
  it: LeasedEntry,
  state: "sent" | "skipped",
  reason: string | null,
  now: number,
): readonly SQL[] => [
  sql`${ended(state, reason, now)} WHERE ${isHeld(it)} AND ${outbox.clinicId} IS ${it.clinicId}`,
  continueEntry(it, now),
];

/** Fails an entry until an operator requeues it; recipient and variables are kept for that. */
export const failEntry = (it: LeasedEntry, reason: string, now: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'failed', reason = ${reason}, lease_until = NULL, finished_at = ${now}
      WHERE ${isHeld(it)}`;

export interface Entry {
  readonly id: string;
  readonly kind: string;
}

/**
 * The entries overdue longest, beyond a grace period, to be sent to their queue again. Resets their due time to now, so
 * that the next sweep takes others first.
 */
export const takeOverdueEntries = (
  kinds: readonly string[],
  now: number,
  graceMs: number,
  limit: number,
): Read<Entry[]> =>
  rowsOf<Entry>(
    sql`UPDATE ${outbox} SET next_attempt_at = ${now}
        WHERE id IN (SELECT id FROM ${outbox}
                     WHERE ${outbox.state} IN ('queued', 'sending') AND ${outbox.nextAttemptAt} <= ${now - graceMs}
                       AND ${isDue(now)} AND ${isOneOf(kinds)}
                     ORDER BY ${outbox.nextAttemptAt} LIMIT ${limit})
        RETURNING id, kind`,
  );

/** Expires old failed entries and erases their personal data. */
export const expireFailedEntries = (failedBefore: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'skipped', reason = 'expired', recipient_email = NULL, variables = '{}'
      WHERE ${outbox.state} = 'failed' AND ${outbox.finishedAt} < ${failedBefore}`;

/** An entry as it is shown to operators: without personal data. */
export interface ShownEntry {
  readonly id: string;
  readonly kind: string;
  readonly state: "queued" | "sending" | "sent" | "skipped" | "failed";
  readonly clinicId: string | null;
  /** Of an order of an EHR: its message. */
  readonly messageId: string | null;
  /** Of what an EHR is to get: its job. */
  readonly jobId: string | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** Its place in the list of failed entries; null of one that has not ended. */
  readonly cursor: string | null;
}

const shown = sql.raw(
  `id, kind, state, clinic_id AS "clinicId", variables ->> 'messageId' AS "messageId", variables ->> 'jobId' AS "jobId",
   reason, attempts, created_at AS "createdAt", finished_at AS "finishedAt", finished_at || '-' || id AS cursor`,
);

/** Failed entries in the order in which they failed, after a place in it. */
export const listFailed = (finishedAt: number, id: string, limit: number): Read<ShownEntry[]> =>
  rowsOf<ShownEntry>(
    sql`SELECT ${shown} FROM ${outbox}
        WHERE ${outbox.state} = 'failed' AND (${outbox.finishedAt}, ${outbox.id}) > (${finishedAt}, ${id})
        ORDER BY ${outbox.finishedAt}, ${outbox.id} LIMIT ${limit}`,
  );

export const findEntry = (id: string): Read<ShownEntry | undefined> =>
  rowOf<ShownEntry>(sql`SELECT ${shown} FROM ${outbox} WHERE ${outbox.id} = ${id}`);

export const entryWithId = (id: string): SQL => sql`SELECT 1 FROM ${outbox} WHERE ${outbox.id} = ${id}`;

export const endedEntry = (id: string): SQL =>
  sql`SELECT 1 FROM ${outbox} WHERE ${outbox.id} = ${id} AND ${outbox.state} IN ('sent', 'skipped')`;

/** Whose clinic's trail tells that an entry is requeued: no row unless it has failed. */
export const clinicOfFailed = (id: string): SQL =>
  sql`SELECT clinic_id, NULL AS patient_id FROM ${outbox} WHERE ${outbox.id} = ${id} AND ${outbox.state} = 'failed'`;

/** Requeues a failed entry with its attempts reset, as one of this batch, so that it is sent to its queue now. */
export const requeueFailed = (id: string, batch: string): SQL =>
  sql`UPDATE ${outbox} SET state = 'queued', attempts = 0, batch = ${batch}, next_attempt_at = created_at, reason = NULL,
        finished_at = NULL WHERE id = ${id} AND state = 'failed'`;

/** Moves the unfinished entries of these users from one clinic to another, where their records are now. */
export const moveEntries = (users: SQL, fromClinicId: string, toClinicId: string): SQL =>
  sql`UPDATE ${outbox} INDEXED BY outbox_of_a_patient SET clinic_id = ${toClinicId}
      WHERE clinic_id = ${fromClinicId} AND recipient_user_id IN (${users}) AND state IN ('queued', 'sending', 'failed')`;

/** Moves the entries with these keys to another clinic. */
export const redirectEntries = (uniqueKeys: SQL, clinicId: string): SQL =>
  sql`UPDATE ${outbox} SET clinic_id = ${clinicId} WHERE ${outbox.uniqueKey} IN (${uniqueKeys})`;

/** Ends what waits to be sent to a patient of a clinic, but for a kind: it holds links of an account that nobody keeps. */
export const skipWaiting = (clinicId: string, userId: string, { kind }: OutboxKind, now: number): SQL =>
  sql`UPDATE ${outbox} INDEXED BY outbox_of_a_patient SET state = 'skipped', reason = 'patient_merged', finished_at = ${now},
        lease_until = NULL, recipient_email = NULL, variables = '{}'
      WHERE clinic_id = ${clinicId} AND recipient_user_id = ${userId} AND state IN ('queued', 'sending', 'failed')
        AND kind <> ${kind}`;
