import { type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../context/context.ts";
import { type Read, rowOf, rowsOf } from "../db/read.ts";
import { outbox } from "../db/tables.ts";
import type { OutboxKind } from "./kinds.ts";

/** Something to be sent or done once the change that causes it is there. */
export interface NewOutboxEntry {
  readonly kind: OutboxKind;
  /** Tells this effect on this recipient from every other: it happens once. */
  readonly uniqueKey: string;
  readonly clinicId: string | null;
  /** To the address the account has when the mail is sent, or to an address. */
  readonly recipient: { readonly userId: string } | { readonly email: string };
  readonly variables: Readonly<Record<string, string>>;
  /** Epoch milliseconds; at once when absent. The sweep sends what has waited until then. */
  readonly notBefore?: number;
}

export type OutboxWriter = Pick<Ctx, "now" | "newId" | "outboxBatch">;

const columns = sql.raw(
  "(id, batch, unique_key, kind, clinic_id, recipient_user_id, recipient_email, variables, state, attempts, next_attempt_at, created_at)",
);

/** Puts one mail or job in the outbox, in the batch of the change; a second one with the same key is none. */
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

/** What a batch has put in the outbox to be sent at once. */
export const entriesOfBatch = (batch: string): SQL =>
  sql`SELECT ${outbox.id} AS id, ${outbox.kind} AS kind FROM ${outbox}
      WHERE ${outbox.batch} = ${batch} AND ${outbox.state} = 'queued' AND ${outbox.nextAttemptAt} <= ${outbox.createdAt}`;

/** A row of the outbox as the one who works on it has it. */
export interface LeasedEntry {
  readonly id: string;
  readonly kind: string;
  readonly clinicId: string | null;
  readonly recipientUserId: string | null;
  readonly recipientEmail: string | null;
  /** A JSON object of strings. */
  readonly variables: string;
  /** This attempt counted. */
  readonly attempts: number;
}

const isDue = (now: number): SQL =>
  sql`(${outbox.state} = 'queued' AND ${outbox.nextAttemptAt} <= ${now}
       OR ${outbox.state} = 'sending' AND ${outbox.leaseUntil} < ${now})`;
const isOneOf = (kinds: readonly string[]): SQL =>
  sql`${outbox.kind} IN (SELECT value FROM json_each(${JSON.stringify(kinds)}))`;

/**
 * Takes a row that is due, of one of these kinds, for as long as the lease runs. No row: somebody else has it, it is not
 * due, or it is finished.
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
        RETURNING id, kind, clinic_id AS "clinicId", recipient_user_id AS "recipientUserId",
          recipient_email AS "recipientEmail", variables, attempts`,
  );

/** The end of a row: what it said of anybody is erased, its key stays so that the effect does not happen again. */
const ended = (state: "sent" | "skipped", reason: string | null, now: number): SQL =>
  sql`UPDATE ${outbox} SET state = ${state}, reason = ${reason}, finished_at = ${now}, lease_until = NULL,
        recipient_email = NULL, variables = '{}'`;

/** Ends an entry whose mail was delivered, no matter who holds the lease by now. */
export const finishEntry = (id: string, now: number): SQL =>
  sql`${ended("sent", null, now)} WHERE id = ${id} AND state IN ('queued', 'sending')`;

/** Says that a row is still held by this attempt: one whose lease was taken over decides nothing more. */
const isHeld = ({ id, attempts }: Pick<LeasedEntry, "id" | "attempts">): SQL =>
  sql`${outbox.id} = ${id} AND ${outbox.state} = 'sending' AND ${outbox.attempts} = ${attempts}`;

/** Puts a row back for a later attempt. */
export const postponeEntry = (it: LeasedEntry, reason: string, nextAttemptAt: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'queued', reason = ${reason}, lease_until = NULL, next_attempt_at = ${nextAttemptAt}
      WHERE ${isHeld(it)}`;

/** Puts back a row whose work is not all done yet: what was done was no failed attempt. */
export const continueEntry = (it: LeasedEntry, now: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'queued', reason = NULL, lease_until = NULL, next_attempt_at = ${now}, attempts = 0
      WHERE ${isHeld(it)}`;

/**
 * Ends a row of which nothing went out: a job that is done, or a mail that is over. What was found for one clinic says
 * nothing for another: a row that has followed its patient meanwhile is due again.
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

/** Gives a row up until an operator asks for it again; recipient and variables stay for that. */
export const failEntry = (it: LeasedEntry, reason: string, now: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'failed', reason = ${reason}, lease_until = NULL, finished_at = ${now}
      WHERE ${isHeld(it)}`;

export interface Entry {
  readonly id: string;
  readonly kind: string;
}

/**
 * The rows that have waited longest beyond a grace, to be sent to their queue again. They count as due from now on, so
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

/** Gives up what nobody has asked for again for long, and erases what it said of anybody. */
export const expireFailedEntries = (failedBefore: number): SQL =>
  sql`UPDATE ${outbox} SET state = 'skipped', reason = 'expired', recipient_email = NULL, variables = '{}'
      WHERE ${outbox.state} = 'failed' AND ${outbox.finishedAt} < ${failedBefore}`;

/** A row that was given up, without what it says of anybody. */
export interface FailedEntry {
  readonly id: string;
  readonly kind: string;
  readonly clinicId: string | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly createdAt: number;
  readonly failedAt: number;
}

export const listFailed = (after: string, limit: number): Read<FailedEntry[]> =>
  rowsOf<FailedEntry>(
    sql`SELECT id, kind, clinic_id AS "clinicId", reason, attempts, created_at AS "createdAt", finished_at AS "failedAt"
        FROM ${outbox} WHERE ${outbox.state} = 'failed' AND ${outbox.id} > ${after} ORDER BY ${outbox.id} LIMIT ${limit}`,
  );

/** Makes a row that was given up due again, with all its attempts before it. */
export const requeueFailed = (id: string, now: number): Read<Entry | undefined> =>
  rowOf<Entry>(
    sql`UPDATE ${outbox} SET state = 'queued', attempts = 0, next_attempt_at = ${now}, reason = NULL, finished_at = NULL
        WHERE id = ${id} AND state = 'failed' RETURNING id, kind`,
  );

/** Lets what is still to be sent or done for these users of a clinic be about another one, where their records are now. */
export const moveEntries = (users: SQL, fromClinicId: string, toClinicId: string): SQL =>
  sql`UPDATE ${outbox} INDEXED BY outbox_of_a_patient SET clinic_id = ${toClinicId}
      WHERE clinic_id = ${fromClinicId} AND recipient_user_id IN (${users}) AND state IN ('queued', 'sending', 'failed')`;

/** Lets rows with these keys be about another clinic. */
export const redirectEntries = (uniqueKeys: SQL, clinicId: string): SQL =>
  sql`UPDATE ${outbox} SET clinic_id = ${clinicId} WHERE ${outbox.uniqueKey} IN (${uniqueKeys})`;
