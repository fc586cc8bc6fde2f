-- Device data is in an object of each person; these say which object a data set is in, and how its summaries stand.
CREATE TABLE IF NOT EXISTS data_sets (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  deduplicator TEXT NOT NULL,
  is_continuous INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS data_sets_of_user ON data_sets (user_id);

-- `revision` and `push`: number and id of what the person's object has told last. A summary that is due is outdated since `…_outdated_since`.
CREATE TABLE IF NOT EXISTS data_owners (
  user_id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  push TEXT NOT NULL,
  schema_version INTEGER,
  cgm_outdated_since INTEGER,
  bgm_outdated_since INTEGER,
  con_outdated_since INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS data_owners_cgm_outdated ON data_owners (cgm_outdated_since) WHERE cgm_outdated_since IS NOT NULL;
CREATE INDEX IF NOT EXISTS data_owners_bgm_outdated ON data_owners (bgm_outdated_since) WHERE bgm_outdated_since IS NOT NULL;
CREATE INDEX IF NOT EXISTS data_owners_con_outdated ON data_owners (con_outdated_since) WHERE con_outdated_since IS NOT NULL;
CREATE INDEX IF NOT EXISTS data_owners_by_version ON data_owners (schema_version) WHERE schema_version IS NOT NULL;
