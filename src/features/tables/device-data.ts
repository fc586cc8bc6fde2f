import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const dataSets = sqliteTable("data_sets", {
  id: text("id").notNull(),
  userId: text("user_id").notNull(),
  deduplicator: text("deduplicator").notNull(),
  isContinuous: integer("is_continuous").notNull(),
});

export const dataOwners = sqliteTable("data_owners", {
  userId: text("user_id").notNull(),
  revision: integer("revision").notNull(),
  push: text("push").notNull(),
  schemaVersion: integer("schema_version"),
  cgmOutdatedSince: integer("cgm_outdated_since"),
  bgmOutdatedSince: integer("bgm_outdated_since"),
  conOutdatedSince: integer("con_outdated_since"),
});
