import { type SQL, sql } from "drizzle-orm";
import { type Guard, refuseIfFound } from "../../../platform/db/guard.ts";
import type { Read } from "../../../platform/db/read.ts";
import { rowOf } from "../../../platform/db/read.ts";
import type { OutboxKind } from "../../../platform/outbox/kinds.ts";
import { forgetEntries, insertOutboxEntries, type OutboxWriter, wakeEntry } from "../../../platform/outbox/store.ts";
import { clinics } from "../../tables/clinics.ts";
import { ehrMessages, ehrWaitingOrders } from "../../tables/ehr.ts";
import { patients } from "../../tables/patients.ts";
import { ehrSetting } from "../model/jobs-store.ts";
import { pausedUntil } from "../model/pauses-store.ts";

export interface NewMessage {
  readonly id: string;
  readonly deduplicationKey: string;
  readonly provider: "redox" | "xealth";
  readonly dataModel: string;
  readonly eventType: string;
  readonly sourceId: string | null;
  readonly isTest: boolean;
  readonly eventAt: number | null;
  readonly receivedAt: number;
  readonly expiresAt: number;
  /** Whether it is an order, which is acted on. */
  readonly isOrder: boolean;
  /** By which later events of the same order are found, where it has several. */
  readonly orderId: string | null;
  readonly message: string;
}

/** A message that was received before. */
export const messageWithKey = (deduplicationKey: string): SQL =>
  sql`SELECT 1 FROM ${ehrMessages} WHERE ${ehrMessages.deduplicationKey} = ${deduplicationKey}`;

/** Stores a message; an order is also put in the outbox, and waits under the identifiers of its patient. */
export const insertMessage = (it: NewMessage, identifiers: readonly string[]): readonly SQL[] => [
  sql`INSERT INTO ${ehrMessages} (id, deduplication_key, provider, data_model, event_type, source_id, is_test, event_at,
        received_at, expires_at, state, order_id, message)
      VALUES (${it.id}, ${it.deduplicationKey}, ${it.provider}, ${it.dataModel}, ${it.eventType}, ${it.sourceId}, ${it.isTest ? 1 : 0},
        ${it.eventAt}, ${it.receivedAt}, ${it.expiresAt}, ${it.isOrder ? "queued" : "stored"}, ${it.orderId},
        ${it.message})`,
  ...(it.isOrder && it.sourceId !== null && identifiers.length > 0
    ? [
        sql`INSERT INTO ${ehrWaitingOrders} (source_id, identifier, order_at, message_id)
            SELECT ${it.sourceId}, identifier.value, ${it.eventAt ?? it.receivedAt}, ${it.id}
            FROM json_each(${JSON.stringify(identifiers)}) AS identifier WHERE true ON CONFLICT DO NOTHING`,
      ]
    : []),
];

const orderEntryKey = (messageId: SQL): SQL => sql`'ehr-order:' || ${messageId}`;

export const enqueueOrder = (ctx: OutboxWriter, messageId: string, kind: OutboxKind): SQL =>
  insertOutboxEntries(
    ctx,
    kind,
    sql`SELECT ${orderEntryKey(sql`${ehrMessages.id}`)} AS unique_key, NULL AS clinic_id, NULL AS recipient_user_id,
          NULL AS recipient_email, json_object('messageId', ${ehrMessages.id}) AS variables
        FROM ${ehrMessages} WHERE ${ehrMessages.id} = ${messageId} AND ${ehrMessages.state} = 'queued'`,
  );

const together = (messageId: string): SQL =>
  sql`${ehrWaitingOrders} AS own JOIN ${ehrWaitingOrders} AS other
        ON other.source_id = own.source_id AND other.identifier = own.identifier AND other.message_id <> own.message_id
      WHERE own.message_id = ${messageId}`;

/** An order of the same patient that is still to be applied and goes before this one. */
export const earlierOrder = (messageId: string): SQL =>
  sql`SELECT 1 FROM ${together(messageId)} AND (other.order_at, other.message_id) < (own.order_at, own.message_id)`;

export const findEarlierOrder = (messageId: string): Read<object | undefined> =>
  rowOf(sql`${earlierOrder(messageId)} LIMIT 1`);

/** Stops applying an order before an earlier one of the same patient. */
export const refuseOutOfOrder = (messageId: string, refusal: () => Error): Guard =>
  refuseIfFound(earlierOrder(messageId), refusal);

