import { UNKNOWN_DATE } from "../../platform/text/unknown-date.ts";
import type { PatientRow } from "../tables/patients.ts";

/** Why a merge is blocked though nobody can accept it, and what a caller may accept; each in the order of the answers. */
export const FINAL = [
  "demo-patient",
  "both-claimed",
  "source-claimed",
  "mrn-taken",
  "email-not-free",
  "take-not-possible",
] as const;
export const ACCEPTABLE = [
  "not-alike",
  "marked-distinct",
  "data-stays",
  "connection-stays",
  "orders-end",
  "records-elsewhere",
] as const;
export type Acceptable = (typeof ACCEPTABLE)[number];
export type Reason = (typeof FINAL)[number] | Acceptable;

/** What two records have in common, in the order in which it is listed. */
export const TRAITS = ["mrn", "fullName", "birthDate"] as const;
export type Trait = (typeof TRAITS)[number];
export type Likeness = "likely" | "mrnOnly" | "nameOnly" | "none";

type Compared = Pick<PatientRow, "mrnKey" | "nameKey" | "birthDate">;

/** Blanks and unknown dates match nothing. */
export function sharedTraits(a: Compared, b: Compared): Trait[] {
  const same = (x: string | null, y: string | null, none = "") => x !== null && x !== "" && x !== none && x === y;
  return TRAITS.filter((trait) =>
    trait === "mrn"
      ? same(a.mrnKey, b.mrnKey)
      : trait === "fullName"
        ? same(a.nameKey, b.nameKey)
        : same(a.birthDate, b.birthDate, UNKNOWN_DATE),
  );
}

export function likenessOf(shared: readonly Trait[]): Likeness {
  if (shared.length > 1) return "likely";
  if (shared[0] === "mrn") return "mrnOnly";
  return shared[0] === "fullName" ? "nameOnly" : "none";
}

/** Whether a record says of itself that its account has data. */
export const hasData = (row: Pick<PatientRow, "cgmSummaryId" | "bgmSummaryId" | "dataSources">): boolean =>
  row.cgmSummaryId !== null || row.bgmSummaryId !== null || (row.dataSources ?? "").includes('"dataSourceId"');

export const isBlank = (value: string | null): boolean =>
  value === null || value === "" || value === "[]" || value === UNKNOWN_DATE;

/** A subscription of an EHR's orders, as far as it is decided by. */
interface Subscription {
  readonly active?: boolean;
  readonly updatedAt?: number;
}
export type Subscriptions = Readonly<Record<string, Subscription>>;
export type Side = "target" | "source";

export interface EhrPlan {
  readonly name: string;
  readonly from: Side;
  readonly ends: readonly Side[];
}

/**
 * Whose subscription stays, name by name. Where both have the MRN an order was about: the active one, of two the one updated
 * last. Otherwise those of the record whose MRN stays; the other's are not brought over.
 */
export function planSubscriptions(
  target: Subscriptions,
  source: Subscriptions,
  kept: Side | "both",
): { readonly result: Subscriptions; readonly plan: readonly EhrPlan[] } {
  const result: Record<string, Subscription> = {};
  const plan: EhrPlan[] = [];
  for (const name of [...new Set([...Object.keys(target), ...Object.keys(source)])].toSorted()) {
    const own = target[name];
    const other = source[name];
    const isLater = (other?.updatedAt ?? 0) > (own?.updatedAt ?? 0);
    const from: Side = kept === "both" ? (other?.active && (!own?.active || isLater) ? "source" : "target") : kept;
    const chosen = from === "source" ? other : own;
    if (chosen) result[name] = chosen;
    const ends = [
      ...(from === "source" && own?.active ? (["target"] as const) : []),
      ...(from === "target" && other?.active ? (["source"] as const) : []),
    ];
    if (chosen || ends.length > 0) plan.push({ name, from, ends });
  }
  return { result, plan };
}

/** Both lists as one, each entry once, the first list's before what only the second has. */
export const union = (first: readonly string[], second: readonly string[]): string[] => [
  ...new Set([...first, ...second]),
];
