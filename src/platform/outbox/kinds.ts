import type { Bindings } from "../core/settings.ts";

export type QueueName = keyof Pick<Bindings, "NOTIFICATIONS_QUEUE" | "MIGRATIONS_QUEUE">;

/** What an outbox entry is: the name of a mail or a job. Its slice declares it, and nothing else can be put in the outbox. */
export interface OutboxKind {
  readonly kind: string;
  readonly queue: QueueName;
}

const declared = new Map<string, OutboxKind>();

/** Declares a kind of outbox entry and the queue that carries it. A name that is taken stops the program from starting. */
export function outboxKind(kind: string, queue: QueueName = "NOTIFICATIONS_QUEUE"): OutboxKind {
  if (declared.has(kind)) throw new Error(`the outbox kind ${kind} is declared twice`);
  const made = { kind, queue };
  declared.set(kind, made);
  return made;
}

/** The queue of a kind that a row names; rows of a kind that is no longer known have the queue of mails. */
export const queueOf = (kind: string): QueueName => declared.get(kind)?.queue ?? "NOTIFICATIONS_QUEUE";
