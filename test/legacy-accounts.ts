import { env } from "cloudflare:workers";
import { type Caller, newUserId, person, rows } from "./harness.ts";

/** A legacy clinic account, and accounts that share their data with it. */
export async function givenLegacyAccount(claims: Record<string, unknown> = {}): Promise<Caller> {
  const caller = await person({ name: "Legacy Clinic", ...claims });
  await rows(
    `INSERT INTO users (id, email, email_verified, name, profile, roles, is_custodial, created_at, updated_at)
     VALUES (?, ?, 1, 'Legacy Clinic', NULL, '["clinic"]', 0, 0, 0)`,
    caller.id,
    `${caller.id}@people.test`,
  );
  return caller;
}

/** An account whose owner shares with the legacy account; permissions as bits. */
export async function givenSharing(legacyId: string, profile: string | null = null, permissions = 6): Promise<string> {
  const id = newUserId();
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO users (id, email, email_verified, name, profile, roles, is_custodial, created_at, updated_at)
       VALUES (?, ?, 1, ?, ?, '["patient"]', 0, 0, 0)`,
    ).bind(id, `${id}@people.test`, `Sharing ${id}`, profile),
    env.DB.prepare("INSERT INTO account_shares (from_user_id, to_user_id, permissions) VALUES (?, ?, ?)").bind(
      id,
      legacyId,
      permissions,
    ),
  ]);
  return id;
}

/** Everything a clinic needs to be migrated. */
export const COMPLETE_PROFILE = {
  name: "Old Town Clinic",
  preferredBgUnits: "mg/dL",
  address: "1 Main Street",
  city: "Oldtown",
  state: "CA",
  postalCode: "90000",
  country: "US",
  clinicType: "provider_practice",
};

/** A migration as it stands, without the job that would go on with it. */
export const givenMigration = (clinicId: string, userId: string) =>
  rows(
    "INSERT INTO migrations (user_id, clinic_id, status, created_at, updated_at) VALUES (?, ?, 'PENDING', 0, 0)",
    userId,
    clinicId,
  );
