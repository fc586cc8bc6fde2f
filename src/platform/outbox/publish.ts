import { faultOf, log } from "../core/log.ts";
import type { Bindings } from "../core/settings.ts";
import { queueOf } from "./kinds.ts";
import type { Entry } from "./store.ts";

/** What a queue carries of a row of the outbox: never more than its id. */
export interface OutboxMessage {
  readonly v: 1;
  readonly id: string;
}

/** The platform takes at most this many messages at once. */
const BATCH_MAX = 100;

type Queues = Pick<Bindings, "NOTIFICATIONS_QUEUE" | "MIGRATIONS_QUEUE">;

/** Sends rows of the outbox to their queues. Never throws: what can't be sent now is found by the next sweep. */
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
