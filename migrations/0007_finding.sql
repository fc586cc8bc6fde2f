-- How clinicians find a patient they have the birth date of.
CREATE INDEX IF NOT EXISTS patients_by_birth_date ON patients (birth_date, clinic_id) WHERE birth_date IS NOT NULL;
