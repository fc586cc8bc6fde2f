import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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

export const clinicianInvitations = sqliteTable("clinician_invitations", {
  key: text("key").notNull(),
  clinicId: text("clinic_id").notNull(),
  email: text("email").notNull(),
  emailKey: text("email_key").notNull(),
  invitedUserId: text("invited_user_id"),
  creatorId: text("creator_id").notNull(),
  clinicName: text("clinic_name").notNull(),
  status: text("status").notNull(),
  createdAt: integer("created_at").notNull(),
  modifiedAt: integer("modified_at").notNull(),
  expiresAt: integer("expires_at"),
});

export const patientInvitations = sqliteTable("patient_invitations", {
  key: text("key").notNull(),
  clinicId: text("clinic_id").notNull(),
  creatorId: text("creator_id").notNull(),
  permissions: integer("permissions").notNull(),
  status: text("status").notNull(),
  createdAt: integer("created_at").notNull(),
  modifiedAt: integer("modified_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const migrations = sqliteTable("migrations", {
  userId: text("user_id").notNull(),
  clinicId: text("clinic_id").notNull(),
  status: text("status").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const migrationFailures = sqliteTable("migration_failures", {
  migrationUserId: text("migration_user_id").notNull(),
  patientUserId: text("patient_user_id").notNull(),
  attempts: integer("attempts").notNull(),
  reason: text("reason").notNull(),
  at: integer("at").notNull(),
});

export const accountShares = sqliteTable("account_shares", {
  fromUserId: text("from_user_id").notNull(),
  toUserId: text("to_user_id").notNull(),
  permissions: integer("permissions").notNull(),
});
