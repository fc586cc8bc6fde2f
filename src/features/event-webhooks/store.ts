import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { columnNames } from "../../platform/db/columns.ts";
import { type Read, rowOf, rowsOf } from "../../platform/db/read.ts";
import { insertOutboxEntries, type OutboxWriter } from "../../platform/outbox/store.ts";
import { clinics } from "../tables/clinics.ts";
import { eventSubscriptions, type SubscriptionRow, waitingEvents } from "../tables/events.ts";
import { EVENT } from "./model/events.ts";
import { FAILING_MAX_MS, SUBSCRIPTIONS_PER_CLINIC_MAX } from "./rules.ts";

const names = Object.entries(getTableColumns(eventSubscriptions)) as [keyof SubscriptionRow, { name: string }][];
const columns = sql.raw(names.map(([key, { name }]) => `${name} AS "${key}"`).join(", "));

const one = (clinicId: string, id: string): SQL =>
  sql`${eventSubscriptions.id} = ${id} AND ${eventSubscriptions.clinicId} = ${clinicId}`;

/** Finds out whether the clinic is there. */
export const clinicOf = (clinicId: string): Read<object | undefined> =>
  rowOf(sql`SELECT 1 AS found FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`);

export const subscriptionWith = (clinicId: string, id: string): SQL =>
  sql`SELECT 1 FROM ${eventSubscriptions} WHERE ${one(clinicId, id)}`;

/** Any other subscription of the clinic at this address. */
export const subscriptionAt = (clinicId: string, url: string, otherThan = ""): SQL =>
  sql`SELECT 1 FROM ${eventSubscriptions} WHERE ${eventSubscriptions.clinicId} = ${clinicId} AND ${eventSubscriptions.url} = ${url}
        AND ${eventSubscriptions.id} <> ${otherThan}`;

/** Whether the clinic has as many as it may have. */
export const hasAllSubscriptions = (clinicId: string): SQL =>
  sql`(SELECT count(*) FROM ${eventSubscriptions} WHERE ${eventSubscriptions.clinicId} = ${clinicId}) >= ${SUBSCRIPTIONS_PER_CLINIC_MAX}`;

export const listSubscriptions = (clinicId: string): Read<SubscriptionRow[]> =>
  rowsOf(
    sql`SELECT ${columns} FROM ${eventSubscriptions} WHERE ${eventSubscriptions.clinicId} = ${clinicId} ORDER BY id LIMIT ${SUBSCRIPTIONS_PER_CLINIC_MAX}`,
  );

export const findSubscription = (clinicId: string, id: string): Read<SubscriptionRow | undefined> =>
  rowOf(sql`SELECT ${columns} FROM ${eventSubscriptions} WHERE ${one(clinicId, id)}`);

export const insertSubscription = (it: SubscriptionRow): SQL =>
  sql`INSERT INTO ${eventSubscriptions} (${columnNames(eventSubscriptions)}) VALUES (${sql.join(
    names.map(([key]) => sql`${it[key]}`),
    sql`, `,
  )})`;

/** Replaces what may be replaced; how it went so far is forgotten. */
export const updateSubscription = (
  clinicId: string,
  id: string,
  it: Pick<SubscriptionRow, "url" | "events" | "isActive">,
  now: number,
): readonly SQL[] => [
  sql`UPDATE ${eventSubscriptions} SET url = ${it.url}, events = ${it.events}, is_active = ${it.isActive}, reason = NULL,
        failing_since = NULL, failure = NULL, retry_at = NULL, updated_at = ${now} WHERE ${one(clinicId, id)}`,
  ...(it.isActive ? [] : [dropWaiting(one(clinicId, id))]),
];

/** Makes another secret the current one, provided that is still the one that was read. */
export const changeSecret = (row: SubscriptionRow, keyId: string, until: number, now: number): SQL =>
  sql`UPDATE ${eventSubscriptions} SET secret_version = secret_version + 1, previous_key_id = secret_key_id,
        secret_key_id = ${keyId}, previous_until = ${until}, updated_at = ${now}
      WHERE ${one(row.clinicId, row.id)} AND ${eventSubscriptions.secretVersion} = ${row.secretVersion}`;

/** Which secret a subscription has; NULL when it is gone. */
export const secretVersionOf = (clinicId: string, id: SQL): SQL =>
  sql`SELECT ${eventSubscriptions.secretVersion} FROM ${eventSubscriptions} WHERE ${eventSubscriptions.clinicId} = ${clinicId} AND ${eventSubscriptions.id} = ${id}`;

const dropWaiting = (which: SQL): SQL =>
  sql`DELETE FROM ${waitingEvents} WHERE ${waitingEvents.subscriptionId} IN (SELECT ${eventSubscriptions.id} FROM ${eventSubscriptions} WHERE ${which})`;

const removeWhere = (which: SQL): readonly SQL[] => [
  dropWaiting(which),
  sql`DELETE FROM ${eventSubscriptions} WHERE ${which}`,
];

