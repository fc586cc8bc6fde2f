import quickselect from "quickselect";
import type { Page } from "../../../platform/core/wire.ts";
import type { Matches, SortValues } from "./matching-store.ts";
import type { PatientOrder } from "./query.ts";

/**
 * The keys of one page of the matches, in the asked order; equal and missing values in the order of creation. Only the
 * page itself is sorted: what comes before and after it is only told apart from it.
 */
export function pageOfKeys(matches: Matches, order: PatientOrder, { offset, limit }: Page): number[] {
  const { keys } = matches;
  if (order.source.kind === "name") {
    return order.descending
      ? orderedKeys(matches, order).slice(offset, offset + limit)
      : Array.prototype.slice.call(keys, offset, offset + limit);
  }
  const end = Math.min(offset + limit, keys.length);
  if (offset >= end) return [];
  const compare = comparing(matches, order);
  const positions = leading(matches, end, compare);
  const last = positions.length - 1;
  if (offset > 0) quickselect(positions, offset, 0, last, compare);
  if (end <= last) quickselect(positions, end - 1, offset, last, compare);
  return positions
    .slice(offset, end)
    .toSorted(compare)
    .map((i) => keys[i]!);
}

/** Candidates that are looked at together: fewer have to be told apart too often. */
const CANDIDATES_MIN = 1024;

/**
 * The positions of at least the first `count` in the order, and of others: who comes behind so many is passed over by one
 * comparison. All positions where `count` is not small against them.
 */
function leading(matches: Matches, count: number, compare: (i: number, j: number) => number): number[] {
  const { length } = matches.keys;
  const together = Math.max(CANDIDATES_MIN, 4 * count);
  if (together * 2 > length) return positionsOf(matches);
  const candidates: number[] = [];
  let bound: number | undefined;
  for (let i = 0; i < length; i++) {
    if (bound !== undefined && compare(i, bound) > 0) continue;
    candidates.push(i);
    if (candidates.length < together) continue;
    quickselect(candidates, count - 1, 0, together - 1, compare);
    bound = candidates[count - 1]!;
    candidates.length = count;
  }
  return candidates;
}

/** The keys of all matches in the asked order. */
export function orderedKeys(matches: Matches, order: PatientOrder): number[] {
  const { keys, values } = matches;
  if (order.source.kind === "name") return order.descending ? reversedRuns(keys, values) : Array.from(keys);
  return positionsOf(matches)
    .toSorted(comparing(matches, order))
    .map((i) => keys[i]!);
}

const positionsOf = ({ keys }: Matches): number[] => Array.from({ length: keys.length }, (_, i) => i);

/** Compares the matches at two positions; no two are equal. */
function comparing({ keys, values }: Matches, { source, descending }: PatientOrder): (i: number, j: number) => number {
  const direction = descending ? -1 : 1;
  const whereMissing = source.kind === "column" && !descending ? -1 : 1;
  return (i, j) => {
    const a = values[i] as number | string;
    const b = values[j] as number | string;
    const isMissing = isNone(a);
    if (isMissing !== isNone(b)) return isMissing ? whereMissing : -whereMissing;
    return isMissing || a === b ? keys[i]! - keys[j]! : a < b ? -direction : direction;
  };
}

const isNone = (value: number | string | null): boolean => value === null || Number.isNaN(value);

/** Names come ascending: the order of different names is turned round, that of equal ones is kept. */
function reversedRuns(keys: ArrayLike<number>, names: SortValues): number[] {
  const reversed: number[] = [];
  for (let end = keys.length; end > 0; ) {
    let start = end - 1;
    while (start > 0 && names[start - 1] === names[end - 1]) start--;
    for (let i = start; i < end; i++) reversed.push(keys[i]!);
    end = start;
  }
  return reversed;
}
