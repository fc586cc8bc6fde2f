import { z } from "@hono/zod-openapi";
import { Refusal } from "../core/errors.ts";
import { faultOf, log } from "../core/log.ts";
import { persistently } from "../core/persistently.ts";
import { type Bindings, settingsOf } from "../core/settings.ts";
import type { Db } from "../db/client.ts";
import type { Step } from "../db/guard.ts";
import { DeliveryError } from "../core/delivery-error.ts";
import { mailerOf } from "../mail/mailer-of.ts";
import { sendMail } from "./send-mail.ts";
import type { JobOutcome, JobPolicy, Registry } from "./registry.ts";
import { type OutboxMessage, publishEntries } from "./publish.ts";
import {
  type LeasedEntry,
  leaseEntry,
  continueEntry,
  endEntry,
  type Entry,
  expireFailedEntries,
  failEntry,
  finishEntry,
  postponeEntry,
  entriesOfBatch,
  takeOverdueEntries,
  waitEntry,
} from "./store.ts";
import { directoryOf } from "../accounts/directory-of.ts";
import { insertDeadLetter } from "./dead-letters-store.ts";

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
/** Longer than sending one mail can take, timeouts included. */
const MAIL_LEASE_MS = 120 * SECOND;
/** The platform's time limit for a consumer. */
const JOB_LEASE_MS = 900 * SECOND;
const BACK_OFF_SECONDS = 60;
const BACK_OFF_FACTOR = 4;
/** Of mails, and of jobs that declare no policy of their own. */
const USUAL = {
  attemptsMax: 5,
  backOffSeconds: (attempts: number) => BACK_OFF_SECONDS * BACK_OFF_FACTOR ** (attempts - 1),
};
/** The platform's limit for the delay of a message. */
const DELAY_SECONDS_MAX = 86_400;
const DATABASE_BACK_OFF_SECONDS = 10;

const GRACE_MS = 30 * SECOND;
const SWEEP_MAX = 500;
const FAILED_KEPT_MS = 30 * DAY;

const OutboxMessageBody = z.object({ v: z.literal(1), id: z.string().min(1) }) satisfies z.ZodType<OutboxMessage>;

type Outcome = "sent" | JobOutcome;

interface Handler extends Omit<JobPolicy, "isOn"> {
  /** `outboxBatch` is the batch of the entries it writes. */
  readonly work: (it: LeasedEntry, outboxBatch: string) => Promise<Outcome>;
}

interface Dispatcher {
  readonly bindings: Bindings;
  readonly db: Db;
  /** By kind. Entries of other kinds are left alone: mails while there is no mailer, and unknown jobs. */
  readonly handlers: ReadonlyMap<string, Handler>;
}

function dispatcherOf(bindings: Bindings, db: Db, registry: Registry): Dispatcher {
  const settings = settingsOf(bindings);
  const users = directoryOf(settings);
  const handlers = new Map<string, Handler>();
  const mailer = mailerOf(bindings, settings);
  if (mailer && settings.mail) {
    const mailWork = { db, users, mailer, settings: settings.mail };
    for (const [kind, prepare] of registry.mails) {
      handlers.set(kind, { ...USUAL, leaseMs: MAIL_LEASE_MS, work: (it) => sendMail(mailWork, prepare, it) });
    }
  }
  for (const [kind, { job, policy = { ...USUAL, leaseMs: JOB_LEASE_MS } }] of registry.jobs) {
    if (policy.isOn?.(settings) === false) continue;
    handlers.set(kind, {
      ...policy,
      work: (it, outboxBatch) => job({ bindings, db, users, settings, now: Date.now(), outboxBatch }, it),
    });
  }
  return { bindings, db, handlers };
}

/**
 * Processes the outbox entries that the messages name, concurrently, and acknowledges each message.
 *
 * A consumer works on an entry only while it holds the lease: a message that is delivered twice, late or after
 * completion finds nothing to lease. A mail is recorded as sent right after the provider accepted it. If the process
 * dies in between, or recording fails repeatedly, the lease expires and the mail is sent again: delivery is at least
 * once, because a lost invitation is worse than a duplicate. A provider that deduplicates by reference sends one.
 */
export async function consumeOutbox(
  { queue, messages }: { queue: string; messages: readonly Message[] },
  bindings: Bindings,
  db: Db,
  registry: Registry,
): Promise<void> {
  const dispatcher = dispatcherOf(bindings, db, registry);
  const handle = async (message: Message) => {
    const id = OutboxMessageBody.safeParse(message.body).data?.id;
    if (id === undefined) {
      await db.batch([insertDeadLetter(queue, message)]);
      return message.ack();
    }
    const retryAfterSeconds = await workOn(dispatcher, id, (it, reason, now) => [
      failEntry(it, reason, now),
      insertDeadLetter(queue, message),
    ]);
    if (retryAfterSeconds === undefined) message.ack();
    else message.retry({ delaySeconds: retryAfterSeconds });
  };
  await Promise.all(
    messages.map((message) =>
      handle(message).catch((error: unknown) => {
        log("error", "message postponed", { queue, fault: faultOf(error) });
        message.retry({ delaySeconds: DATABASE_BACK_OFF_SECONDS * message.attempts });
      }),
    ),
  );
}

