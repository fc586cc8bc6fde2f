import { faultOf, log } from "../core/log.ts";
import type { Bindings } from "../core/settings.ts";
import { type QueueName, queueOf } from "./kinds.ts";
import type { Entry } from "./store.ts";

/** A queue message for an outbox entry: never more than its id. */
export interface OutboxMessage {
  readonly v: 1;
  readonly id: string;
}

/** The platform's limit of messages per batch. */
const BATCH_MAX = 100;

type Queues = Pick<Bindings, QueueName>;

/** Sends outbox entries to their queues. Never throws: the next sweep finds what could not be sent. */
export async function publishEntries(queues: Queues, entries: readonly Entry[]): Promise<void> {
  const byQueue = Map.groupBy(entries, ({ kind }) => queueOf(kind));
  for (const [binding, rows] of byQueue) {
    for (let at = 0; at < rows.length; at += BATCH_MAX) {
      const messages = rows.slice(at, at + BATCH_MAX).map(({ id }) => ({ body: { v: 1, id } satisfies OutboxMessage }));
      try {
        await queues[binding].sendBatch(messages);
      } catch (error) {
        log("warn", "not sent to queue", { queue: binding, messages: messages.length, fault: faultOf(error) });
      }
    }
  }
}
