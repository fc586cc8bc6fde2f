import { CODE_LENGTH_MAX, cutTo, Email } from "../../../platform/core/bounded-text.ts";
import { comparisonKey } from "../../../platform/text/comparison-key.ts";

/** How the messages of EHRs say who a patient is. */

/** A number of a patient, of a type that the EHR names. */
export interface Identifier {
  readonly id: string;
  readonly type: string;
}

/** One of which nothing can be seen is none (`mrn-blank`): an EHR may write it for all who have no number of the type. */
const isNumber = ({ id }: Identifier): boolean => comparisonKey(id.toWellFormed()) !== "";

/** The medical record number: the first identifier of the clinic's type, regardless of case. */
export function mrnAmong(identifiers: readonly Identifier[], mrnIdType: string): string | undefined {
  const sought = mrnIdType.toLowerCase();
  return identifiers.find((it) => it.type.toLowerCase() === sought && isNumber(it))?.id;
}

/** What may be the MRN, by the type of a clinic: the first number of each type. */
export function possibleMrns(identifiers: readonly Identifier[]): readonly Identifier[] {
  const byType = new Map<string, Identifier>();
  for (const it of identifiers) {
    const type = it.type.toLowerCase();
    if (isNumber(it) && !byType.has(type)) byType.set(type, { id: it.id, type });
  }
  return [...byType.values()];
}

/** Our choice: above the number that one person has in one hospital. */
const COMPARED_IDENTIFIERS_MAX = 50;

/**
 * What tells that orders are about one patient, as texts to compare: name with birth date, and each identifier as
 * `type:id`. Two patients who share one are held for one person, which only makes their orders wait for each other.
 */
export function comparedIdentifiers(it: {
  readonly identifiers: readonly Identifier[];
  readonly fullName: string | undefined;
  readonly birthDate: string | undefined;
}): string[] {
  const keys = new Set<string>();
  if (it.fullName !== undefined && it.birthDate !== undefined) {
    keys.add(cutTo(comparisonKey(`${it.birthDate} ${it.fullName}`.toWellFormed()), CODE_LENGTH_MAX));
  }
  for (const { type, id } of it.identifiers.filter(isNumber)) {
    keys.add(cutTo(comparisonKey(`${type}:${id}`.toWellFormed()), CODE_LENGTH_MAX));
    if (keys.size === COMPARED_IDENTIFIERS_MAX) break;
  }
  return [...keys];
}

/** The reference's equality of MRNs and names, with neither case nor accents. */
const collator = new Intl.Collator("en", { sensitivity: "base" });

/** Whether two MRNs or two names are the same to an EHR. Nothing is the same as the empty text. */
export const isSameText = (one: string, other: string): boolean =>
  one !== "" && other !== "" && collator.compare(one, other) === 0;

/** Rule of the specifications: of younger ones somebody else manages the account. */
const OF_AGE_FROM_YEARS = 13;

/** The 13th birthday of somebody born on a date, at midnight UTC in epoch milliseconds. */
export function comesOfAgeAt(birthDate: string): number {
  const [year, month, day] = birthDate.split("-").map(Number);
  // 29 February becomes 1 March. The unknown date, year 1, becomes one of 1914: long ago as well.
  return Date.UTC(year! + OF_AGE_FROM_YEARS, month! - 1, day);
}

/** Characters that RFC 5322 gives a meaning outside of an address. */
const NOT_IN_ADDRESS = /[<>()[\]\\,;:"]/;

/** An e-mail address without a name; undefined for anything else. */
export const plainAddress = (given: string): string | undefined =>
  !NOT_IN_ADDRESS.test(given) && Email.safeParse(given).success ? given : undefined;
