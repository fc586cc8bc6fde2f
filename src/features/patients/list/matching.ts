import { searchKey } from "../../../platform/text/comparison-key.ts";
import {
  type Column,
  labelColumn,
  numberColumn,
  sortColumn,
  STANDARD_RANGES,
  statisticColumn,
  TEXTS,
} from "./columns-store.ts";
import type { Matches } from "./matching-store.ts";
import type { PatientFilter, PatientOrder, StatisticFilter } from "./query.ts";
import type { Roster } from "./roster.ts";
import type { Wanted } from "./rosters.ts";

/**
 * A condition on the patients at the positions of a roster, and the columns it looks at. It is tested on all of them in a loop
 * of its own, which takes a fifth of the time of a call for each position.
 */
export interface Condition {
  readonly columns: readonly Column[];
  /** Takes the positions where it doesn't hold out of those that match, which are 1 and the others 0. */
  readonly narrow: (roster: Roster, matches: Uint8Array) => void;
}

/** What a list looks at of each patient. */
interface WantedByList extends Wanted {
  readonly conditions: readonly Condition[];
  readonly sort: Column | undefined;
}

export function wantedOf(filter: PatientFilter, { source }: PatientOrder): WantedByList {
  const conditions = conditionsOf(filter);
  const sort = source.kind === "name" ? undefined : sortColumn(source, filter.period);
  const columns = new Map<string, Column>();
  for (const column of [...conditions.flatMap((condition) => condition.columns), ...(sort ? [sort] : [])])
    columns.set(column.name, column);
  return { conditions, sort, columns: [...columns.values()], isByName: !sort };
}

/** The patients of a roster who match, as a statement would find them (`Matches`). The roster has the wanted columns. */
export function matchesIn(roster: Roster, { conditions, sort }: WantedByList): Matches {
  const matches = matching(roster, conditions);
  return sort ? withValues(roster, matches, sort) : inOrderOfNames(roster, matches);
}

/** Which positions match. */
export function matching(roster: Roster, conditions: readonly Condition[]): Uint8Array {
  const matches = roster.present();
  for (const { narrow } of conditions) narrow(roster, matches);
  return matches;
}

function countOf(matches: Uint8Array): number {
  let count = 0;
  for (let position = 0; position < matches.length; position++) count += matches[position]!;
  return count;
}

function inOrderOfNames(roster: Roster, matches: Uint8Array): Matches {
  const count = countOf(matches);
  const [keys, values] = [new Float64Array(count), new Float64Array(count)];
  const { positions, names } = roster.byName!;
  for (let i = 0, at = 0; i < positions.length; i++) {
    if (matches[positions[i]!] === 0) continue;
    keys[at] = roster.keyAt(positions[i]!);
    values[at] = names[i]!;
    at += 1;
  }
  return { keys, values };
}

function withValues(roster: Roster, matches: Uint8Array, { name, isText }: Column): Matches {
  const count = countOf(matches);
  const all = isText ? roster.texts(name) : roster.numbers(name);
  const keys = new Float64Array(count);
  const values = isText ? Array<string | null>(count).fill(null) : new Float64Array(count);
  for (let position = 0, at = 0; position < matches.length; position++) {
    if (matches[position] === 0) continue;
    keys[at] = roster.keyAt(position);
    values[at] = all[position] as never;
    at += 1;
  }
  return { keys, values };
}

type Comparator = StatisticFilter["comparator"];

/** Of NaN, a number that is not there, nothing is true. */
const NARROWED: Readonly<Record<Comparator, (values: Float64Array, bound: number, matches: Uint8Array) => void>> = {
  ">="(values, bound, matches) {
    for (let i = 0; i < matches.length; i++) if (!(values[i]! >= bound)) matches[i] = 0;
  },
  ">"(values, bound, matches) {
    for (let i = 0; i < matches.length; i++) if (!(values[i]! > bound)) matches[i] = 0;
  },
  "<="(values, bound, matches) {
    for (let i = 0; i < matches.length; i++) if (!(values[i]! <= bound)) matches[i] = 0;
  },
  "<"(values, bound, matches) {
    for (let i = 0; i < matches.length; i++) if (!(values[i]! < bound)) matches[i] = 0;
  },
};

/** Whether a number is there and as it should be. */
const onNumber = (column: Column, comparator: Comparator, bound: number): Condition => ({
  columns: [column],
  narrow: (roster, matches) => NARROWED[comparator](roster.numbers(column.name), bound, matches),
});

/** Columns of truth values are 0, 1 or not there. */
const isTrue = (column: Column): Condition => onNumber(column, ">=", 1);

function conditionsOf(filter: PatientFilter): Condition[] {
  const conditions: Condition[] = [];
  const { tags, sites, search, reviewedUntil } = filter;
  for (const type of ["cgm", "bgm"] as const) {
    const { from, before } = filter.lastData[type];
    const column = numberColumn(`${type}_last_data_at`);
    if (from !== undefined) conditions.push(onNumber(column, ">=", from));
    if (before !== undefined) conditions.push(onNumber(column, "<", before));
  }
  if (reviewedUntil !== undefined) {
    conditions.push(onNumber(numberColumn("last_reviewed_at"), "<=", reviewedUntil));
  }
  for (const condition of filter.statistics) {
    const { comparator, value } = condition;
    conditions.push(onNumber(statisticColumn(condition, filter.period), comparator, value));
  }
  if (filter.onlyStandardRanges) conditions.push(isTrue(STANDARD_RANGES));
  if (tags !== undefined) conditions.push(...withTags(tags));
  if (sites !== undefined) conditions.push(atAnyOf(sites));
  if (search !== undefined) conditions.push(found(search));
  return conditions;
}

/** Patients with all of these tags; without any id, patients without tags. */
export function withTags(ids: readonly string[]): Condition[] {
  const wanted: readonly (string | undefined)[] = ids.length > 0 ? [...new Set(ids)] : [undefined];
  return wanted.map((id) => isTrue(labelColumn("tags", id)));
}

/** Patients at any of these sites; without any id, patients without sites. */
export function atAnyOf(ids: readonly string[]): Condition {
  const wanted: readonly (string | undefined)[] = ids.length > 0 ? [...new Set(ids)] : [undefined];
  const columns = wanted.map((id) => labelColumn("sites", id));
  return {
    columns,
    narrow(roster, matches) {
      const lists = columns.map(({ name }) => roster.numbers(name));
      for (let i = 0; i < matches.length; i++) {
        if (matches[i] === 1 && !lists.some((list) => list[i] === 1)) matches[i] = 0;
      }
    },
  };
}

/** A search for nothing that can be seen finds nobody, as does one with the character that ends a text for the database. */
function found(search: string): Condition {
  const key = search.includes("\0") ? "" : searchKey(search).toWellFormed();
  return {
    columns: [TEXTS],
    narrow(roster, matches) {
      const texts = roster.texts(TEXTS.name);
      for (let i = 0; i < matches.length; i++) {
        if (matches[i] === 1 && (key === "" || !texts[i]!.includes(key))) matches[i] = 0;
      }
    },
  };
}
