import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const accountClaims = sqliteTable("account_claims", {
  userId: text("user_id").notNull(),
  key: text("key").notNull(),
  clinicId: text("clinic_id").notNull(),
  invitedBy: text("invited_by"),
  email: text("email").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const restrictedTokens = sqliteTable("restricted_tokens", {
  hash: text("hash").notNull(),
  userId: text("user_id").notNull(),
  path: text("path").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});
