import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const ehrMessages = sqliteTable("ehr_messages", {
  id: text("id").notNull(),
  deduplicationKey: text("deduplication_key").notNull(),
  dataModel: text("data_model").notNull(),
  eventType: text("event_type").notNull(),
  sourceId: text("source_id"),
  isTest: integer("is_test").notNull(),
  eventAt: integer("event_at"),
  receivedAt: integer("received_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
  state: text("state").notNull(),
  reason: text("reason"),
  outcome: text("outcome"),
  resultsSentAt: integer("results_sent_at"),
  patientKey: integer("patient_key"),
  message: text("message").notNull(),
  provider: text("provider").notNull(),
  orderId: text("order_id"),
});

export const ehrWaitingOrders = sqliteTable("ehr_waiting_orders", {
  sourceId: text("source_id").notNull(),
  identifier: text("identifier").notNull(),
  orderAt: integer("order_at").notNull(),
  messageId: text("message_id").notNull(),
});

export const ehrJobs = sqliteTable("ehr_jobs", {
  seq: integer("seq").primaryKey(),
  id: text("id").notNull(),
  patientKey: integer("patient_key").notNull(),
  messageId: text("message_id").notNull(),
  cause: text("cause").notNull(),
  state: text("state").notNull(),
  reason: text("reason"),
  snapshot: text("snapshot"),
  coveredUntil: integer("covered_until"),
  flowsheetSentAt: integer("flowsheet_sent_at"),
  noteSentAt: integer("note_sent_at"),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
  finishedAt: integer("finished_at"),
});

export const ehrRuns = sqliteTable("ehr_runs", {
  id: text("id").notNull(),
  clinicId: text("clinic_id").notNull(),
  cursor: integer("cursor").notNull(),
  createdAt: integer("created_at").notNull(),
  finishedAt: integer("finished_at"),
});

export const ehrSchedules = sqliteTable("ehr_schedules", {
  clinicId: text("clinic_id").notNull(),
  nextRunAt: integer("next_run_at").notNull(),
});

export const ehrPauses = sqliteTable("ehr_pauses", {
  destinationId: text("destination_id").notNull(),
  until: integer("until").notNull(),
});

export const reports = sqliteTable("reports", {
  id: text("id").notNull(),
  patientKey: integer("patient_key").notNull(),
  state: text("state").notNull(),
  cause: text("cause").notNull(),
  periodStart: integer("period_start"),
  periodEnd: integer("period_end"),
  size: integer("size").notNull(),
  sha256: text("sha256").notNull(),
  shownSha256: text("shown_sha256"),
  createdAt: integer("created_at").notNull(),
});

export const xealthPreorders = sqliteTable("xealth_preorders", {
  clinicId: text("clinic_id").notNull(),
  dataTrackingId: text("data_tracking_id").notNull(),
  data: text("data").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const xealthReportViews = sqliteTable("xealth_report_views", {
  patientKey: integer("patient_key").notNull(),
  deployment: text("deployment").notNull(),
  programId: text("program_id").notNull(),
  ehrUserId: text("ehr_user_id").notNull(),
  viewedAt: integer("viewed_at").notNull(),
});

export const mergeBelongings = sqliteTable("merge_belongings", {
  mergeId: text("merge_id").notNull(),
  kind: text("kind").notNull(),
  id: text("id").notNull(),
  fromKey: integer("from_key").notNull(),
});
