import { likenessOf, sharedTraits, type Likeness, TRAITS, type Trait } from "../rules.ts";
import type { Candidate } from "./candidates-store.ts";
import type { Mark } from "../marks-store.ts";
import type { Member } from "./scan-store.ts";

/** A group of more records than this is a crowd, whose pairs nobody would look through. */
export const PAIRED_AT_MOST = 10;

/** What can be asked for. */
export const LIKENESSES = ["likely", "mrnOnly", "nameOnly"] as const;
/** A shared name alone is mostly two people. */
export const LIKELY_ENOUGH: readonly Likeness[] = ["likely", "mrnOnly"];

/** 1: equal name and birth date. 2: equal MRN. 3: equal name. */
export type Phase = 1 | 2 | 3;
/** What the records of a group of a phase share at least. */
export const SHARED_IN: Record<Phase, readonly Trait[]> = { 1: ["fullName", "birthDate"], 2: ["mrn"], 3: ["fullName"] };

/** Records of equal keys: how many, and the key of one of them, by which a cursor finds the group again. */
export interface Group {
  readonly phase: Phase;
  readonly nameKey: string | null;
  readonly birthDate: string | null;
  readonly mrnKey: string | null;
  readonly patients: number;
  readonly key: number;
}

export interface Pair {
  readonly patients: readonly [Candidate, Candidate];
  readonly shared: readonly Trait[];
  readonly mark: Mark | undefined;
}

const hasBoth = (shared: readonly Trait[]) => shared.includes("fullName") && shared.includes("birthDate");

/** Whether an earlier phase lists the pair: each pair is listed once. */
const isListedBefore = (phase: Phase, shared: readonly Trait[]) =>
  (phase > 1 && hasBoth(shared)) || (phase > 2 && shared.includes("mrn"));

/** The traits of a mark, which has them as bits. */
export const traitsIn = (bits: number): Trait[] => TRAITS.filter((_, i) => (bits >> i) & 1);

/** A mark ends for the list once the two share something that they did not share when they were marked. */
const isInForce = ({ mark, shared }: Pair) =>
  mark !== undefined && shared.every((trait) => traitsIn(mark.shared).includes(trait));

/** Two records as a pair, the older first. */
export const pairOf = (a: Candidate, b: Candidate, mark: Mark | undefined): Pair => ({
  patients: [a, b],
  shared: sharedTraits(a, b),
  mark,
});

/** The pairs of a group that are of a likeness asked for, that no earlier phase has and nobody has said to be two people. */
export function pairsOf(phase: Phase, group: readonly Member[], asked: ReadonlySet<Likeness>): Pair[] {
  const members = group.toSorted((a, b) => a.key - b.key);
  return members.flatMap((a, i) => {
    const marks = new Map(
      (JSON.parse(a.marks) as [number, number, string, number][]).map(([higherKey, shared, markedBy, markedAt]) => [
        higherKey,
        { lowerKey: a.key, higherKey, shared, markedBy, markedAt },
      ]),
    );
    return members
      .slice(i + 1)
      .map((b) => pairOf(a, b, marks.get(b.key)))
      .filter((pair) => asked.has(likenessOf(pair.shared)) && !isListedBefore(phase, pair.shared) && !isInForce(pair));
  });
}

/** The phases that can give what is asked, in their order. */
export const phasesFor = (asked: ReadonlySet<Likeness>): Phase[] => [
  ...(asked.has("likely") ? ([1] as const) : []),
  ...(asked.has("likely") || asked.has("mrnOnly") ? ([2] as const) : []),
  ...(asked.has("nameOnly") ? ([3] as const) : []),
];
