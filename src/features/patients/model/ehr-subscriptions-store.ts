import { type SQL, sql } from "drizzle-orm";

/** What becomes of the subscriptions of an EHR's orders when a record changes. No operation shows them. */

/** Subscriptions (null for none) with none of them active: only a new order makes one active again. */
export const deactivated = (subscriptions: SQL, now: number): SQL =>
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
