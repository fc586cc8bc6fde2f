import { likenessOf, sharedTraits, type Likeness, type Trait } from "../rules.ts";
import type { Member, Phase } from "./scan-store.ts";

/** A group of more records than this is a crowd, whose pairs nobody would look through. */
export const PAIRED_AT_MOST = 10;

export interface Pair {
  readonly patients: readonly [Member, Member];
  readonly shared: readonly Trait[];
  readonly likeness: Likeness;
}

const hasBoth = (shared: readonly Trait[]) => shared.includes("fullName") && shared.includes("birthDate");

/** Whether an earlier phase lists the pair: each pair is listed once. */
const isListedBefore = (phase: Phase, shared: readonly Trait[]) =>
  (phase > 1 && hasBoth(shared)) || (phase > 2 && shared.includes("mrn"));

/** The pairs of a group, the older record first, that are of a likeness asked for and that no earlier phase has. */
export function pairsOf(phase: Phase, group: readonly Member[], asked: ReadonlySet<Likeness>): Pair[] {
  const members = group.toSorted((a, b) => a.key - b.key);
  return members.flatMap((a, i) =>
    members.slice(i + 1).flatMap((b): Pair[] => {
      const shared = sharedTraits(a, b);
      const likeness = likenessOf(shared);
      return asked.has(likeness) && !isListedBefore(phase, shared) ? [{ patients: [a, b], shared, likeness }] : [];
    }),
  );
}

/** The phases that can give what is asked, in their order. */
export const phasesFor = (asked: ReadonlySet<Likeness>): Phase[] => [
  ...(asked.has("likely") ? ([1] as const) : []),
  ...(asked.has("likely") || asked.has("mrnOnly") ? ([2] as const) : []),
  ...(asked.has("nameOnly") ? ([3] as const) : []),
];
