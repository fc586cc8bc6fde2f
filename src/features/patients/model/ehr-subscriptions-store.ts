import { type SQL, sql } from "drizzle-orm";
import { patients } from "../../tables/patients.ts";

/** What becomes of the subscriptions of an EHR's orders when a record changes. No operation shows them. */

/** Subscriptions (null for none) with none of them active: only a new order makes one active again. */
export const deactivated = (subscriptions: SQL, now: number | SQL): SQL =>
  sql`(SELECT json_group_object(name.key, json_set(name.value, '$.active', json('false'), '$.updatedAt', ${now}))
       FROM json_each(${subscriptions}) AS name HAVING count(*) > 0)`;

/** Subscriptions together with those active ones of another record of the same patient whose names are not among them. */
export const withActiveOf = (subscriptions: SQL, other: SQL): SQL =>
  sql`(SELECT json_group_object(name, json(subscription)) FROM
        (SELECT own.key AS name, own.value AS subscription FROM json_each(${subscriptions}) AS own
         UNION ALL
         SELECT added.key, added.value FROM json_each(${other}) AS added
         WHERE added.value ->> '$.active' = 1 AND json_extract(${subscriptions}, '$.' || added.key) IS NULL)
       HAVING count(*) > 0)`;

/** An order of an EHR about a patient. */
export interface MatchedOrder {
  readonly messageId: string;
  readonly provider: "redox" | "xealth";
  readonly subscription: "summaryAndReports" | "xealthReports";
  readonly isActive: boolean;
  /** Epoch milliseconds of the event; an order that is older than the newest one matched changes nothing. */
  readonly at: number;
  readonly dataModel: string;
  readonly eventType: string;
}

/** Our choice: only the last one is used; the others show that a message was matched already. */
const MATCHED_MAX = 100;

/**
 * Makes an order the last one matched to a patient, and the subscription active or not. Changes nothing where the order
 * was matched before, or is older than the newest.
 */
export function recordOrder(record: SQL, it: MatchedOrder, now: number): SQL {
  const path = (rest: string) => sql.raw(`'$.${it.subscription}${rest}'`);
  const stored = (rest: string) => sql`json_extract(${patients.ehrSubscriptions}, ${path(rest)})`;
  const message = JSON.stringify({ id: it.messageId, dataModel: it.dataModel, eventType: it.eventType, at: it.at });
  const before = sql`(SELECT json_group_array(json(entry)) FROM (SELECT entry.value AS entry
      FROM json_each(coalesce(${stored(".matchedMessages")}, '[]')) AS entry
      WHERE entry.key > json_array_length(coalesce(${stored(".matchedMessages")}, '[]')) - ${MATCHED_MAX}
      ORDER BY entry.key))`;
  return sql`UPDATE ${patients} SET
        ehr_subscriptions = json_set(coalesce(${patients.ehrSubscriptions}, '{}'), ${path("")}, json_object(
          'active', json(${it.isActive ? "true" : "false"}), 'provider', ${it.provider},
          'matchedMessages', json_insert(${before}, '$[#]', json(${message})),
          'createdAt', coalesce(${stored(".createdAt")}, CAST(${now} AS INTEGER)), 'updatedAt', CAST(${now} AS INTEGER))),
        updated_at = ${now}, version = version + 1
      WHERE ${record}
        AND NOT EXISTS (SELECT 1 FROM json_each(coalesce(${stored(".matchedMessages")}, '[]')) AS entry
                        WHERE entry.value ->> '$.id' = ${it.messageId})
        AND coalesce(${stored(".matchedMessages[#-1].at")}, ${it.at}) <= ${it.at}`;
}
