import { type SQL, sql } from "drizzle-orm";
import { merges } from "../../tables/merges.ts";
import { migrations } from "../../tables/people.ts";
import { redirectEntries } from "../../../platform/outbox/store.ts";

/** What merges of clinics do to the migrations into them: patients who were to move to the source move to the target. */

/** The accounts that are or were migrated into a clinic, as a JSON list. */
export const migrationsOf = (clinicId: string): SQL =>
  sql`SELECT json_group_array(${migrations.userId}) FROM ${migrations} WHERE ${migrations.clinicId} = ${clinicId}`;

const keysOf = (which: SQL): SQL =>
  sql`SELECT 'run_migration:' || ${migrations.userId} || ':' || ${migrations.createdAt} FROM ${migrations} WHERE ${which}`;

export function leadMigrationsTo(sourceId: string, targetId: string): readonly SQL[] {
  const ofSource = sql`${migrations.clinicId} = ${sourceId}`;
  return [
    redirectEntries(keysOf(ofSource), targetId),
    sql`UPDATE ${migrations} SET clinic_id = ${targetId} WHERE ${ofSource}`,
  ];
}

export function leadMigrationsBack(sourceId: string, targetId: string, mergeId: string): readonly SQL[] {
  const ofMerge = sql`${migrations.clinicId} = ${targetId} AND ${migrations.userId} IN
      (SELECT account.value FROM ${merges}, json_each(${merges.migrations}) AS account WHERE ${merges.id} = ${mergeId})`;
  return [
    redirectEntries(keysOf(ofMerge), sourceId),
    sql`UPDATE ${migrations} SET clinic_id = ${sourceId} WHERE ${ofMerge}`,
  ];
}
