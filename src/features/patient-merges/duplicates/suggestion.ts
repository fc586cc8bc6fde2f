import { isInCustody } from "../../patients/model/record.ts";
import { hasData } from "../rules.ts";
import type { Candidate } from "./candidates-store.ts";

/** Why one of two records is suggested as the one that stays, in the order in which it is asked. */
export const WHYS = ["claimed", "data", "newerData", "mrn", "older"] as const;
export type Why = (typeof WHYS)[number];

/** When the newest data of a record is from, as far as its summaries say. */
export const lastDataAt = (it: Candidate): number => Math.max(it.cgmLastDataAt ?? 0, it.bgmLastDataAt ?? 0);

/** What speaks for a record; of two it is the one with more. */
const SPEAKS: Record<Exclude<Why, "older">, (it: Candidate) => number> = {
  claimed: (it) => (isInCustody(it) ? 0 : 1),
  data: (it) => (hasData(it) ? 1 : 0),
  newerData: lastDataAt,
  mrn: (it) => (it.mrnKey === null ? 0 : 1),
};

/** Which of two records is to stay, the older one given first, and why. */
export function suggest(
  a: Candidate,
  b: Candidate,
): { readonly target: Candidate; readonly source: Candidate; readonly why: Why } {
  for (const why of WHYS) {
    const more = why === "older" ? 1 : SPEAKS[why](a) - SPEAKS[why](b);
    if (more !== 0) return { ...(more > 0 ? { target: a, source: b } : { target: b, source: a }), why };
  }
  throw new Error("one of two is older");
}

/** What would block the merge whatever is accepted, as far as the two rows alone show it. */
export const blockedBy = (a: Candidate, b: Candidate): ("demo-patient" | "both-claimed")[] => [
  ...(a.isDemo || b.isDemo ? (["demo-patient"] as const) : []),
  ...(isInCustody(a) || isInCustody(b) ? [] : (["both-claimed"] as const)),
];
