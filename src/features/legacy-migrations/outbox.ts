import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { demoPatientUserId } from "../clinics/model/demo-patient.ts";
import { RUN_MIGRATION } from "./model/jobs.ts";
import { CLINIC_MIGRATION_COMPLETE, clinicMigrationComplete, MIGRATE_PATIENT, migratePatient } from "./model/mails.ts";
import { runMigration } from "./run-migration.ts";

export const outbox: OutboxSlice = {
  mails: [
    [MIGRATE_PATIENT, migratePatient],
    [CLINIC_MIGRATION_COMPLETE, clinicMigrationComplete],
  ],
  jobs: [
    [
      RUN_MIGRATION,
      ({ settings, ...work }, { clinicId, recipientUserId }) =>
        runMigration(
          { ...work, demoPatientUserId: demoPatientUserId(settings) },
          { clinicId: clinicId ?? "", userId: recipientUserId ?? "" },
        ),
    ],
  ],
};
