import type { Context } from "hono";
import { keepCurrent } from "../accounts/own-directory-store.ts";
import type { QueuedAccess } from "../audit/audit-store.ts";
import { recordAccesses } from "../audit/consumer.ts";
import type { Person } from "../auth/caller.ts";
import { faultOf, log } from "../core/log.ts";
import type { Bindings } from "../core/settings.ts";
import { Db } from "../db/client.ts";
import { insertDeadLetter } from "../outbox/dead-letters-store.ts";
import { publishEntries } from "../outbox/publish.ts";
import type { AppEnv } from "./operation.ts";

/**
 * Runs after the response: updates the person's account from their token, and sends audit and outbox entries to their
 * queues. A failure here never changes the response.
 */
export function afterAnswer(c: Context<AppEnv>): void {
  const ctx = c.get("ctx");
  if (ctx.caller.kind === "person") keepAccountCurrent(c, ctx.caller, ctx.now);
  const sendAuditMessages = () => {
    if (ctx.auditMessages.length === 0) return;
    c.executionCtx.waitUntil(sendAudit(c.env, ctx.auditMessages.splice(0), ctx.requestId));
  };
  sendAuditMessages();
  ctx.onLateAudit = sendAuditMessages;
  if (ctx.outboxEntries.length > 0) c.executionCtx.waitUntil(publishEntries(c.env, ctx.outboxEntries));
}

/**
 * Sends audit entries to the queue; when that fails, writes them to the trail; when that fails, too, keeps them as dead
 * letters, which the cron puts back. They have their ids in each place: what arrives by several ways is recorded once.
 */
async function sendAudit(bindings: Bindings, messages: readonly QueuedAccess[], requestId: string): Promise<void> {
  for (const together of sendableAtOnce(messages)) {
    try {
      await bindings.AUDIT_QUEUE.sendBatch(together.map((body) => ({ body })));
    } catch {
      await recordAccesses(new Db(bindings.AUDIT_DB), together)
        .catch(() => new Db(bindings.DB).batch(together.map(asDeadLetter)))
        .catch((error: unknown) =>
          log("error", "audit lost", { requestId, messages: together.length, fault: faultOf(error) }),
        );
    }
  }
}

const asDeadLetter = (body: QueuedAccess) =>
  insertDeadLetter("audit-dead", { id: body.id, body, timestamp: new Date(body.at) });

/** Limits of the platform for one batch: 100 messages and 256 KB. Five thousand ids and their envelopes fit. */
const MESSAGES_AT_ONCE_MAX = 100;
const IDS_AT_ONCE_MAX = 5000;

function sendableAtOnce(messages: readonly QueuedAccess[]): readonly (readonly QueuedAccess[])[] {
  const batches: QueuedAccess[][] = [];
  let together: QueuedAccess[] = [];
  let ids = 0;
  for (const message of messages) {
    const isFull = together.length === MESSAGES_AT_ONCE_MAX || ids + message.patientIds.length > IDS_AT_ONCE_MAX;
    if (isFull) {
      batches.push(together);
      [together, ids] = [[], 0];
    }
    together.push(message);
    ids += message.patientIds.length;
  }
  batches.push(together);
  return batches;
}

const written = new Set<string>();
const WRITTEN_MAX = 10_000;
/** The same by callers as they are remembered with their tokens: most requests come from one of them. */
let seen = new WeakSet<Person>();

/** Clears this isolate's memory of which accounts it has written. */
export function forgetWrittenAccounts(): void {
  written.clear();
  seen = new WeakSet();
}

/** Writes the token's claims to the person's account after the response, once per isolate and token content. */
function keepAccountCurrent(c: Context<AppEnv>, caller: Person, now: number): void {
  if (seen.has(caller)) return;
  seen.add(caller);
  const content = JSON.stringify([caller.id, caller.email, caller.emailVerified, caller.name]);
  if (written.has(content)) return;
  if (written.size >= WRITTEN_MAX) written.clear();
  written.add(content);
  c.executionCtx.waitUntil(
    new Db(c.env.DB).batch(keepCurrent(caller, now)).catch(() => {
      written.delete(content);
      // Also those who came meanwhile with another token of the same content.
      seen = new WeakSet();
    }),
  );
}
