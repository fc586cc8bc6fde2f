import type { Draft } from "../../../platform/request/operation.ts";
import { enableNewClinicExperienceOperation } from "./enable-new-clinic-experience.ts";
import { getMigrationOperation } from "./get-migration.ts";
import { listMigrationsOperation } from "./list-migrations.ts";
import { migrateLegacyClinicianPatientsOperation } from "./migrate-legacy-clinician-patients.ts";
import { triggerInitialMigrationOperation } from "./trigger-initial-migration.ts";
import { updateMigrationOperation } from "./update-migration.ts";

export const operations: readonly Draft[] = [
  enableNewClinicExperienceOperation,
  triggerInitialMigrationOperation,
  listMigrationsOperation,
  migrateLegacyClinicianPatientsOperation,
  getMigrationOperation,
  updateMigrationOperation,
];
