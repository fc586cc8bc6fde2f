export const MIGRATION_STATUSES = ["PENDING", "RUNNING", "COMPLETED"] as const;
export type MigrationStatus = (typeof MIGRATION_STATUSES)[number];

/** The role of an account that stood for a whole clinic before there were clinics. */
export const LEGACY_ROLE = "clinic";

/** A migration goes forward or stays where it is. */
export const mayBecome = (from: MigrationStatus, to: MigrationStatus): boolean =>
  MIGRATION_STATUSES.indexOf(to) - MIGRATION_STATUSES.indexOf(from) === 1 || from === to;

/** A patient that can't be moved is tried so often before the migration goes on without. Our choice. */
export const PATIENT_ATTEMPTS_MAX = 5;
/** Patients one run of the job moves before it makes room for others. Our choice. */
export const PATIENTS_PER_RUN = 50;
/** So many accounts that can't be asked about end a run: the account service is given time. Our choice. */
export const OUTAGES_PER_RUN_MAX = 3;
