-- Merges of clinics: who takes part, how far each has come, where every record came from, and what an undoing needs.

-- A merge, from its claim to its end and, for 30 days, back. plan: what was decided about tags, sites and settings when
-- it began, as JSON. cursor: the last key of the source's patients that the phase is done with.
CREATE TABLE IF NOT EXISTS merges (
  id TEXT NOT NULL PRIMARY KEY,
  source_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  source_name TEXT NOT NULL,
  target_name TEXT NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('planning', 'refused', 'moving', 'finishing', 'notifying', 'done',
    'restoring', 'returning', 'closing', 'undone')),
  cursor INTEGER NOT NULL,
  records_done INTEGER NOT NULL,
  records_total INTEGER NOT NULL,
  requested_by TEXT NOT NULL,
  request_id TEXT NOT NULL,
  answer_key TEXT,
  plan TEXT,
  errors TEXT,
  share_codes TEXT,
  invitations TEXT,
  migrations TEXT,
  undo_requested_by TEXT,
  undo_request_id TEXT,
  created_at INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL,
  merged_at INTEGER,
  undone_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS merges_under_way ON merges (heartbeat_at)
  WHERE phase NOT IN ('refused', 'done', 'undone');
CREATE INDEX IF NOT EXISTS merges_into_a_clinic ON merges (target_id, created_at);
CREATE INDEX IF NOT EXISTS merges_of_a_clinic ON merges (source_id, created_at);

-- The clinics that are being merged now: nobody else writes to them. A clinic takes part in one merge at a time.
CREATE TABLE IF NOT EXISTS merge_participants (
  clinic_id TEXT NOT NULL PRIMARY KEY,
  merge_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which merge brought a patient, from which record. target_key: the record of the same account that stayed, when there was
-- one; then the source's is in the archive, deleted at merged_at. before and after: what the merge changed of the record
-- that stayed, as JSON; as_merged: what the clinic could change of it since. The three are erased when no undoing can need
-- them any more.
CREATE TABLE IF NOT EXISTS merge_patients (
  merge_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  source_key INTEGER NOT NULL,
  target_key INTEGER,
  merged_at INTEGER NOT NULL,
  before TEXT,
  after TEXT,
  as_merged TEXT,
  PRIMARY KEY (merge_id, source_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS merge_patients_to_erase ON merge_patients (merged_at) WHERE as_merged IS NOT NULL;
-- A record keeps its key when it moves and when it is archived: a person's records lead to the merges that brought them.
CREATE INDEX IF NOT EXISTS merge_patients_of_a_record ON merge_patients (source_key);

-- The same for members, and for invitations of the target that were superseded to a member of the source. record: the whole row
-- before the merge; as_merged: the row after it; both are erased when no undoing can need them any more.
CREATE TABLE IF NOT EXISTS merge_clinicians (
  merge_id TEXT NOT NULL,
  clinician_id TEXT NOT NULL,
  user_id TEXT,
  action TEXT NOT NULL CHECK (action IN ('moved', 'merged', 'superseded')),
  record TEXT,
  as_merged TEXT,
  PRIMARY KEY (merge_id, action, clinician_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS merge_clinicians_to_erase ON merge_clinicians (merge_id) WHERE record IS NOT NULL;

-- Records that an undoing left as they were in the target, or could not bring back.
CREATE TABLE IF NOT EXISTS merge_kept (
  merge_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('patient', 'clinician', 'tag', 'site', 'shareCode', 'invitation')),
  id TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('changed', 'gone', 'inUse')),
  PRIMARY KEY (merge_id, kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS deleted_patients_by_key ON deleted_patients (key);
CREATE INDEX IF NOT EXISTS deleted_cgm_periods_of_a_patient ON deleted_cgm_periods (patient_key);
CREATE INDEX IF NOT EXISTS deleted_bgm_periods_of_a_patient ON deleted_bgm_periods (patient_key);
CREATE INDEX IF NOT EXISTS deleted_clinics_by_id ON deleted_clinics (id);
