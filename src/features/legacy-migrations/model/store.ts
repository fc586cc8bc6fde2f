import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import { clinicians, clinics } from "../../tables/clinics.ts";
import { allColumns, columnNames } from "../../../platform/db/columns.ts";
import { accountShares, migrationFailures, migrations } from "../../tables/people.ts";
import { PATIENT_ATTEMPTS_MAX, type MigrationStatus } from "./rules.ts";
import { isAdmin } from "../../tables/admins-store.ts";

export type MigrationRow = typeof migrations.$inferSelect;

const row = allColumns(migrations);

export const listMigrations = (clinicId: string): Read<MigrationRow[]> =>
  rowsOf(
    sql`SELECT ${row} FROM ${migrations} WHERE ${migrations.clinicId} = ${clinicId}
        ORDER BY ${migrations.createdAt} DESC, ${migrations.userId}`,
  );

export const findMigration = (clinicId: string, userId: string): Read<MigrationRow | undefined> =>
  rowOf(
    sql`SELECT ${row} FROM ${migrations} WHERE ${migrations.userId} = ${userId} AND ${migrations.clinicId} = ${clinicId}`,
  );

/** The one migration of an account, in whatever clinic. */
export const migrationOf = (userId: string): SQL =>
  sql`SELECT 1 FROM ${migrations} WHERE ${migrations.userId} = ${userId}`;

export const insertMigration = (migration: MigrationRow): SQL =>
  sql`INSERT INTO ${migrations} (${columnNames(migrations)}) VALUES (${migration.userId}, ${migration.clinicId},
      ${migration.status}, ${migration.createdAt}, ${migration.updatedAt})`;

/** Moves a migration on, provided it still stands where it was read. */
export const setMigrationStatus = (userId: string, from: MigrationStatus, to: MigrationStatus, now: number): SQL =>
  sql`UPDATE ${migrations} SET status = ${to}, updated_at = ${now}
      WHERE ${migrations.userId} = ${userId} AND ${migrations.status} = ${from}`;

/** The user ids of a clinic's admins. */
export const listAdmins = (clinicId: string): Read<string[]> =>
  mapped(
    rowsOf<{ userId: string }>(
      sql`SELECT ${clinicians.userId} AS "userId" FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId}
          AND ${clinicians.userId} IS NOT NULL AND ${isAdmin}`,
    ),
    (rows) => rows.map(({ userId }) => userId),
  );

/** The clinics a user administers that are still to be migrated. */
export const unmigratedClinicsOf = (userId: string): SQL =>
  sql`SELECT ${clinics.id} FROM ${clinics} JOIN ${clinicians} ON ${clinicians.clinicId} = ${clinics.id}
      WHERE ${clinicians.userId} = ${userId} AND ${isAdmin} AND ${clinics.isMigrated} = 0`;

export interface ShareRow {
  fromUserId: string;
  permissions: number;
}

/** Accounts that share with the legacy account and have not been given up on, a page of them. */
export const listShares = (toUserId: string, limit: number): Read<ShareRow[]> =>
  rowsOf(
    sql`SELECT ${accountShares.fromUserId} AS "fromUserId", ${accountShares.permissions} AS permissions FROM ${accountShares}
        LEFT JOIN ${migrationFailures} ON ${migrationFailures.migrationUserId} = ${toUserId}
          AND ${migrationFailures.patientUserId} = ${accountShares.fromUserId}
        WHERE ${accountShares.toUserId} = ${toUserId} AND ${accountShares.fromUserId} <> ${toUserId}
          AND coalesce(${migrationFailures.attempts}, 0) < ${PATIENT_ATTEMPTS_MAX}
        ORDER BY coalesce(${migrationFailures.attempts}, 0), coalesce(${migrationFailures.at}, 0), ${accountShares.fromUserId}
        LIMIT ${limit}`,
  );

/** The share, as long as it is there: what is moved already has none. */
export const shareFrom = (toUserId: string, fromUserId: string): SQL =>
  sql`SELECT 1 FROM ${accountShares} WHERE ${accountShares.toUserId} = ${toUserId} AND ${accountShares.fromUserId} = ${fromUserId}`;

/** Ends a share, and what is known of its failures. */
export const endShare = (toUserId: string, fromUserId: string): readonly SQL[] => [
  sql`DELETE FROM ${accountShares} WHERE to_user_id = ${toUserId} AND from_user_id = ${fromUserId}`,
  sql`DELETE FROM ${migrationFailures} WHERE migration_user_id = ${toUserId} AND patient_user_id = ${fromUserId}`,
];

/**
 * Records that a patient could not be moved this time, and whether that counts: others are tried first. Nothing of one whose
 * share has ended: they were moved, and only the answer was lost.
 */
export const recordFailure = (
  migrationUserId: string,
  patientUserId: string,
  { reason, attempts }: { readonly reason: string; readonly attempts: number },
  now: number,
): SQL =>
  sql`INSERT INTO ${migrationFailures} (migration_user_id, patient_user_id, attempts, reason, at)
      SELECT ${migrationUserId}, ${patientUserId}, ${attempts}, ${reason}, ${now}
      WHERE EXISTS (${shareFrom(migrationUserId, patientUserId)})
      ON CONFLICT (migration_user_id, patient_user_id) DO UPDATE SET attempts = attempts + ${attempts}, reason = excluded.reason, at = excluded.at`;

/** Writes that one account shares with another, as an internal service describes it. */
export const putShare = (fromUserId: string, toUserId: string, permissions: number): SQL =>
  sql`INSERT INTO ${accountShares} (from_user_id, to_user_id, permissions) VALUES (${fromUserId}, ${toUserId}, ${permissions})
      ON CONFLICT (to_user_id, from_user_id) DO UPDATE SET permissions = excluded.permissions`;

/** Forgets the migrations into a clinic that is deleted: their accounts may be migrated into another one. */
export const removeMigrationsOf = (clinicId: string): readonly SQL[] => [
  sql`DELETE FROM ${migrationFailures} WHERE migration_user_id IN
      (SELECT ${migrations.userId} FROM ${migrations} WHERE ${migrations.clinicId} = ${clinicId})`,
  sql`DELETE FROM ${migrations} WHERE clinic_id = ${clinicId}`,
];
