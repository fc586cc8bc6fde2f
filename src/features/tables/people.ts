import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
