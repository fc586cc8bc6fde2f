import { isRefusal } from "../../platform/core/errors.ts";
import { AccountClaimed, EMAIL_IS_TAKEN } from "../../platform/accounts/directory.ts";
import { askingOf } from "../../platform/db/read.ts";
import type { Job } from "../../platform/outbox/registry.ts";
import { findAddressInCustody } from "./account-store.ts";

/**
 * Gives the accounts of two records that were merged, or parted again, the addresses that these have now: first the account
 * that loses one, then the recipient's. Done late or twice it is the same. An account that was claimed keeps its address.
 */
export const moveAddress: Job = async ({ db, users, now }, { recipientUserId, variables }) => {
  const { From } = JSON.parse(variables) as { From?: string };
  for (const id of [From ?? "", recipientUserId ?? ""]) {
    const { user, kept } = await askingOf(db).read({ user: users.find(id), kept: findAddressInCustody(id) });
    const email = kept?.email ?? null;
    if (!user?.isCustodial || user.email === email) continue;
    try {
      await db.batch((await users.changeCustodialEmail({ id, email, now })).steps);
    } catch (error) {
      // Somebody else's by now: the record keeps it, and no link is sent to an account without it.
      if (!(error instanceof AccountClaimed || isRefusal(error, EMAIL_IS_TAKEN))) throw error;
    }
  }
  return "done";
};
