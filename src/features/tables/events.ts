import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const eventSubscriptions = sqliteTable("event_subscriptions", {
  id: text("id").notNull(),
  clinicId: text("clinic_id").notNull(),
  url: text("url").notNull(),
  events: integer("events").notNull(),
  isActive: integer("is_active").notNull(),
  reason: text("reason"),
  secretVersion: integer("secret_version").notNull(),
  secretKeyId: text("secret_key_id").notNull(),
  previousKeyId: text("previous_key_id"),
  previousUntil: integer("previous_until"),
  deliveredAt: integer("delivered_at"),
  failingSince: integer("failing_since"),
  failure: text("failure"),
  retryAt: integer("retry_at"),
  endsAt: integer("ends_at"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});
export type SubscriptionRow = typeof eventSubscriptions.$inferSelect;

export const waitingEvents = sqliteTable("waiting_events", {
  subscriptionId: text("subscription_id").notNull(),
  type: text("type").notNull(),
  patientId: text("patient_id").notNull(),
  detail: text("detail").notNull(),
  at: integer("at").notNull(),
});
