-- Merging two records of one clinic: what was done, what an undo needs, old numbers that still lead somewhere.

-- A merge of the source's record into the target's. take, accept: as asked. plan: the document that was answered. before, after:
-- what the merge changed of the target, and of the source's account, as JSON. Values are erased when no undo can need
-- them any more; the rest stays for good, since the old id leads to the record that stayed as long as that exists.
CREATE TABLE IF NOT EXISTS patient_merges (
  id TEXT NOT NULL PRIMARY KEY,
  clinic_id TEXT NOT NULL,
  source_key INTEGER NOT NULL,
  target_key INTEGER NOT NULL,
  source_user_id TEXT NOT NULL,
  target_user_id TEXT NOT NULL,
  take TEXT NOT NULL,
  accept TEXT NOT NULL,
  plan TEXT NOT NULL,
  before TEXT,
  after TEXT,
  merged_at INTEGER NOT NULL,
  merged_by TEXT NOT NULL,
  undone_at INTEGER,
  undone_by TEXT,
  not_restored TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS patient_merges_of_a_source ON patient_merges (source_user_id, merged_at);
CREATE INDEX IF NOT EXISTS patient_merges_into_a_record ON patient_merges (target_key, merged_at);
CREATE INDEX IF NOT EXISTS patient_merges_into_a_user ON patient_merges (target_user_id, merged_at);
CREATE INDEX IF NOT EXISTS patient_merges_of_a_clinic ON patient_merges (clinic_id, merged_at);
CREATE UNIQUE INDEX IF NOT EXISTS patient_merged_once ON patient_merges (source_key) WHERE undone_at IS NULL;
CREATE INDEX IF NOT EXISTS patient_merges_to_erase ON patient_merges (merged_at) WHERE before IS NOT NULL;

-- MRNs that a record had, or that a record merged into it had; clinic_id: where the record is. They go along with it when
-- clinics are merged, so that nobody's search reads what other clinics have merged.
CREATE TABLE IF NOT EXISTS former_mrns (
  mrn_key TEXT NOT NULL,
  clinic_id TEXT NOT NULL,
  patient_key INTEGER NOT NULL,
  merge_id TEXT NOT NULL,
  mrn TEXT NOT NULL,
  PRIMARY KEY (mrn_key, clinic_id, patient_key, merge_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS former_mrns_of_a_record ON former_mrns (patient_key);
CREATE INDEX IF NOT EXISTS former_mrns_of_a_merge ON former_mrns (merge_id);

-- Candidates: each phase of the search reads one of these in order, and no row of a patient. Only statements that say
-- is_demo < 1 in these words can be served by them: they take no other statement's index from it.
CREATE INDEX IF NOT EXISTS patients_alike_by_name ON patients (clinic_id, name_key, birth_date, mrn_key, is_demo)
  WHERE is_demo < 1;
CREATE INDEX IF NOT EXISTS patients_alike_by_mrn ON patients (clinic_id, mrn_key, name_key, birth_date, is_demo)
  WHERE is_demo < 1 AND mrn_key IS NOT NULL;

-- Pairs of records that somebody says are two people, by keys, which are never used twice: a mark outlives both.
-- shared: what the records had in common then, as a bit for each of MRN 1, name 2, birth date 4.
CREATE TABLE IF NOT EXISTS distinct_pairs (
  lower_key INTEGER NOT NULL,
  higher_key INTEGER NOT NULL,
  shared INTEGER NOT NULL,
  marked_by TEXT NOT NULL,
  marked_at INTEGER NOT NULL,
  PRIMARY KEY (lower_key, higher_key)
) STRICT, WITHOUT ROWID;
