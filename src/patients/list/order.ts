import type { Page } from "../../core/wire.ts";
import type { Matches } from "./matching.ts";
import type { PatientOrder } from "./query.ts";

/** The keys of one page of the matches, in the asked order; equal and missing values in the order of creation. */
export function pageOfKeys(matches: Matches, order: PatientOrder, { offset, limit }: Page): number[] {
  return orderedKeys(matches, order).slice(offset, offset + limit);
}

/** The keys of all matches in the asked order. */
export function orderedKeys({ keys, values }: Matches, { source, descending }: PatientOrder): number[] {
  if (source.kind === "name") return descending ? reversedRuns(keys, values) : [...keys];
  const present: number[] = [];
  const missing: number[] = [];
  for (let i = 0; i < keys.length; i++) (values[i] === null ? missing : present).push(i);
  const direction = descending ? -1 : 1;
  present.sort((a, b) => direction * compare(values[a]!, values[b]!) || keys[a]! - keys[b]!);
  missing.sort((a, b) => keys[a]! - keys[b]!);
  const missingFirst = source.kind === "column" && !descending;
  return (missingFirst ? [...missing, ...present] : [...present, ...missing]).map((i) => keys[i]!);
}

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Names come ascending: the order of different names is turned round, that of equal ones is kept. */
function reversedRuns(keys: readonly number[], names: readonly (number | string | null)[]): number[] {
  const reversed: number[] = [];
  for (let end = keys.length; end > 0; ) {
    let start = end - 1;
    while (start > 0 && names[start - 1] === names[end - 1]) start--;
    for (let i = start; i < end; i++) reversed.push(keys[i]!);
    end = start;
  }
  return reversed;
}
