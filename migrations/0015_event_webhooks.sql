-- What services are told of: subscriptions of a clinic, and what waits to be sent to them.

-- events: bit i is the i-th of EVENTS (src/features/event-webhooks/model/events.ts). No secret is stored: it follows from the
-- key of the deployment with this id, the subscription's id and the version. reason: why a subscription is not active, where
-- nobody asked for that. ends_at: the clinic is gone; what waits is still sent until then.
CREATE TABLE IF NOT EXISTS event_subscriptions (
  id TEXT NOT NULL PRIMARY KEY,
  clinic_id TEXT NOT NULL,
  url TEXT NOT NULL,
  events INTEGER NOT NULL,
  is_active INTEGER NOT NULL,
  reason TEXT,
  secret_version INTEGER NOT NULL,
  secret_key_id TEXT NOT NULL,
  previous_key_id TEXT,
  previous_until INTEGER,
  delivered_at INTEGER,
  failing_since INTEGER,
  failure TEXT,
  retry_at INTEGER,
  ends_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS event_subscription_once ON event_subscriptions (clinic_id, url);
CREATE INDEX IF NOT EXISTS event_subscriptions_ending ON event_subscriptions (ends_at) WHERE ends_at IS NOT NULL;

-- Each is one event, however often it happens before it is taken to the outbox.
CREATE TABLE IF NOT EXISTS waiting_events (
  subscription_id TEXT NOT NULL,
  type TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, type, patient_id, detail)
) STRICT, WITHOUT ROWID;

-- Triggers (docs/decisions/0024-event-webhooks.md): each is one line with one statement and without CASE, as what applies
-- migrations remotely splits others in the wrong places.
CREATE TRIGGER IF NOT EXISTS event_patient_created AFTER INSERT ON patients BEGIN INSERT INTO waiting_events (subscription_id, type, patient_id, detail, at) SELECT s.id, 'patient.created', NEW.user_id, '', CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM event_subscriptions AS s WHERE s.clinic_id = NEW.clinic_id AND s.is_active = 1 AND s.events & 1 ON CONFLICT DO NOTHING; END;
CREATE TRIGGER IF NOT EXISTS event_patient_removed AFTER DELETE ON patients BEGIN INSERT INTO waiting_events (subscription_id, type, patient_id, detail, at) SELECT s.id, 'patient.removed', OLD.user_id, '', CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM event_subscriptions AS s WHERE s.clinic_id = OLD.clinic_id AND s.is_active = 1 AND s.events & 4 ON CONFLICT DO NOTHING; END;
CREATE TRIGGER IF NOT EXISTS event_patient_moved AFTER UPDATE OF clinic_id ON patients WHEN NEW.clinic_id <> OLD.clinic_id BEGIN INSERT INTO waiting_events (subscription_id, type, patient_id, detail, at) SELECT s.id, iif(s.clinic_id = NEW.clinic_id, 'patient.created', 'patient.removed'), NEW.user_id, '', CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM event_subscriptions AS s WHERE s.clinic_id IN (OLD.clinic_id, NEW.clinic_id) AND s.is_active = 1 AND s.events & iif(s.clinic_id = NEW.clinic_id, 1, 4) ON CONFLICT DO NOTHING; END;
-- One that is created and not yet told of is read whole by whoever is told.
CREATE TRIGGER IF NOT EXISTS event_patient_changed AFTER UPDATE OF full_name, birth_date, email, mrn, target_devices, tags, sites, data_sources, permissions, reviews, last_reviewed_at, connection_requests, ehr_subscriptions, last_upload_reminder_at, glycemic_ranges, diagnosis_type, is_migrated, legacy_clinician_ids, invited_by ON patients WHEN NEW.clinic_id = OLD.clinic_id BEGIN INSERT INTO waiting_events (subscription_id, type, patient_id, detail, at) SELECT s.id, 'patient.changed', NEW.user_id, '', CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM event_subscriptions AS s WHERE s.clinic_id = NEW.clinic_id AND s.is_active = 1 AND s.events & 2 AND NOT EXISTS (SELECT 1 FROM waiting_events AS w WHERE w.subscription_id = s.id AND w.type = 'patient.created' AND w.patient_id = NEW.user_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER IF NOT EXISTS event_summary_changed AFTER UPDATE OF cgm_summary_id, bgm_summary_id ON patients BEGIN INSERT INTO waiting_events (subscription_id, type, patient_id, detail, at) SELECT s.id, 'summary.changed', NEW.user_id, '', CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM event_subscriptions AS s WHERE s.clinic_id = NEW.clinic_id AND s.is_active = 1 AND s.events & 64 ON CONFLICT DO NOTHING; END;
CREATE TRIGGER IF NOT EXISTS event_report_made AFTER INSERT ON reports WHEN NEW.state = 'ready' BEGIN INSERT INTO waiting_events (subscription_id, type, patient_id, detail, at) SELECT s.id, 'report.ready', p.user_id, json_object('reportId', NEW.id), CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM patients AS p JOIN event_subscriptions AS s ON s.clinic_id = p.clinic_id WHERE p.key = NEW.patient_key AND s.is_active = 1 AND s.events & 32 ON CONFLICT DO NOTHING; END;
CREATE TRIGGER IF NOT EXISTS event_report_ready AFTER UPDATE OF state ON reports WHEN NEW.state = 'ready' BEGIN INSERT INTO waiting_events (subscription_id, type, patient_id, detail, at) SELECT s.id, 'report.ready', p.user_id, json_object('reportId', NEW.id), CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM patients AS p JOIN event_subscriptions AS s ON s.clinic_id = p.clinic_id WHERE p.key = NEW.patient_key AND s.is_active = 1 AND s.events & 32 ON CONFLICT DO NOTHING; END;
