-- The audit trail names who has left a clinic, too.
CREATE INDEX IF NOT EXISTS deleted_clinicians_of_a_clinic ON deleted_clinicians (clinic_id, user_id) WHERE user_id IS NOT NULL;
