import { AccountClaimed, EMAIL_IS_TAKEN } from "../../platform/accounts/directory.ts";
import { conflict, isRefusal } from "../../platform/core/errors.ts";
import { StaleRead } from "../../platform/core/stale.ts";

/** Attempts at what others change meanwhile. */
const ATTEMPTS_MAX = 10;

/** Reads, plans and commits, and again where a record, an account or an address was changed in between. */
export async function replanned<T>(attempt: () => Promise<T>): Promise<T> {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      const isStale = error instanceof StaleRead || error instanceof AccountClaimed || isRefusal(error, EMAIL_IS_TAKEN);
      if (!isStale) throw error;
      if (made === ATTEMPTS_MAX) throw conflict();
    }
  }
}
