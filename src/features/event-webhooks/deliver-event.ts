import { DeliveryError } from "../../platform/core/delivery-error.ts";
import { dropBody, responseOf, retryAfterOf } from "../../platform/core/outgoing.ts";
import { toDateTime } from "../../platform/core/wire.ts";
import { askingOf } from "../../platform/db/read.ts";
import type { Job } from "../../platform/outbox/registry.ts";
import { removeEntry } from "../../platform/outbox/store.ts";
import type { SubscriptionRow } from "../tables/events.ts";
import { type EventType, maskOf } from "./model/events.ts";
import { secretBytes, signatures } from "./secrets.ts";
import { eventSettings } from "./settings.ts";
import { findSubscription, recordDelivery, recordFailure } from "./store.ts";

/** Our choice: a receiver takes an event in and works on it later. */
const TIMEOUT_MS = 15_000;
/** Nobody is there any more, and nobody will be. */
const GONE = 410;

/** What the outbox keeps of an event. */
interface StoredEvent {
  readonly subscriptionId: string;
  readonly type: EventType;
  readonly patientId: string;
  readonly at: string;
  /** A JSON object of further ids, or empty. */
  readonly detail: string;
}

/**
 * Sends an event to its subscription, if that still wants it. The answer is success or not, and nothing of it is read. An
 * event that has been told leaves the outbox; one that could not be is tried again.
 */
export const deliverEvent: Job = async ({ db, settings, now }, { id, clinicId, variables }) => {
  const event = JSON.parse(variables) as StoredEvent;
  const clinic = clinicId ?? "";
  const { row } = await askingOf(db).read({ row: findSubscription(clinic, event.subscriptionId) });
  if (!row || row.isActive === 0 || !(row.events & maskOf([event.type]))) {
    return { skipped: "not_subscribed", finishing: [removeEntry(id)] };
  }
  const secrets = await secretsOf(row, settings.of(eventSettings) ?? [], now);
  try {
    await send(row.url, id, bodyOf(clinic, event), secrets, now);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    const results = await db.batch(recordFailure(row, error, now));
    // Another address was told of meanwhile: this one may be gone, the event is for that.
    throw results.at(-1)?.length === 0 ? new DeliveryError(error.reason, { cause: error }) : error;
  }
  return { done: true, finishing: [recordDelivery(row, now), removeEntry(id)] };
};

const bodyOf = (clinicId: string, { type, at, patientId, detail }: StoredEvent): string =>
  JSON.stringify({
    type,
    timestamp: toDateTime(Number(at)),
    data: { clinicId, patientId, ...(JSON.parse(detail || "{}") as object) },
  });

/** The current secret, and for a day the one before. */
async function secretsOf(
  row: SubscriptionRow,
  keys: readonly string[],
  now: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const named = [
    { keyId: row.secretKeyId, version: row.secretVersion },
    ...((row.previousUntil ?? 0) > now ? [{ keyId: row.previousKeyId ?? "", version: row.secretVersion - 1 }] : []),
  ];
  const found = await Promise.all(named.map((it) => secretBytes(keys, { ...it, subscriptionId: row.id })));
  const [current, previous] = found;
  // Nothing can be sent until the configuration is corrected, or the secret rotated; events wait for that.
  if (!current) throw new DeliveryError("event_key_missing");
  return previous ? [current, previous] : [current];
}

async function send(
  url: string,
  id: string,
  body: string,
  secrets: readonly Uint8Array<ArrayBuffer>[],
  now: number,
): Promise<void> {
  const seconds = Math.floor(now / 1000);
  const response = await responseOf("event", url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "clinics-edge-webhooks/1",
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": await signatures(secrets, { id, seconds, body }),
    },
    body,
    timeoutMs: TIMEOUT_MS,
  });
  dropBody(response);
  const { ok, status } = response;
  if (!ok) throw new DeliveryError(`event_${status}`, { isFinal: status === GONE, ...retryAfterOf(response) });
}
