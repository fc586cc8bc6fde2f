-- Orders of hospitals' EHRs, what is sent back to them, and reports.

-- Messages as they were received. message: the whole text. event_at: when the EHR says it happened. state: stored (kept,
-- not acted on), queued, done, failed. outcome: what was decided about an order, as JSON, until its answer is sent.
-- patient_key: whom it was matched to. Expires 90 days after receipt, unless an active subscription still answers it.
CREATE TABLE IF NOT EXISTS ehr_messages (
  id TEXT NOT NULL PRIMARY KEY,
  deduplication_key TEXT NOT NULL UNIQUE,
  data_model TEXT NOT NULL,
  event_type TEXT NOT NULL,
  source_id TEXT,
  is_test INTEGER NOT NULL,
  event_at INTEGER,
  received_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('stored', 'queued', 'done', 'failed')),
  reason TEXT,
  outcome TEXT,
  results_sent_at INTEGER,
  patient_key INTEGER,
  message TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS ehr_messages_by_expiry ON ehr_messages (expires_at);
CREATE INDEX IF NOT EXISTS ehr_messages_of_a_patient ON ehr_messages (patient_key) WHERE patient_key IS NOT NULL;

-- Orders that are still to be applied, by the identifiers of their patient: orders of one patient are applied in the
-- order of their events.
CREATE TABLE IF NOT EXISTS ehr_waiting_orders (
  source_id TEXT NOT NULL,
  identifier TEXT NOT NULL,
  order_at INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (source_id, identifier, order_at, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ehr_waiting_orders_by_message ON ehr_waiting_orders (message_id);

-- What is to be sent about a patient, once. id is the DocumentID of the note; message_id the order it answers. snapshot:
-- the numbers as they are sent, from the first attempt until the end. covered_until: the newest upload in it. Expires 90 days
-- after it was made, unless it is not done or the last one sent for its order.
CREATE TABLE IF NOT EXISTS ehr_jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  patient_key INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('clinic', 'patient', 'order')),
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'skipped', 'failed')),
  reason TEXT,
  snapshot TEXT,
  covered_until INTEGER,
  flowsheet_sent_at INTEGER,
  note_sent_at INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS ehr_job_queued_once ON ehr_jobs (patient_key, message_id) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS ehr_jobs_of_a_patient ON ehr_jobs (patient_key, seq);
CREATE INDEX IF NOT EXISTS ehr_jobs_by_expiry ON ehr_jobs (expires_at);

-- A sync of all subscribed patients of a clinic, from which the jobs are made page by page. cursor: the last key done.
CREATE TABLE IF NOT EXISTS ehr_runs (
  id TEXT NOT NULL PRIMARY KEY,
  clinic_id TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS ehr_run_once_at_a_time ON ehr_runs (clinic_id) WHERE finished_at IS NULL;
CREATE INDEX IF NOT EXISTS ehr_runs_of_a_clinic ON ehr_runs (clinic_id);
CREATE INDEX IF NOT EXISTS ehr_runs_by_creation ON ehr_runs (created_at);

-- When a clinic is synced next.
CREATE TABLE IF NOT EXISTS ehr_schedules (
  clinic_id TEXT NOT NULL PRIMARY KEY,
  next_run_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ehr_schedules_by_time ON ehr_schedules (next_run_at);

-- An EHR that asked us to wait.
CREATE TABLE IF NOT EXISTS ehr_pauses (
  destination_id TEXT NOT NULL PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Reports in the object store. making: the object may or may not be there; removed: it is to be deleted. shown_sha256: of
-- all that the usual report shows, every section in the clinic's own zone and units; NULL for others.
CREATE TABLE IF NOT EXISTS reports (
  id TEXT NOT NULL PRIMARY KEY,
  patient_key INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('making', 'ready', 'removed')),
  cause TEXT NOT NULL CHECK (cause IN ('sync', 'request', 'view')),
  period_start INTEGER,
  period_end INTEGER,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  shown_sha256 TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reports_of_a_patient ON reports (patient_key, created_at);
CREATE INDEX IF NOT EXISTS reports_to_clear ON reports (created_at) WHERE state <> 'ready';
CREATE INDEX IF NOT EXISTS reports_by_age ON reports (created_at);

-- What a merge gave to another record of the same person, and whose it was before.
CREATE TABLE IF NOT EXISTS merge_belongings (
  merge_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('report', 'ehrJob', 'ehrMessage')),
  id TEXT NOT NULL,
  from_key INTEGER NOT NULL,
  PRIMARY KEY (merge_id, from_key, kind, id)
) STRICT, WITHOUT ROWID;

-- A clinic's patients by key of whom an EHR has ever ordered anything; clinics by what their EHR calls itself.
CREATE INDEX IF NOT EXISTS patients_subscribed ON patients (clinic_id) WHERE ehr_subscriptions IS NOT NULL;
CREATE INDEX IF NOT EXISTS clinics_by_ehr_source
  ON clinics (json_extract(ehr_settings, '$.provider'), json_extract(ehr_settings, '$.sourceId')) WHERE ehr_settings IS NOT NULL;

-- Clinics that are connected already: their first sync comes within the hour, as after any change of the settings.
INSERT OR IGNORE INTO ehr_schedules (clinic_id, next_run_at)
  SELECT id, CAST(unixepoch() AS INTEGER) * 1000 + abs(random() % 3600000) FROM clinics
  WHERE json_extract(ehr_settings, '$.provider') = 'redox' AND json_extract(ehr_settings, '$.enabled') = 1
    AND json_extract(ehr_settings, '$.scheduledReports.cadence') <> 'DISABLED';
