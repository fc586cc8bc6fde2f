import { z } from "@hono/zod-openapi";
import { code, sought } from "../../../platform/core/bounded-text.ts";
import { DateTime, toDateTime } from "../../../platform/core/wire.ts";
import { MIGRATION_STATUSES, type MigrationStatus } from "./rules.ts";
import type { MigrationRow } from "./store.ts";

const Status = z.enum(MIGRATION_STATUSES).openapi("migrationStatus.v1");

export const Migration = z
  .object({
    userId: z.string().min(1),
    status: Status.optional(),
    createdTime: DateTime,
    updatedTime: DateTime,
    attestationTime: DateTime.optional().openapi({ deprecated: true }),
  })
  .openapi("migration.v1");
export type Migration = z.infer<typeof Migration>;

/** The account to migrate. Fields set by the server are accepted and ignored. */
export const MigrationInput = z.object({ userId: code(), status: Status.optional() }).openapi("migrationInput.v1");

export const MigrationUpdate = z.object({ status: Status }).openapi("migrationUpdate.v1");

export const TriggerMigration = z
  .object({ attestationSubmitted: z.boolean().optional() })
  .openapi("triggerMigration.v1");

/** The contract sets no pattern for the clinic id of these paths: a malformed id is simply not found. */
export const AnyClinicParams = z.object({ clinicId: sought() });

export const toMigration = (row: MigrationRow): Migration => ({
  userId: row.userId,
  status: row.status as MigrationStatus,
  createdTime: toDateTime(row.createdAt),
  updatedTime: toDateTime(row.updatedAt),
});
