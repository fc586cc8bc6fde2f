import { parsedJson } from "../../platform/core/wire.ts";
import { askingOf } from "../../platform/db/read.ts";
import { findPatient, onePatient } from "../patients/model/read.ts";
import { isInCustody } from "../patients/model/record.ts";
import type { Job } from "../../platform/outbox/registry.ts";
import { newestInCustody } from "./custody-store.ts";

/**
 * Writes what a clinic says of its custodial patient into the profile of the account, as it is now: done late or twice
 * it is the same. Once the account was taken over its profile is its owner's.
 */
export const copyToProfile: Job = async (
  { db, users: { custodial }, now },
  { clinicId, recipientUserId, variables },
) => {
  const [clinic, userId] = [clinicId ?? "", recipientUserId ?? ""];
  if (custodial.where === "ours") {
    // Put in the outbox by a deployment whose accounts were elsewhere then.
    await db.batch([custodial.copyProfile(newestInCustody(onePatient(clinic, userId)), now)]);
    return "done";
  }
  const { found } = await askingOf(db).read({ found: findPatient(clinic, userId) });
  if (!found || !isInCustody(found.row)) return "done";
  const { fullName, birthDate, mrn, targetDevices, diagnosisType, email } = found.row;
  const forgotten = ((JSON.parse(variables) as { Forgotten?: string }).Forgotten ?? "").split(",");
  const said = (name: string, value: unknown) =>
    value !== null || forgotten.includes(name) ? { [name]: value ?? undefined } : {};
  await custodial.writeProfile(userId, {
    email,
    ...said("fullName", fullName),
    patient: {
      ...said("birthday", birthDate),
      ...said("mrn", mrn),
      ...said("targetDevices", targetDevices === null ? null : (parsedJson<string[]>(targetDevices) ?? [])),
      ...said("diagnosisType", diagnosisType),
    },
  });
  return "done";
};
