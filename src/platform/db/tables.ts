import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const users = sqliteTable("users", {
  id: text("id").notNull(),
  email: text("email"),
  emailVerified: integer("email_verified").notNull(),
  name: text("name"),
  profile: text("profile"),
  roles: text("roles").notNull(),
  isCustodial: integer("is_custodial").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const auditLog = sqliteTable("audit_log", {
  id: integer("id").primaryKey(),
  at: integer("at").notNull(),
  requestId: text("request_id").notNull(),
  actorKind: text("actor_kind").notNull(),
  actorId: text("actor_id").notNull(),
  operation: text("operation").notNull(),
  clinicId: text("clinic_id"),
  patientId: text("patient_id"),
  outcome: text("outcome").notNull(),
});

export const replays = sqliteTable("replays", {
  id: text("id").notNull(),
  fingerprint: text("fingerprint").notNull(),
  status: integer("status").notNull(),
  body: text("body"),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
  standing: text("standing"),
});

export const guesses = sqliteTable("guesses", {
  who: text("who").notNull(),
  owed: integer("owed").notNull(),
  at: integer("at").notNull(),
});

export const deadLetters = sqliteTable("dead_letters", {
  id: integer("id").primaryKey(),
  queue: text("queue").notNull(),
  messageId: text("message_id").notNull(),
  body: text("body").notNull(),
  at: integer("at").notNull(),
});

export const outbox = sqliteTable("outbox", {
  id: text("id").notNull(),
  batch: text("batch").notNull(),
  uniqueKey: text("unique_key").notNull(),
  kind: text("kind").notNull(),
  clinicId: text("clinic_id"),
  recipientUserId: text("recipient_user_id"),
  recipientEmail: text("recipient_email"),
  variables: text("variables").notNull(),
  state: text("state").notNull(),
  attempts: integer("attempts").notNull(),
  leaseUntil: integer("lease_until"),
  nextAttemptAt: integer("next_attempt_at").notNull(),
  reason: text("reason"),
  createdAt: integer("created_at").notNull(),
  finishedAt: integer("finished_at"),
});
