import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { keyIdOf } from "../../src/features/event-webhooks/secrets.ts";
import { sweeps } from "../../src/features/event-webhooks/sweeps.ts";
import { Db } from "../../src/platform/db/client.ts";
import { type GivenClinic, rows } from "../harness.ts";
import { type Delivered, deliver } from "../mail/post-office.ts";

/** A request that a receiver of events was sent. */
export interface Received {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly init: RequestInit;
}

/** A receiver of events in place of the network; what it answers is decided at each request. */
export function receiver(
  answer: (it: Received) => Response | Promise<Response> = () => new Response(null, { status: 204 }),
) {
  const received: Received[] = [];
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const it = { url: input as string, headers, body: init.body as string, init };
    received.push(it);
    return answer(it);
  });
  return { received, close: () => spy.mockRestore() };
}

export const ALL = [
  "patient.created",
  "patient.changed",
  "patient.removed",
  "patient.merged",
  "patient.unmerged",
  "report.ready",
  "summary.changed",
];

let addresses = 0;
/** Subscribes an address of its own to events of a clinic. */
export async function givenSubscription(clinic: GivenClinic, events = ALL): Promise<any> {
  const url = `https://receiver.example/events/${++addresses}`;
  const made = await clinic.service.post(`${clinic.path}/event_subscriptions`, { url, events });
  if (made.status !== 200) throw new Error(`CreateEventSubscription answered ${made.status}: ${made.text}`);
  return made.body;
}

/** Subscribes an address to everything of every clinic there is; those of subscriptions begin with this. */
export const TO_EVERYTHING = "0eeeee";
export async function subscribeToEverything(): Promise<void> {
  const keyId = await keyIdOf((env as unknown as { EVENT_KEYS: string }).EVENT_KEYS);
  await env.DB.prepare(
    `INSERT INTO event_subscriptions (id, clinic_id, url, events, is_active, secret_version, secret_key_id, created_at, updated_at)
     SELECT ?1 || substr(id, 7), id, 'https://all.example/', ?2, 1, 1, ?3, 0, 0 FROM clinics WHERE true ON CONFLICT DO NOTHING`,
  )
    .bind(TO_EVERYTHING, 2 ** ALL.length - 1, keyId)
    .run();
}

/** What waits for a subscription, as `type patient`. */
export const waitingFor = async (subscriptionId: string): Promise<string[]> =>
  (
    await rows<{ it: string }>(
      "SELECT type || ' ' || patient_id AS it FROM waiting_events WHERE subscription_id = ? ORDER BY it",
      subscriptionId,
    )
  ).map(({ it }) => it);

export const forgetWaiting = () => env.DB.prepare("DELETE FROM waiting_events").run();

/** Runs the sweeps of event webhooks alone, at a time; the ids of the outbox that they have sent to the queue. */
export async function sweepEvents(now = Date.now(), replaced: object = {}): Promise<string[]> {
  const queued: string[] = [];
  const EVENTS_QUEUE = {
    sendBatch: async (messages: { body: { id: string } }[]) => void queued.push(...messages.map(({ body }) => body.id)),
  };
  for (const { run } of sweeps) {
    const bindings = { ...env, EVENTS_QUEUE, ...replaced } as never;
    await run({ bindings, db: new Db(env.DB), trail: new Db(env.AUDIT_DB), now });
  }
  return queued;
}

/** Delivers entries of the outbox to the consumer of events. */
export const deliverEvents = (ids: readonly string[]): Promise<Delivered> =>
  deliver(
    ids.map((id) => ({ v: 1, id })),
    env,
    "clinics-edge-events",
  );