/** Removes a subscription and what waits for it; what is on its way already finds that out. */
export const removeSubscription = (clinicId: string, id: string): readonly SQL[] => removeWhere(one(clinicId, id));

/** Removes the subscriptions of clinics that are gone. */
export const removeEnded = (now: number): readonly SQL[] => removeWhere(sql`${eventSubscriptions.endsAt} <= ${now}`);

/**
 * A probe of one that fails: a quarter of the time it has been failing for, at least a minute, at most an hour. Bound numbers are
 * REAL, and so is what they are divided to.
 */
const nextProbe = (now: number): SQL =>
  sql`CAST(${now} + min(3600000, max(60000, (${now} - coalesce(failing_since, ${now})) / 4)) AS INTEGER)`;

const at = ({ clinicId, id, url }: SubscriptionRow): SQL =>
  sql`${one(clinicId, id)} AND ${eventSubscriptions.url} = ${url}`;

/** How an attempt ended, and how long the receiver asked to wait. */
export interface Failure {
  readonly reason: string;
  /** Nobody is there any more. */
  readonly isFinal: boolean;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Records that a subscription can't be delivered to, and since when; after days it is no longer active. No more is sent to it
 * for as long as the receiver asked for, whatever comes of what is under way. Nothing where it has another address by now, and then the last of these statements finds nothing.
 */
export const recordFailure = (
  row: SubscriptionRow,
  { reason: failure, isFinal: isGone, retryAfterSeconds = 0 }: Failure,
  now: number,
): readonly SQL[] => {
  const isOver = isGone ? sql`true` : sql`failing_since < ${now - FAILING_MAX_MS}`;
  return [
    sql`UPDATE ${eventSubscriptions} SET failure = ${failure}, retry_at = max(coalesce(retry_at, 0), ${nextProbe(now)}, ${now + retryAfterSeconds * 1000}),
          reason = iif(${isOver}, ${isGone ? "gone" : "failing"}, reason), is_active = iif(${isOver}, 0, is_active),
          failing_since = coalesce(failing_since, ${now}) WHERE ${at(row)} AND ${eventSubscriptions.isActive} = 1`,
    dropWaiting(sql`${at(row)} AND ${eventSubscriptions.isActive} = 0`),
    sql`SELECT 1 AS found FROM ${eventSubscriptions} WHERE ${at(row)}`,
  ];
};

/** Records that a subscription was delivered to, if its address is still that. */
export const recordDelivery = (row: SubscriptionRow, now: number): SQL =>
  sql`UPDATE ${eventSubscriptions} SET delivered_at = ${now}, failing_since = NULL, failure = NULL, retry_at = NULL WHERE ${at(row)}`;

/** Subscriptions for which something waits, in the order of their ids, and whether they fail. */
export const subscriptionsWaiting = (
  after: string,
  limit: number,
): Read<{ id: string; failingSince: number | null; retryAt: number | null }[]> =>
  rowsOf(
    sql`WITH RECURSIVE waiting (id) AS (
          SELECT min(subscription_id) FROM ${waitingEvents} WHERE subscription_id > ${after}
          UNION ALL SELECT (SELECT min(subscription_id) FROM ${waitingEvents} WHERE subscription_id > waiting.id)
          FROM waiting WHERE waiting.id IS NOT NULL LIMIT ${limit})
        SELECT waiting.id AS id, ${eventSubscriptions.failingSince} AS "failingSince", ${eventSubscriptions.retryAt} AS "retryAt"
        FROM waiting LEFT JOIN ${eventSubscriptions} ON ${eventSubscriptions.id} = waiting.id WHERE waiting.id IS NOT NULL`,
  );

/** Takes the first events that wait for a subscription to the outbox. */
export function takeEvents(ctx: OutboxWriter, id: string, count: number): readonly SQL[] {
  const taken = sql`FROM ${waitingEvents} WHERE ${waitingEvents.subscriptionId} = ${id}
    ORDER BY ${waitingEvents.type}, ${waitingEvents.patientId}, ${waitingEvents.detail} LIMIT ${count}`;
  return [
    insertOutboxEntries(
      ctx,
      EVENT,
      sql`SELECT 'event:' || lower(hex(randomblob(12))) AS unique_key, ${eventSubscriptions.clinicId} AS clinic_id,
            NULL AS recipient_user_id, NULL AS recipient_email,
            json_object('subscriptionId', ${id}, 'type', w.type, 'patientId', w.patient_id, 'at', CAST(w.at AS TEXT), 'detail', w.detail) AS variables
          FROM (SELECT * ${taken}) AS w JOIN ${eventSubscriptions} ON ${eventSubscriptions.id} = ${id}`,
    ),
    sql`DELETE FROM ${waitingEvents} WHERE (subscription_id, type, patient_id, detail) IN
        (SELECT subscription_id, type, patient_id, detail ${taken})`,
    sql`UPDATE ${eventSubscriptions} SET retry_at = ${nextProbe(ctx.now)} WHERE ${eventSubscriptions.id} = ${id} AND failing_since IS NOT NULL`,
  ];
}
