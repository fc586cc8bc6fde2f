import type { Ctx } from "../../platform/context/context.ts";
import { conflict } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { type MigrationStatus, mayBecome } from "./model/rules.ts";
import { migrationNotFound } from "./read-migrations.ts";
import { type Migration, toMigration } from "./model/schema.ts";
import { findMigration, setMigrationStatus } from "./model/store.ts";

/** Moves a migration one step on, or leaves it where it is; it never goes back. */
export function updateMigration(
  ctx: Ctx,
  clinicId: string,
  userId: string,
  status: MigrationStatus,
): Promise<Migration> {
  return untilFresh(async () => {
    const { migration } = await ctx.read({ migration: findMigration(clinicId, userId) });
    if (!migration) throw migrationNotFound();
    const from = migration.status as MigrationStatus;
    if (!mayBecome(from, status)) throw conflict(`a migration that is ${from} can't become ${status}`);
    return ctx.commit({
      clinicId,
      answer: toMigration({ ...migration, status, updatedAt: ctx.now }),
      steps: [setMigrationStatus(userId, from, status, ctx.now), refuseIfUnchanged(() => new StaleRead())],
    });
  });
}
