-- Clinics, their tags and sites, and the people who work there.

CREATE TABLE IF NOT EXISTS clinics (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  address TEXT,
  city TEXT,
  postal_code TEXT,
  state TEXT,
  country TEXT,
  clinic_type TEXT,
  clinic_size TEXT,
  website TEXT,
  timezone TEXT,
  phone_numbers TEXT,
  preferred_bg_units TEXT,
  share_code TEXT NOT NULL,
  tier TEXT,
  is_migrated INTEGER NOT NULL,
  suppressed_notifications TEXT,
  membership_restrictions TEXT,
  ehr_settings TEXT,
  mrn_required INTEGER,
  mrn_unique INTEGER,
  hard_limit_plan INTEGER,
  hard_limit_start_at INTEGER,
  hard_limit_end_at INTEGER,
  soft_limit_plan INTEGER,
  soft_limit_start_at INTEGER,
  soft_limit_end_at INTEGER,
  patient_total INTEGER NOT NULL,
  patient_demo INTEGER NOT NULL,
  patient_plan INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS clinics_by_creation ON clinics (created_at, id);

-- Every code that leads to a clinic. Codes of deleted clinics stay, without a clinic, so that none is issued twice.
CREATE TABLE IF NOT EXISTS clinic_share_codes (
  code TEXT NOT NULL PRIMARY KEY,
  clinic_id TEXT REFERENCES clinics (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS clinic_share_codes_of_a_clinic ON clinic_share_codes (clinic_id);

-- num_patients changes in the same batch as the patients that carry the tag.
CREATE TABLE IF NOT EXISTS clinic_patient_tags (
  clinic_id TEXT NOT NULL REFERENCES clinics (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  num_patients INTEGER NOT NULL,
  PRIMARY KEY (clinic_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS tag_name_once_per_clinic ON clinic_patient_tags (clinic_id, name_key);

CREATE TABLE IF NOT EXISTS clinic_sites (
  clinic_id TEXT NOT NULL REFERENCES clinics (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  num_patients INTEGER NOT NULL,
  PRIMARY KEY (clinic_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS site_name_once_per_clinic ON clinic_sites (clinic_id, name_key);

-- A member (user_id) or a pending invitation (invite_id). search_key is the key of the name, a line break, that of the e-mail.
CREATE TABLE IF NOT EXISTS clinicians (
  id TEXT NOT NULL,
  clinic_id TEXT NOT NULL,
  user_id TEXT,
  invite_id TEXT,
  email TEXT,
  name TEXT,
  roles TEXT NOT NULL,
  is_service_account INTEGER NOT NULL,
  search_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (clinic_id, id),
  FOREIGN KEY (clinic_id) REFERENCES clinics (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS clinician_user_once_per_clinic ON clinicians (clinic_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS clinician_invite_once_per_clinic ON clinicians (clinic_id, invite_id) WHERE invite_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS clinician_email_once_per_clinic ON clinicians (clinic_id, email) WHERE email IS NOT NULL;
CREATE INDEX IF NOT EXISTS clinicians_of_a_user ON clinicians (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS clinicians_of_a_clinic_by_creation ON clinicians (clinic_id, created_at, id);
CREATE INDEX IF NOT EXISTS clinicians_by_creation ON clinicians (created_at, id);

CREATE TABLE IF NOT EXISTS clinician_role_changes (
  id INTEGER PRIMARY KEY,
  clinic_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  previous_roles TEXT NOT NULL,
  roles TEXT NOT NULL,
  updated_by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS clinician_role_changes_of_a_clinician ON clinician_role_changes (clinic_id, user_id, id);

CREATE TABLE IF NOT EXISTS deleted_clinics (
  deleted_at INTEGER NOT NULL,
  deleted_by TEXT,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  address TEXT,
  city TEXT,
  postal_code TEXT,
  state TEXT,
  country TEXT,
  clinic_type TEXT,
  clinic_size TEXT,
  website TEXT,
  timezone TEXT,
  phone_numbers TEXT,
  preferred_bg_units TEXT,
  share_code TEXT NOT NULL,
  tier TEXT,
  is_migrated INTEGER NOT NULL,
  suppressed_notifications TEXT,
  membership_restrictions TEXT,
  ehr_settings TEXT,
  mrn_required INTEGER,
  mrn_unique INTEGER,
  hard_limit_plan INTEGER,
  hard_limit_start_at INTEGER,
  hard_limit_end_at INTEGER,
  soft_limit_plan INTEGER,
  soft_limit_start_at INTEGER,
  soft_limit_end_at INTEGER,
  patient_total INTEGER NOT NULL,
  patient_demo INTEGER NOT NULL,
  patient_plan INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  share_codes TEXT NOT NULL,
  patient_tags TEXT NOT NULL,
  sites TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS deleted_clinicians (
  deleted_at INTEGER NOT NULL,
  deleted_by TEXT,
  id TEXT NOT NULL,
  clinic_id TEXT NOT NULL,
  user_id TEXT,
  invite_id TEXT,
  email TEXT,
  name TEXT,
  roles TEXT NOT NULL,
  is_service_account INTEGER NOT NULL,
  search_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
