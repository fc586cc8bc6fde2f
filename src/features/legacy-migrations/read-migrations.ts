import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { type Migration, toMigration } from "./model/schema.ts";
import { findMigration, listMigrations as readMigrations } from "./model/store.ts";

export const migrationNotFound = () => notFound("migration");

/** The migrations into a clinic, newest first. */
export async function listMigrations(ctx: Ctx, clinicId: string): Promise<Migration[]> {
  const { migrations } = await ctx.read({ migrations: readMigrations(clinicId) });
  return migrations.map(toMigration);
}

export async function getMigration(ctx: Ctx, clinicId: string, userId: string): Promise<Migration> {
  const { migration } = await ctx.read({ migration: findMigration(clinicId, userId) });
  if (!migration) throw migrationNotFound();
  return toMigration(migration);
}
