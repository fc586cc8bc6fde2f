import type { Bindings } from "../core/settings.ts";

export type QueueName = keyof Pick<Bindings, "NOTIFICATIONS_QUEUE" | "MIGRATIONS_QUEUE" | "EHR_QUEUE" | "EVENTS_QUEUE">;

/** The kind of an outbox entry: the name of a mail or a job. Only kinds declared by a slice can be enqueued. */
export interface OutboxKind {
  readonly kind: string;
  readonly queue: QueueName;
}

const declared = new Map<string, OutboxKind>();

/** Declares a kind of outbox entry and its queue. Throws at startup when the name is already declared. */
export function outboxKind(kind: string, queue: QueueName = "NOTIFICATIONS_QUEUE"): OutboxKind {
  if (declared.has(kind)) throw new Error(`the outbox kind ${kind} is declared twice`);
  const made = { kind, queue };
  declared.set(kind, made);
  return made;
}

/** The queue of a kind; entries of an unknown kind go to the queue of mails. */
export const queueOf = (kind: string): QueueName => declared.get(kind)?.queue ?? "NOTIFICATIONS_QUEUE";
