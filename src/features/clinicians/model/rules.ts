import type { Role } from "../../access/grants.ts";
import { comparisonKey } from "../../../platform/text/comparison-key.ts";

/** What a search looks in, and what its results are ordered by: the key of the name, then that of the address. */
export const clinicianSearchKey = (name: string | null, email: string | null): string =>
  `${comparisonKey(name ?? "")}\n${comparisonKey(email ?? "")}`;

/** Is in no search key. */
const NOBODYS = "\n\n";

/**
 * The words of a search; a clinician is found when all of them are somewhere in the search key. Blanks alone are no search; one for
 * nothing that can be seen, or with a NUL, finds nobody.
 */
export function searchWords(search: string): string[] {
  const words = comparisonKey(search)
    .split(" ")
    .filter((word) => word !== "");
  const isInNoKey = search.includes("\0") || (words.length === 0 && search.trim() !== "");
  return isInNoKey ? [NOBODYS] : words;
}

/** Whether two lists name the same roles, in whatever order. */
export const areSameRoles = (a: readonly Role[], b: readonly Role[]): boolean =>
  a.length === b.length && a.every((role) => b.includes(role));

/** What a service account may do: see the clinic's patients and work with them, as a plain member. */
export const SERVICE_ACCOUNT_ROLES: readonly Role[] = ["CLINIC_MEMBER"];

/** What a mail calls a caller without a name who acts for a clinic. */
export const NAMELESS_ADMIN = "Clinic administrator";
