import { env } from "cloudflare:workers";
import worker from "../../src/entry/worker.ts";
import { newUserId, rows } from "../harness.ts";

/** A mail as the sandbox mailbox is given it. */
export interface Posted {
  readonly reference: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** An environment whose mails come here; what is to go wrong is decided at each mail. */
export function postOffice(refuse: (attempt: number) => boolean = () => false) {
  const posted: Posted[] = [];
  let attempts = 0;
  const SANDBOX = {
    async fetch(_: string, init: { body: string }) {
      if (refuse(++attempts)) return new Response(null, { status: 503 });
      posted.push(JSON.parse(init.body) as Posted);
      return new Response(null, { status: 202 });
    },
  };
  return {
    posted,
    attempts: () => attempts,
    env: { ...env, SANDBOX, MAIL_FROM: "noreply@clinics-edge.example" },
  };
}

export const withoutMailer = { ...env, MAIL_FROM: "" };

/** What became of each message of a delivery. */
export interface Delivered {
  readonly acked: number;
  readonly retriedAfter: (number | undefined)[];
}

let lastMessage = 0;
/** Delivers messages with these bodies to the consumer of a queue. */
export async function deliver(
  bodies: readonly unknown[],
  bindings: unknown,
  queue = "notifications",
): Promise<Delivered> {
  const delivered = { acked: 0, retriedAfter: [] as (number | undefined)[] };
  const messages = bodies.map((body) => {
    let isDecided = false;
    const once = (what: () => void) => () => {
      if (!isDecided) what();
      isDecided = true;
    };
    return {
      id: `message-${++lastMessage}`,
      timestamp: new Date(),
      attempts: 1,
      body,
      ack: once(() => delivered.acked++),
      retry: (options?: QueueRetryOptions) => once(() => delivered.retriedAfter.push(options?.delaySeconds))(),
    };
  });
  const ackAll = () => {
    for (const message of messages) message.ack();
  };
  await worker.queue({ queue, messages, ackAll } as never, bindings as never);
  return delivered;
}

export const deliverRow = (id: string, bindings: unknown) => deliver([{ v: 1, id }], bindings);

export interface Row {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly recipient_email: string | null;
  readonly variables: string;
  readonly next_attempt_at: number;
  readonly lease_until: number | null;
  readonly finished_at: number | null;
}

/** Puts a mail in the outbox as a change does; its id. */
export async function givenOutboxEntry(fields: Record<string, unknown> = {}): Promise<string> {
  const id = `5e4d${newUserId()}0000000000`;
  const row: Record<string, unknown> = {
    id,
    batch: id,
    unique_key: id,
    kind: "clinic_created",
    clinic_id: null,
    recipient_user_id: null,
    recipient_email: fields.recipient_user_id === undefined ? "ana@own.test" : null,
    variables: JSON.stringify({ ClinicName: "Harbor" }),
    state: "queued",
    attempts: 0,
    next_attempt_at: 0,
    created_at: 0,
    ...fields,
  };
  const names = Object.keys(row);
  await rows(
    `INSERT INTO outbox (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")}) RETURNING id`,
    ...Object.values(row),
  );
  return id;
}

export const outboxRow = async (id: string): Promise<Row> =>
  (await rows<Row>("SELECT * FROM outbox WHERE id = ?", id))[0]!;

/** Lets the time pass that the row waits for. */
export const makeDue = (id: string) =>
  rows(
    "UPDATE outbox SET next_attempt_at = 0, lease_until = CASE WHEN lease_until > 0 THEN 1 END WHERE id = ? RETURNING id",
    id,
  );

/** Runs the cron; what it put in which queue. */
export async function sweep(
  bindings: object,
  now = Date.now(),
  queues: object = {},
): Promise<{ queue: string; body: unknown }[]> {
  const sent: { queue: string; body: unknown }[] = [];
  const queue = (name: string) => ({
    sendBatch: async (messages: { body: unknown }[]) => {
      if (messages.length > 100) throw new Error("too many messages");
      sent.push(...messages.map(({ body }) => ({ queue: name, body })));
    },
  });
  await worker.scheduled(
    { cron: "* * * * *", scheduledTime: now } as never,
    {
      ...bindings,
      NOTIFICATIONS_QUEUE: queue("notifications"),
      MIGRATIONS_QUEUE: queue("migrations"),
      ...queues,
    } as never,
  );
  return sent;
}
