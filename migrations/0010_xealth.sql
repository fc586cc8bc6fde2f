-- Orders and report views of Xealth.

-- Whose message it is. Of an order of Xealth, message is {eventNotification, orderData}: the order itself once it was read.
ALTER TABLE ehr_messages ADD COLUMN provider TEXT NOT NULL DEFAULT 'redox' CHECK (provider IN ('redox', 'xealth'));
-- The id of an order that has several events, as those of Xealth have.
ALTER TABLE ehr_messages ADD COLUMN order_id TEXT;
CREATE INDEX IF NOT EXISTS ehr_messages_of_an_order ON ehr_messages (source_id, order_id) WHERE order_id IS NOT NULL;

-- What a clinician entered while ordering, until the order uses it; for 90 days at most. data: e-mail address,
-- providers to ask for, tags.
CREATE TABLE IF NOT EXISTS xealth_preorders (
  clinic_id TEXT NOT NULL,
  data_tracking_id TEXT NOT NULL,
  data TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (clinic_id, data_tracking_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS xealth_preorders_by_expiry ON xealth_preorders (expires_at);

-- When somebody last asked for the reports of a patient inside an EHR. Forgotten after a year.
CREATE TABLE IF NOT EXISTS xealth_report_views (
  patient_key INTEGER NOT NULL,
  deployment TEXT NOT NULL,
  program_id TEXT NOT NULL,
  ehr_user_id TEXT NOT NULL,
  viewed_at INTEGER NOT NULL,
  PRIMARY KEY (patient_key, deployment, program_id, ehr_user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS xealth_report_views_by_time ON xealth_report_views (viewed_at);