/** Processes one entry; returns the delay in seconds when the message should be retried. */
async function workOn(
  { bindings, db, handlers }: Dispatcher,
  id: string,
  giveUp: (it: LeasedEntry, reason: string, now: number) => readonly Step[],
): Promise<number | undefined> {
  const it = await lease(db, id, handlers);
  const handler = it && handlers.get(it.kind);
  if (!it || !handler) return undefined;
  const outboxBatch = crypto.randomUUID();
  try {
    // Every attempt so far was interrupted without an error: give up.
    if (it.attempts > handler.attemptsMax) throw new DeliveryError("interrupted", { isFinal: true });
    const outcome = await handler.work(it, outboxBatch);
    const entries = await recordOutcome(db, endingOf(it, outcome, outboxBatch, Date.now()), outboxBatch);
    await publishEntries(bindings, outcome === "again" ? [...entries, it] : entries);
    // Nobody ends what it waits for: the message comes again at the time.
    const isTimed = typeof outcome === "object" && "waitUntil" in outcome && !outcome.waitsFor;
    return isTimed ? delayUntil(outcome.waitUntil) : undefined;
  } catch (error) {
    if (error instanceof StatusUpdateError) throw error;
    const { reason, isFinal, retryAfterSeconds } = failureOf(error);
    const isLast = isFinal || it.attempts >= handler.attemptsMax;
    const fault = error instanceof DeliveryError ? undefined : faultOf(error);
    log(isLast ? "error" : "warn", isLast ? "outbox entry failed" : "outbox entry postponed", {
      outboxEntry: id,
      kind: it.kind,
      reason,
      fault,
    });
    if (isLast) {
      const steps = [
        ...(handler.failing?.(it, reason, Date.now(), outboxBatch) ?? []),
        ...giveUp(it, reason, Date.now()),
      ];
      await publishEntries(bindings, await recordOutcome(db, steps, outboxBatch));
      return undefined;
    }
    const seconds = Math.max(withJitter(handler.backOffSeconds(it.attempts)), retryAfterSeconds ?? 0);
    // What the attempt has committed is worked on now, not when it succeeds.
    const entries = await recordOutcome(db, [postponeEntry(it, reason, Date.now() + seconds * SECOND)], outboxBatch);
    await publishEntries(bindings, entries);
    return Math.min(seconds, DELAY_SECONDS_MAX);
  }
}

const delayUntil = (at: number): number =>
  Math.min(Math.max(1, Math.ceil((at - Date.now()) / SECOND)), DELAY_SECONDS_MAX);

/** The statements that record what became of an entry. */
function endingOf(it: LeasedEntry, outcome: Outcome, outboxBatch: string, now: number): readonly Step[] {
  if (outcome === "again") return [continueEntry(it, now)];
  if (outcome === "sent") return [finishEntry(it.id, now)];
  if (outcome === "done") return endEntry(it, "sent", null, now);
  if ("waitUntil" in outcome) {
    return [waitEntry(it, outcome.waitUntil, outcome.waitsFor, outboxBatch)];
  }
  const ending = "skipped" in outcome ? endEntry(it, "skipped", outcome.skipped, now) : endEntry(it, "sent", null, now);
  return [...(outcome.finishing ?? []), ...ending];
}

/** The lease duration depends on the kind, which is unknown until the entry is read: tries one lease per duration. */
async function lease(db: Db, id: string, handlers: Dispatcher["handlers"]): Promise<LeasedEntry | undefined> {
  const now = Date.now();
  const byLease = Map.groupBy(handlers, ([, { leaseMs }]) => leaseMs);
  const leases = [...byLease].map(([leaseMs, entries]) =>
    leaseEntry(
      id,
      entries.map(([kind]) => kind),
      now,
      leaseMs,
    ),
  );
  if (leases.length === 0) return undefined;
  const results = await db.batch(leases.flatMap(({ statements }) => statements));
  return results.flat()[0] as LeasedEntry | undefined;
}

function failureOf(error: unknown): Pick<DeliveryError, "reason" | "isFinal" | "retryAfterSeconds"> {
  if (error instanceof DeliveryError) return error;
  const reason = error instanceof Refusal ? error.kind : "fault";
  return { reason, isFinal: false, retryAfterSeconds: undefined };
}

/** Entries that failed together do not retry together. */
const withJitter = (seconds: number): number => Math.ceil(seconds * (0.75 + Math.random() / 2));

/** The outcome could not be recorded: the entry is retried when its lease has expired. */
class StatusUpdateError extends Error {
  static override readonly name: string = "StatusUpdateError";
}

/**
 * Records the outcome of an entry, with retries: a mail that is not recorded as sent is sent again. Returns the entries
 * that the work has written, to be sent to their queues.
 */
async function recordOutcome(db: Db, steps: readonly Step[], outboxBatch: string): Promise<Entry[]> {
  try {
    const results = await persistently(() => db.batch([...steps, entriesOfBatch(outboxBatch)]));
    return results.at(-1) as unknown as Entry[];
  } catch (cause) {
    throw new StatusUpdateError("outcome not recorded", { cause });
  }
}

/** Sends overdue entries to their queues again and expires old failed ones; returns how many were sent. */
export async function sweepOutbox(bindings: Bindings, db: Db, registry: Registry, now: number): Promise<number> {
  const { handlers } = dispatcherOf(bindings, db, registry);
  const due = takeOverdueEntries([...handlers.keys()], now, GRACE_MS, SWEEP_MAX);
  const [entries = []] = await db.batch([...due.statements, expireFailedEntries(now - FAILED_KEPT_MS)]);
  await publishEntries(bindings, entries as unknown as Entry[]);
  return entries.length;
}
