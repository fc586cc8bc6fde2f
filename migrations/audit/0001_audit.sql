-- The audit trail, a database of its own: the records' database does not grow with what is read.

-- Never holds a row (src/platform/db/guard.ts).
CREATE TABLE IF NOT EXISTS _guard (
  n INTEGER NOT NULL,
  CONSTRAINT guard_0 CHECK (n <> 0),
  CONSTRAINT guard_1 CHECK (n <> 1),
  CONSTRAINT guard_2 CHECK (n <> 2),
  CONSTRAINT guard_3 CHECK (n <> 3)
) STRICT;

-- One entry for each access, in the order of arrival. `patients` are ids packed as bytes (src/platform/audit/packed-ids.ts),
-- or a JSON list where an id has another form. The newest row is never removed: its number must not be given twice.
CREATE TABLE IF NOT EXISTS accesses (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  clinic_id TEXT,
  outcome TEXT NOT NULL,
  patients ANY
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS accesses_once ON accesses (id);
CREATE INDEX IF NOT EXISTS accesses_of_a_clinic ON accesses (clinic_id, at) WHERE clinic_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS accesses_of_an_actor ON accesses (actor_id, at);

-- Leads from patients to accesses: a row for a bucket of patients and a range of accesses
-- (src/platform/audit/postings.ts).
CREATE TABLE IF NOT EXISTS patient_postings (
  id INTEGER PRIMARY KEY,
  entries BLOB NOT NULL
) STRICT;

-- Seals the accesses after the seal before it, up to `seq`.
CREATE TABLE IF NOT EXISTS seals (
  seq INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed_at INTEGER NOT NULL
) STRICT;

-- What was sealed on one UTC day, and what became of it.
CREATE TABLE IF NOT EXISTS audit_days (
  day TEXT NOT NULL PRIMARY KEY,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  hash TEXT NOT NULL,
  exported_to INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  broken INTEGER NOT NULL,
  exported_at INTEGER,
  dropped_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS audit_days_to_export ON audit_days (day) WHERE exported_at IS NULL;
CREATE INDEX IF NOT EXISTS audit_days_to_drop ON audit_days (day) WHERE dropped_at IS NULL;

-- How far a sweep has come.
CREATE TABLE IF NOT EXISTS progress (
  name TEXT NOT NULL PRIMARY KEY,
  upto INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO progress (name, upto) VALUES ('indexed', 0), ('merged', 0);
