-- Rows of audit_log are moved to the trail's own database, where they are looked for. The newest row stays, so that no
-- number is given twice.
DROP INDEX IF EXISTS audit_log_of_a_patient;
DROP INDEX IF EXISTS audit_log_once;
-- Messages that the audit consumer gave up wait here for the cron.
CREATE INDEX IF NOT EXISTS dead_letters_of_audit ON dead_letters (id) WHERE queue = 'audit-dead';
