-- Invitations, migrations of legacy accounts, and what is to be sent.

-- A mail or a job on its way. Written in the batch of the change that causes it; unique_key lets an effect on one
-- recipient happen once. Recipient and variables are erased when it is done.
CREATE TABLE IF NOT EXISTS outbox (
  id TEXT NOT NULL PRIMARY KEY,
  batch TEXT NOT NULL,
  unique_key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  clinic_id TEXT,
  recipient_user_id TEXT,
  recipient_email TEXT,
  variables TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'skipped', 'failed')),
  attempts INTEGER NOT NULL,
  lease_until INTEGER,
  next_attempt_at INTEGER NOT NULL,
  reason TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (next_attempt_at) WHERE state IN ('queued', 'sending');
CREATE INDEX IF NOT EXISTS outbox_failed ON outbox (finished_at) WHERE state = 'failed';
CREATE INDEX IF NOT EXISTS outbox_of_a_batch ON outbox (batch);
CREATE INDEX IF NOT EXISTS outbox_of_a_patient ON outbox (clinic_id, recipient_user_id)
  WHERE state IN ('queued', 'sending', 'failed');

-- An invitation to work in a clinic. While it is pending there is a clinician record with the same invite_id (the key).
CREATE TABLE IF NOT EXISTS clinician_invitations (
  key TEXT NOT NULL PRIMARY KEY,
  clinic_id TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  invited_user_id TEXT,
  creator_id TEXT NOT NULL,
  clinic_name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'declined', 'canceled')),
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS clinician_invitations_of_a_user ON clinician_invitations (invited_user_id, status) WHERE invited_user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS clinician_invitations_to_an_address ON clinician_invitations (email_key, status);
CREATE INDEX IF NOT EXISTS clinician_invitations_of_a_clinic ON clinician_invitations (clinic_id, status);

-- A person's offer to share data with a clinic. permissions: the bits of patients.permissions.
CREATE TABLE IF NOT EXISTS patient_invitations (
  key TEXT NOT NULL PRIMARY KEY,
  clinic_id TEXT NOT NULL,
  creator_id TEXT NOT NULL,
  permissions INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'declined', 'canceled')),
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS patient_invitations_of_a_clinic ON patient_invitations (clinic_id, status, created_at);
CREATE INDEX IF NOT EXISTS patient_invitations_of_a_person ON patient_invitations (creator_id, clinic_id, status);

-- The move of a legacy account's patients into a clinic: one an account, ever.
CREATE TABLE IF NOT EXISTS migrations (
  user_id TEXT NOT NULL PRIMARY KEY,
  clinic_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS migrations_of_a_clinic ON migrations (clinic_id, created_at);
-- What became of each patient of a migration that could not be moved yet.
CREATE TABLE IF NOT EXISTS migration_failures (
  migration_user_id TEXT NOT NULL,
  patient_user_id TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (migration_user_id, patient_user_id)
) STRICT, WITHOUT ROWID;
-- Who shares an account's data with whom: what legacy accounts are migrated from. permissions as in patients.
CREATE TABLE IF NOT EXISTS account_shares (
  from_user_id TEXT NOT NULL,
  to_user_id TEXT NOT NULL,
  permissions INTEGER NOT NULL,
  PRIMARY KEY (to_user_id, from_user_id)
) STRICT, WITHOUT ROWID;
