-- Which patients of a clinic have changed, in their order, so that what is kept in memory of a clinic's patients (the list)
-- can be brought up to date by reading those alone. The token proves that the order is still the one somebody has seen: a
-- database that was put back counts the same numbers again. Without a key: any patient of the clinic may have changed.
-- renamed: the patient is new, has left or has another name, so that the order by name is another. About the last 2,000
-- are kept.
CREATE TABLE IF NOT EXISTS patient_changes (
  clinic_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  token INTEGER NOT NULL DEFAULT (random() >> 16),
  key INTEGER,
  renamed INTEGER NOT NULL,
  PRIMARY KEY (clinic_id, seq)
) STRICT, WITHOUT ROWID;

-- While there is a row, changes of patients are not written down one by one: a batch that changes many puts it here, takes
-- it away again, and says once that all may have changed. It is never there between two batches.
CREATE TABLE IF NOT EXISTS _many_changes (n INTEGER PRIMARY KEY) STRICT;

-- Triggers, because a change that is not written down would leave lists as they were: whatever statement changes a patient
-- is seen. Each on one line and without CASE: what splits migrations for a remote database takes others apart.
CREATE TRIGGER IF NOT EXISTS patient_came AFTER INSERT ON patients WHEN NOT EXISTS (SELECT 1 FROM _many_changes) BEGIN INSERT INTO patient_changes (clinic_id, seq, key, renamed) SELECT new.clinic_id, ifnull(max(seq), 0) + 1, iif(new.key = (SELECT max(key) FROM patients), new.key, NULL), 1 FROM patient_changes WHERE clinic_id = new.clinic_id; END;
CREATE TRIGGER IF NOT EXISTS patient_left AFTER DELETE ON patients WHEN NOT EXISTS (SELECT 1 FROM _many_changes) BEGIN INSERT INTO patient_changes (clinic_id, seq, key, renamed) SELECT old.clinic_id, ifnull(max(seq), 0) + 1, old.key, 1 FROM patient_changes WHERE clinic_id = old.clinic_id; END;
CREATE TRIGGER IF NOT EXISTS patient_changed AFTER UPDATE ON patients WHEN NOT EXISTS (SELECT 1 FROM _many_changes) BEGIN INSERT INTO patient_changes (clinic_id, seq, key, renamed) SELECT new.clinic_id, ifnull(max(seq), 0) + 1, iif(new.clinic_id = old.clinic_id, new.key, NULL), old.name_key IS NOT new.name_key FROM patient_changes WHERE clinic_id = new.clinic_id; END;
CREATE TRIGGER IF NOT EXISTS patient_moved AFTER UPDATE OF clinic_id ON patients WHEN old.clinic_id <> new.clinic_id AND NOT EXISTS (SELECT 1 FROM _many_changes) BEGIN INSERT INTO patient_changes (clinic_id, seq, key, renamed) SELECT old.clinic_id, ifnull(max(seq), 0) + 1, old.key, 1 FROM patient_changes WHERE clinic_id = old.clinic_id; END;
CREATE TRIGGER IF NOT EXISTS patient_changes_trimmed AFTER INSERT ON patient_changes WHEN new.seq % 64 = 0 BEGIN DELETE FROM patient_changes WHERE clinic_id = new.clinic_id AND seq <= new.seq - 2048; END;
CREATE TRIGGER IF NOT EXISTS patient_changes_of_clinic AFTER DELETE ON clinics BEGIN DELETE FROM patient_changes WHERE clinic_id = old.id; END;
