import { env } from "cloudflare:workers";
import { putAccount } from "./accounts.ts";
import { type Caller, newUserId, person, rows } from "./harness.ts";

/** A legacy clinic account, and accounts that share their data with it. */
export async function givenLegacyAccount(claims: Record<string, unknown> = {}): Promise<Caller> {
  const caller = await person({ name: "Legacy Clinic", ...claims });
  await putAccount({
    id: caller.id,
    email: `${caller.id}@people.test`,
    profile: { fullName: "Legacy Clinic" },
    roles: ["clinic"],
    isCustodial: false,
  });
  return caller;
}

/** An account whose owner shares with the legacy account; permissions as bits. */
export async function givenSharing(legacyId: string, permissions = 6): Promise<string> {
  const id = newUserId();
  await putAccount({
    id,
    email: `${id}@people.test`,
    profile: { fullName: `Sharing ${id}` },
    roles: ["patient"],
    isCustodial: false,
  });
  await givenShare(id, legacyId, permissions);
  return id;
}

/** That an account shares with a legacy account. */
export const givenShare = (fromUserId: string, toUserId: string, permissions: number) =>
  env.DB.prepare("INSERT INTO account_shares (from_user_id, to_user_id, permissions) VALUES (?, ?, ?)")
    .bind(fromUserId, toUserId, permissions)
    .run();

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
export const givenMigration = (clinicId: string, userId: string, createdAt = 0) =>
  rows(
    "INSERT INTO migrations (user_id, clinic_id, status, created_at, updated_at) VALUES (?, ?, 'PENDING', ?, ?)",
    userId,
    clinicId,
    createdAt,
    createdAt,
  );
