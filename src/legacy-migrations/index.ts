import type { Operation } from "../request/operation.ts";
import { enableNewClinicExperienceOperation } from "./routes/enable-new-clinic-experience.ts";
import { getMigrationOperation } from "./routes/get-migration.ts";
import { listMigrationsOperation } from "./routes/list-migrations.ts";
import { migrateLegacyClinicianPatientsOperation } from "./routes/migrate-legacy-clinician-patients.ts";
import { triggerInitialMigrationOperation } from "./routes/trigger-initial-migration.ts";
import { updateMigrationOperation } from "./routes/update-migration.ts";

export const operations: readonly Operation[] = [
  enableNewClinicExperienceOperation,
  triggerInitialMigrationOperation,
  listMigrationsOperation,
  migrateLegacyClinicianPatientsOperation,
  getMigrationOperation,
  updateMigrationOperation,
];
