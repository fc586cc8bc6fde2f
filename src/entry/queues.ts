import type { QueuedAccess } from "../platform/audit/audit-store.ts";
import { faultOf, log } from "../platform/core/log.ts";
import type { Bindings } from "../platform/core/settings.ts";
import { Db } from "../platform/db/client.ts";
import { readAccess, recordAccesses } from "../platform/audit/consumer.ts";
import { insertDeadLetter } from "../platform/outbox/dead-letters-store.ts";
import type { Registry } from "../platform/outbox/registry.ts";
import { consumeOutbox } from "../platform/outbox/worker.ts";

/** The consumer of a queue; production queue names are prefixed with the service's name. */
const kindOf = (queue: string): string => queue.replace(/^clinics-edge-/, "");

const RETRY_SECONDS_MAX = 3600;
const backOff = (attempts: number) => Math.min(RETRY_SECONDS_MAX, 2 ** attempts * 5);

/** Dispatches a batch of messages to its consumer; acknowledges processed messages and retries the others. */
export async function consume(batch: MessageBatch, bindings: Bindings, registry: Registry): Promise<void> {
  const kind = kindOf(batch.queue);
  const db = new Db(bindings.DB);
  const trail = new Db(bindings.AUDIT_DB);
  let fault: string | undefined;
  try {
    if (kind === "audit") {
      const [entries, unreadable] = await readable(batch.messages);
      await recordAccesses(trail, entries);
      // An invalid message would block the others forever.
      if (unreadable.length > 0) await db.batch(unreadable.map((message) => insertDeadLetter(kind, message)));
      batch.ackAll();
    } else if (kind === "notifications" || kind === "migrations" || kind === "ehr" || kind === "events") {
      await consumeOutbox({ queue: kind, messages: batch.messages }, bindings, db, registry);
    } else {
      // A dead-letter queue: stored for an operator, ids only.
      await db.batch(batch.messages.map((message) => insertDeadLetter(kind, message)));
      batch.ackAll();
    }
  } catch (error) {
    fault = faultOf(error);
    for (const message of batch.messages) message.retry({ delaySeconds: backOff(message.attempts) });
  }
  log(fault === undefined ? "info" : "error", "queue", {
    queue: kind,
    messages: batch.messages.length,
    d1Calls: db.usage.calls + trail.usage.calls,
    d1RowsWritten: db.usage.rowsWritten + trail.usage.rowsWritten,
    fault,
  });
}

async function readable(messages: readonly Message[]): Promise<[QueuedAccess[], Message[]]> {
  const entries: QueuedAccess[] = [];
  const unreadable: Message[] = [];
  for (const message of messages) {
    const entry = await readAccess(message.body);
    if (entry) entries.push(entry);
    else unreadable.push(message);
  }
  return [entries, unreadable];
}
