import { effectOfMigration, RUN_MIGRATION } from "./model/jobs.ts";
import { clinicNotFound, refuseUnlessClinic } from "../clinics/model/guards.ts";
import { canMigrate } from "../clinics/model/rules.ts";
import { findWholeClinic, markMigrated, migratedClinic } from "../clinics/model/store.ts";
import { refuseUnlessMember, refuseUnlessMigrated } from "../clinicians/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { constraintViolation, notFound, Refusal } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseIfFound, refuseIfUnchanged } from "../../platform/db/guard.ts";
import { insertOutboxEntry } from "../../platform/outbox/store.ts";
import { isNoLegacyClinic } from "./enable-clinic.ts";
import { LEGACY_ROLE } from "./model/rules.ts";
import { type Migration, toMigration } from "./model/schema.ts";
import { insertMigration, listAdmins, type MigrationRow, migrationOf } from "./model/store.ts";

const isMigratedAlready = () => constraintViolation("clinic is already migrated");
const profileIsIncomplete = () => constraintViolation("incomplete clinic profile");
const needsOneAdmin = () => constraintViolation("the clinic must have exactly one admin");
const migrationExists = () => new Refusal("conflict", "migration duplicate");

const pending = (ctx: Ctx, clinicId: string, userId: string) => ({
  userId,
  clinicId,
  status: "PENDING",
  createdAt: ctx.now,
  updatedAt: ctx.now,
});

const job = (ctx: Ctx, migration: MigrationRow) =>
  insertOutboxEntry(ctx, {
    kind: RUN_MIGRATION,
    uniqueKey: effectOfMigration(RUN_MIGRATION, migration),
    clinicId: migration.clinicId,
    recipient: { userId: migration.userId },
    variables: {},
  });

/** Turns a clinic whose profile is complete into a migrated one and starts the move of its one admin's patients. */
export function triggerInitialMigration(ctx: Ctx, clinicId: string): Promise<Migration> {
  return untilFresh(async () => {
    // The caller is an admin: where there is just one, it is the caller.
    const { whole, admins, user } = await ctx.read({
      whole: findWholeClinic(clinicId),
      admins: listAdmins(clinicId),
      user: ctx.users.find(ctx.caller.id),
    });
    if (!whole) throw clinicNotFound();
    if (whole.clinic.isMigrated === 1) throw isMigratedAlready();
    if (!canMigrate(whole.clinic, true)) throw profileIsIncomplete();
    const userId = ctx.caller.id;
    if (admins.length !== 1 || admins[0] !== userId) throw needsOneAdmin();
    if (!user) throw notFound();
    if (!user.roles.includes(LEGACY_ROLE)) throw isNoLegacyClinic(userId);
    const migration = pending(ctx, clinicId, userId);
    return ctx.commit({
      clinicId,
      answer: toMigration(migration),
      steps: [
        refuseIfFound(migratedClinic(clinicId), isMigratedAlready),
        refuseIfFound(migrationOf(userId), migrationExists),
        // Members move the clinic's version, so that this also says there still is just one admin.
        markMigrated(clinicId, whole.clinic.version, ctx.now),
        refuseIfUnchanged(() => new StaleRead()),
        insertMigration(migration),
      ],
      outbox: [job(ctx, migration)],
    });
  });
}

/** Starts the move of another legacy account's patients into a clinic it is a member of: once an account, ever. */
export async function migrateLegacyPatients(ctx: Ctx, clinicId: string, userId: string): Promise<Migration> {
  const migration = pending(ctx, clinicId, userId);
  return ctx.commit({
    clinicId,
    answer: toMigration(migration),
    steps: [
      refuseUnlessClinic(clinicId),
      refuseUnlessMember(clinicId, userId),
      ...refuseUnlessMigrated(clinicId),
      refuseIfFound(migrationOf(userId), migrationExists),
      insertMigration(migration),
    ],
    outbox: [job(ctx, migration)],
  });
}