/** A later event of the same order that was applied, or found nobody to cancel; a cancellation is later than what is as late. */
export const laterEvent = (messageId: string): SQL =>
  sql`SELECT 1 FROM ${ehrMessages} AS own JOIN ${ehrMessages} AS later INDEXED BY ehr_messages_of_an_order
        ON later.source_id = own.source_id AND later.order_id = own.order_id AND later.provider = own.provider
      WHERE own.id = ${messageId} AND later.state = 'done' AND (later.reason IS NULL OR later.reason = 'no_patient')
        AND (coalesce(later.event_at, later.received_at), later.event_type = 'cancel') >
          (coalesce(own.event_at, own.received_at), own.event_type = 'cancel')`;

export const findLaterEvent = (messageId: string): Read<object | undefined> =>
  rowOf(sql`${laterEvent(messageId)} LIMIT 1`);

/** Makes the next order of the same patient due, and ends the waiting of this one. */
export const leaveQueue = (messageId: string, batch: string, now: number): readonly SQL[] => [
  wakeEntry(
    sql`SELECT ${orderEntryKey(sql`other.message_id`)} FROM ${together(messageId)}
        ORDER BY other.order_at, other.message_id LIMIT 1`,
    batch,
    now,
  ),
  sql`DELETE FROM ${ehrWaitingOrders} WHERE ${ehrWaitingOrders.messageId} = ${messageId}`,
];

/**
 * Where the answers of a clinic go, or of one that names no place any more, or that of another EHR, what was decided; and until
 * when they wait.
 */
export const findDestination = (
  clinicId: string,
  sourceId: string | null,
  decided: string | undefined,
  now: number,
): Read<{ destinationId: string | null; pausedUntil: number | null } | undefined> =>
  rowOf(
    sql`SELECT own.id AS "destinationId", (${pausedUntil(sql`own.id`, now)}) AS "pausedUntil"
        FROM (SELECT coalesce((SELECT ${ehrSetting("destinationIds.results")} FROM ${clinics} WHERE ${clinics.id} = ${clinicId}
            AND ${ehrSetting("sourceId")} = ${sourceId}), ${decided ?? null}) AS id) AS own`,
  );

/** Keeps what was decided about an order, in the batch that does it, until its answer is sent. */
export const keepOutcome = (messageId: string, outcome: string): SQL =>
  sql`UPDATE ${ehrMessages} SET outcome = ${outcome} WHERE ${ehrMessages.id} = ${messageId}`;

/** Keeps a message with what was read to understand it. */
export const keepMessage = (messageId: string, message: string): SQL =>
  sql`UPDATE ${ehrMessages} SET message = ${message} WHERE ${ehrMessages.id} = ${messageId}`;

/** Ends the processing of an order; what was decided is erased, its reason stays. */
export const endMessage = (
  messageId: string,
  { reason, resultsSentAt }: { readonly reason: string | null; readonly resultsSentAt: number | null },
): SQL =>
  sql`UPDATE ${ehrMessages} SET state = 'done', reason = ${reason}, outcome = NULL, results_sent_at = ${resultsSentAt}
      WHERE ${ehrMessages.id} = ${messageId} AND ${ehrMessages.state} <> 'done'`;

/** Fails the processing of an order until an operator requeues it. */
export const failMessage = (messageId: string, reason: string): SQL =>
  sql`UPDATE ${ehrMessages} SET state = 'failed', reason = ${reason}
      WHERE ${ehrMessages.id} = ${messageId} AND ${ehrMessages.state} <> 'done'`;

/** Whether a message is still to be applied, or an active subscription answers it. */
const isNeeded = sql`(${ehrMessages.state} = 'queued' OR EXISTS (
  SELECT 1 FROM ${patients} JOIN json_each(${patients.ehrSubscriptions}) AS subscription
  WHERE ${patients.key} = ${ehrMessages.patientKey} AND subscription.value ->> '$.active' = 1
    AND subscription.value ->> '$.matchedMessages[#-1].id' = ${ehrMessages.id}))`;

/** Deletes messages whose time is over, with their entries in the outbox, and looks again later at those that are still needed. */
export const expireMessages = (now: number, lookAgainAt: number, limit: number): readonly SQL[] => {
  const due = sql`SELECT ${ehrMessages.id} FROM ${ehrMessages} WHERE ${ehrMessages.expiresAt} <= ${now}
    ORDER BY ${ehrMessages.expiresAt} LIMIT ${limit}`;
  const over = sql`${ehrMessages.id} IN (${due}) AND NOT ${isNeeded}`;
  return [
    sql`UPDATE ${ehrMessages} SET expires_at = ${lookAgainAt} WHERE ${ehrMessages.id} IN (${due}) AND ${isNeeded}`,
    forgetEntries(sql`SELECT ${orderEntryKey(sql`${ehrMessages.id}`)} FROM ${ehrMessages} WHERE ${over}`),
    sql`DELETE FROM ${ehrMessages} WHERE ${over}`,
  ];
};
