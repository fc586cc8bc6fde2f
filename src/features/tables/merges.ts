import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const merges = sqliteTable("merges", {
  id: text("id").notNull(),
  sourceId: text("source_id").notNull(),
  targetId: text("target_id").notNull(),
  sourceName: text("source_name").notNull(),
  targetName: text("target_name").notNull(),
  phase: text("phase").notNull(),
  cursor: integer("cursor").notNull(),
  recordsDone: integer("records_done").notNull(),
  recordsTotal: integer("records_total").notNull(),
  requestedBy: text("requested_by").notNull(),
  requestId: text("request_id").notNull(),
  answerKey: text("answer_key"),
  plan: text("plan"),
  errors: text("errors"),
  shareCodes: text("share_codes"),
  invitations: text("invitations"),
  migrations: text("migrations"),
  undoRequestedBy: text("undo_requested_by"),
  undoRequestId: text("undo_request_id"),
  createdAt: integer("created_at").notNull(),
  heartbeatAt: integer("heartbeat_at").notNull(),
  mergedAt: integer("merged_at"),
  undoneAt: integer("undone_at"),
});

export const mergeParticipants = sqliteTable("merge_participants", {
  clinicId: text("clinic_id").notNull(),
  mergeId: text("merge_id").notNull(),
});

export const mergePatients = sqliteTable("merge_patients", {
  mergeId: text("merge_id").notNull(),
  userId: text("user_id").notNull(),
  sourceKey: integer("source_key").notNull(),
  targetKey: integer("target_key"),
  mergedAt: integer("merged_at").notNull(),
  before: text("before"),
  after: text("after"),
  asMerged: text("as_merged"),
});

export const mergeClinicians = sqliteTable("merge_clinicians", {
  mergeId: text("merge_id").notNull(),
  clinicianId: text("clinician_id").notNull(),
  userId: text("user_id"),
  action: text("action").notNull(),
  record: text("record"),
  asMerged: text("as_merged"),
});

export const mergeKept = sqliteTable("merge_kept", {
  mergeId: text("merge_id").notNull(),
  kind: text("kind").notNull(),
  id: text("id").notNull(),
  reason: text("reason").notNull(),
});
