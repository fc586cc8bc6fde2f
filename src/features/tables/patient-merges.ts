import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const patientMerges = sqliteTable("patient_merges", {
  id: text("id").notNull(),
  clinicId: text("clinic_id").notNull(),
  sourceKey: integer("source_key").notNull(),
  targetKey: integer("target_key").notNull(),
  sourceUserId: text("source_user_id").notNull(),
  targetUserId: text("target_user_id").notNull(),
  take: text("take").notNull(),
  accept: text("accept").notNull(),
  plan: text("plan").notNull(),
  before: text("before"),
  after: text("after"),
  mergedAt: integer("merged_at").notNull(),
  mergedBy: text("merged_by").notNull(),
  undoneAt: integer("undone_at"),
  undoneBy: text("undone_by"),
  notRestored: text("not_restored"),
});

export const formerMrns = sqliteTable("former_mrns", {
  mrnKey: text("mrn_key").notNull(),
  clinicId: text("clinic_id").notNull(),
  patientKey: integer("patient_key").notNull(),
  mergeId: text("merge_id").notNull(),
  mrn: text("mrn").notNull(),
});

export const distinctPairs = sqliteTable("distinct_pairs", {
  lowerKey: integer("lower_key").notNull(),
  higherKey: integer("higher_key").notNull(),
  shared: integer("shared").notNull(),
  markedBy: text("marked_by").notNull(),
  markedAt: integer("marked_at").notNull(),
});
