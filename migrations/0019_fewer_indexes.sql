-- Three indexes serve the searches of a clinic and the list of its duplicates alike: each begins with the clinic, and has what
-- the phase of duplicates that goes through it compares, in that order. An index that is written on every change, and by which a
-- merge of clinics touches two more pages for each patient, is dearer than the one page that a patient who moves to another clinic
-- would stay on if the clinic came last. is_demo: so that the demo patient is left out without reading a patient's row.
DROP INDEX IF EXISTS patients_alike_by_name;
DROP INDEX IF EXISTS patients_alike_by_mrn;
DROP INDEX IF EXISTS patients_by_name;
DROP INDEX IF EXISTS patients_by_mrn;
DROP INDEX IF EXISTS patients_by_birth_date;
CREATE INDEX IF NOT EXISTS patients_by_name ON patients (clinic_id, name_key, key, is_demo);
CREATE INDEX IF NOT EXISTS patients_by_mrn ON patients (clinic_id, mrn_key, is_demo) WHERE mrn_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS patients_by_birth_date ON patients (clinic_id, birth_date, name_key, is_demo)
  WHERE birth_date IS NOT NULL;
