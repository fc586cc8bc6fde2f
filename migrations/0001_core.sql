-- What every write relies on: guards, safe repeats, the audit trail, people.

-- Never holds a row. A batch aborts itself by inserting the number of the guard that failed (src/db/guard.ts).
CREATE TABLE IF NOT EXISTS _guard (
  n INTEGER NOT NULL,
  CONSTRAINT guard_0 CHECK (n <> 0),
  CONSTRAINT guard_1 CHECK (n <> 1),
  CONSTRAINT guard_2 CHECK (n <> 2),
  CONSTRAINT guard_3 CHECK (n <> 3),
  CONSTRAINT guard_4 CHECK (n <> 4),
  CONSTRAINT guard_5 CHECK (n <> 5),
  CONSTRAINT guard_6 CHECK (n <> 6),
  CONSTRAINT guard_7 CHECK (n <> 7),
  CONSTRAINT guard_8 CHECK (n <> 8),
  CONSTRAINT guard_9 CHECK (n <> 9),
  CONSTRAINT guard_10 CHECK (n <> 10),
  CONSTRAINT guard_11 CHECK (n <> 11),
  CONSTRAINT guard_12 CHECK (n <> 12),
  CONSTRAINT guard_13 CHECK (n <> 13),
  CONSTRAINT guard_14 CHECK (n <> 14),
  CONSTRAINT guard_15 CHECK (n <> 15),
  CONSTRAINT guard_16 CHECK (n <> 16),
  CONSTRAINT guard_17 CHECK (n <> 17),
  CONSTRAINT guard_18 CHECK (n <> 18),
  CONSTRAINT guard_19 CHECK (n <> 19),
  CONSTRAINT guard_20 CHECK (n <> 20),
  CONSTRAINT guard_21 CHECK (n <> 21),
  CONSTRAINT guard_22 CHECK (n <> 22),
  CONSTRAINT guard_23 CHECK (n <> 23),
  CONSTRAINT guard_24 CHECK (n <> 24),
  CONSTRAINT guard_25 CHECK (n <> 25),
  CONSTRAINT guard_26 CHECK (n <> 26),
  CONSTRAINT guard_27 CHECK (n <> 27),
  CONSTRAINT guard_28 CHECK (n <> 28),
  CONSTRAINT guard_29 CHECK (n <> 29),
  CONSTRAINT guard_30 CHECK (n <> 30),
  CONSTRAINT guard_31 CHECK (n <> 31),
  CONSTRAINT guard_32 CHECK (n <> 32),
  CONSTRAINT guard_33 CHECK (n <> 33),
  CONSTRAINT guard_34 CHECK (n <> 34),
  CONSTRAINT guard_35 CHECK (n <> 35),
  CONSTRAINT guard_36 CHECK (n <> 36),
  CONSTRAINT guard_37 CHECK (n <> 37),
  CONSTRAINT guard_38 CHECK (n <> 38),
  CONSTRAINT guard_39 CHECK (n <> 39),
  CONSTRAINT guard_40 CHECK (n <> 40),
  CONSTRAINT guard_41 CHECK (n <> 41),
  CONSTRAINT guard_42 CHECK (n <> 42),
  CONSTRAINT guard_43 CHECK (n <> 43),
  CONSTRAINT guard_44 CHECK (n <> 44),
  CONSTRAINT guard_45 CHECK (n <> 45),
  CONSTRAINT guard_46 CHECK (n <> 46),
  CONSTRAINT guard_47 CHECK (n <> 47)
) STRICT;

CREATE TABLE IF NOT EXISTS users (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT,
  email_verified INTEGER NOT NULL,
  name TEXT,
  profile TEXT,
  roles TEXT NOT NULL,
  is_custodial INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS users_email_taken_once ON users (email) WHERE email IS NOT NULL;

CREATE TABLE IF NOT EXISTS audit_log (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  clinic_id TEXT,
  patient_id TEXT,
  outcome TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_log_of_a_patient ON audit_log (patient_id, clinic_id, id) WHERE patient_id IS NOT NULL;
-- A message delivered twice must not be recorded twice; a request id is the client's choice and may come again.
CREATE UNIQUE INDEX IF NOT EXISTS audit_log_once ON audit_log
  (request_id, at, actor_id, operation, coalesce(clinic_id, ''), coalesce(patient_id, ''))
  WHERE outcome <> 'changed';

CREATE TABLE IF NOT EXISTS replays (
  id TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replays_by_expiry ON replays (expires_at);

CREATE TABLE IF NOT EXISTS dead_letters (
  id INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
