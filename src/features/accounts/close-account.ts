import { askingOf } from "../../platform/db/read.ts";
import type { Job } from "../../platform/outbox/registry.ts";
import { findTraces, patientSomewhere } from "./account-store.ts";
import { endClaim } from "./claims-store.ts";
import { revokeMailedTokens } from "./tokens-store.ts";

/**
 * Closes a custodial account whose record a clinic has deleted, unless it was taken over or another clinic has it still.
 * An account without data is removed; one with data stays, without its address, so that the data has an owner and the
 * address is free again; so does one that the undo of a merge may need, as long as it may. What mails to it open is closed as well.
 */
export const closeAccount: Job = async ({ db, users, now }, { recipientUserId }) => {
  const userId = recipientUserId ?? "";
  const { user, traces } = await askingOf(db).read({ user: users.find(userId), traces: findTraces(userId, now) });
  if (!user?.isCustodial || traces.isPatient) return "done";
  const { hasData, neededUntil } = traces;
  const change =
    hasData || neededUntil !== null
      ? await users.changeCustodialEmail({ id: userId, email: null, now })
      : await users.removeCustodial(userId, patientSomewhere(userId));
  await db.batch([...change.steps, endClaim(userId), revokeMailedTokens(userId)]);
  return hasData || neededUntil === null ? "done" : { waitUntil: neededUntil };
};
