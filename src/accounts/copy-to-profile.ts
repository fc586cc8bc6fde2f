import { parsedJson } from "../core/wire.ts";
import type { Job } from "../queues/sendings.ts";
import { findPatient } from "../patients/read.ts";
import { PERMISSION_BITS } from "../patients/record.ts";
import { together } from "../db/read.ts";

/**
 * Writes what a clinic says of its custodial patient into the profile of the account, as it is now: done late or twice
 * it is the same. What the record does not have stays in the profile, but for the address. Once the account was taken
 * over its profile is its owner's.
 */
export const copyToProfile: Job = async ({ db, users, now }, { clinicId, recipientUserId }) => {
  const userId = recipientUserId ?? "";
  const asked = together({ user: users.find(userId), found: findPatient(clinicId ?? "", userId) });
  const { user, found } = await asked.take(await db.batch(asked.statements));
  if (!user?.isCustodial || !found) return "done";
  const { fullName, birthDate, mrn, targetDevices, diagnosisType, email, permissions } = found.row;
  if (((permissions ?? 0) & PERMISSION_BITS.custodian) === 0) return "done";
  const change = await users.writeCustodialProfile({
    id: userId,
    now,
    profile: {
      email,
      ...(fullName !== null && { fullName }),
      patient: {
        ...(birthDate !== null && { birthday: birthDate }),
        ...(mrn !== null && { mrn }),
        ...(targetDevices !== null && { targetDevices: parsedJson<string[]>(targetDevices) ?? [] }),
        ...(diagnosisType !== null && { diagnosisType }),
      },
    },
  });
  if (change.steps.length > 0) await db.batch(change.steps);
  return "done";
};
