import { z } from "@hono/zod-openapi";
import { DateTime, ObjectId, toDateTime } from "../../platform/core/wire.ts";
import type { SubscriptionRow } from "../tables/events.ts";
import { EVENTS, eventsOf } from "./model/events.ts";
import { URL_LENGTH_MAX } from "./rules.ts";

export const ClinicParams = z.object({ clinicId: ObjectId });
export const SubscriptionParams = z.object({ clinicId: ObjectId, subscriptionId: ObjectId });

const Url = z.string().min(1).max(URL_LENGTH_MAX);
const EventNames = z
  .array(z.enum(EVENTS))
  .min(1)
  .max(EVENTS.length)
  .refine((events) => new Set(events).size === events.length, { error: "each event once is expected" })
  .openapi({ uniqueItems: true });

export const SubscriptionInput = z.object({ url: Url, events: EventNames }).openapi("eventSubscriptionInput.v1");
export type SubscriptionInput = z.output<typeof SubscriptionInput>;
export const SubscriptionUpdate = z
  .object({ url: Url, events: EventNames, active: z.boolean() })
  .openapi("eventSubscriptionUpdate.v1");
export type SubscriptionUpdate = z.output<typeof SubscriptionUpdate>;

const shape = {
  id: ObjectId,
  clinicId: ObjectId,
  url: Url,
  events: EventNames,
  active: z.boolean(),
  inactiveReason: z.enum(["failing", "gone"]).optional(),
  secretVersion: z.int(),
  secretKeyId: z.string(),
  previousSecretUntil: DateTime.optional(),
  deliveredTime: DateTime.optional(),
  failingSince: DateTime.optional(),
  failure: z.string().optional(),
  createdTime: DateTime,
  updatedTime: DateTime,
};
export const EventSubscription = z.object(shape).openapi("eventSubscription.v1");
export type EventSubscription = z.output<typeof EventSubscription>;
export const SubscriptionWithSecret = z
  .object({ ...shape, secret: z.string() })
  .openapi("eventSubscriptionWithSecret.v1");

const timeOf = (ms: number | null) => (ms === null ? undefined : toDateTime(ms));

export const toSubscription = (row: SubscriptionRow): EventSubscription => ({
  id: row.id,
  clinicId: row.clinicId,
  url: row.url,
  events: eventsOf(row.events),
  active: row.isActive === 1,
  inactiveReason: (row.reason ?? undefined) as EventSubscription["inactiveReason"],
  secretVersion: row.secretVersion,
  secretKeyId: row.secretKeyId,
  previousSecretUntil: timeOf(row.previousUntil),
  deliveredTime: timeOf(row.deliveredAt),
  failingSince: timeOf(row.failingSince),
  failure: row.failure ?? undefined,
  createdTime: toDateTime(row.createdAt),
  updatedTime: toDateTime(row.updatedAt),
});
