-- What leads a person to an account that is theirs: claims of accounts that clinics made, tokens for single pages.

-- The offer to take over a custodial account: one an account, for the address it has now. Who knows the key can ask for
-- it; a mail holds it.
CREATE TABLE IF NOT EXISTS account_claims (
  user_id TEXT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  clinic_id TEXT NOT NULL,
  invited_by TEXT,
  email TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A token that opens one path for one person, by its SHA-256: the token itself is in a mail and nowhere else.
CREATE TABLE IF NOT EXISTS restricted_tokens (
  hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  path TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS restricted_tokens_of_a_person ON restricted_tokens (user_id, path);
CREATE INDEX IF NOT EXISTS restricted_tokens_by_expiry ON restricted_tokens (expires_at);

-- Whether somebody had data is asked when their last custodial record is gone.
CREATE INDEX IF NOT EXISTS deleted_patients_of_a_user ON deleted_patients (user_id);
