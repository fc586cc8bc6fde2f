import { parsedJson } from "../core/wire.ts";
import type { Job } from "../queues/sendings.ts";
import { findPatient } from "../patients/read.ts";
import { isInCustody } from "../patients/record.ts";
import { askingOf } from "../db/read.ts";

/**
 * Writes what a clinic says of its custodial patient into the profile of the account, as it is now: done late or twice
 * it is the same. What the record does not have stays in the profile, but for the address. Once the account was taken
 * over its profile is its owner's.
 */
export const copyToProfile: Job = async ({ db, users, now }, { clinicId, recipientUserId }) => {
  const userId = recipientUserId ?? "";
  const { user, found } = await askingOf(db).read({
    user: users.find(userId),
    found: findPatient(clinicId ?? "", userId),
  });
  if (!user?.isCustodial || !found || !isInCustody(found.row)) return "done";
  const { fullName, birthDate, mrn, targetDevices, diagnosisType, email } = found.row;
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
