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

/** A condition on the patients at the positions of a roster, and the columns it looks at. */
export interface Condition {
  readonly columns: readonly Column[];
  readonly holds: (roster: Roster) => (position: number) => boolean;
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

/** Which positions match: in their order, as the values lie in memory, whatever order is asked for. */
export function matching(roster: Roster, conditions: readonly Condition[]): Uint8Array {
  const matches = new Uint8Array(roster.length).fill(1);
  for (const test of [roster.isThere, ...conditions.map(({ holds }) => holds(roster))]) {
    for (let position = 0; position < matches.length; position++) {
      if (matches[position] === 1 && !test(position)) matches[position] = 0;
    }
  }
  return matches;
}

function inOrderOfNames(roster: Roster, matches: Uint8Array): Matches {
  const keys: number[] = [];
  const values: number[] = [];
  const { positions, names } = roster.byName!;
  for (let i = 0; i < positions.length; i++) {
    if (matches[positions[i]!] === 0) continue;
    keys.push(roster.keyAt(positions[i]!));
    values.push(names[i]!);
  }
  return { keys, values };
}

function withValues(roster: Roster, matches: Uint8Array, { name, isText }: Column): Matches {
  const keys: number[] = [];
  const values: (number | string | null)[] = [];
  const numbers = isText ? undefined : roster.numbers(name);
  const texts = isText ? roster.texts(name) : undefined;
  for (let position = 0; position < matches.length; position++) {
    if (matches[position] === 0) continue;
    keys.push(roster.keyAt(position));
    const number = numbers ? numbers[position]! : 0;
    values.push(texts ? texts[position]! : Number.isNaN(number) ? null : number);
  }
  return { keys, values };
}

/** Whether a number, where there is one, is as it should be: of NaN nothing is true. */
const onNumber = (column: Column, test: (value: number) => boolean): Condition => ({
  columns: [column],
  holds(roster) {
    const numbers = roster.numbers(column.name);
    return (position) => test(numbers[position]!);
  },
});

const isTrue = (column: Column): Condition => onNumber(column, (value) => value === 1);

const COMPARED: Readonly<Record<StatisticFilter["comparator"], (bound: number) => (value: number) => boolean>> = {
  ">=": (bound) => (value) => value >= bound,
  ">": (bound) => (value) => value > bound,
  "<=": (bound) => (value) => value <= bound,
  "<": (bound) => (value) => value < bound,
};

function conditionsOf(filter: PatientFilter): Condition[] {
  const conditions: Condition[] = [];
  const { tags, sites, search, reviewedUntil } = filter;
  for (const type of ["cgm", "bgm"] as const) {
    const { from, before } = filter.lastData[type];
    const column = numberColumn(`${type}_last_data_at`);
    if (from !== undefined) conditions.push(onNumber(column, COMPARED[">="](from)));
    if (before !== undefined) conditions.push(onNumber(column, COMPARED["<"](before)));
  }
  if (reviewedUntil !== undefined) {
    conditions.push(onNumber(numberColumn("last_reviewed_at"), COMPARED["<="](reviewedUntil)));
  }
  for (const condition of filter.statistics) {
    conditions.push(
      onNumber(statisticColumn(condition, filter.period), COMPARED[condition.comparator](condition.value)),
    );
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
    holds(roster) {
      const lists = columns.map(({ name }) => roster.numbers(name));
      return (position) => lists.some((list) => list[position] === 1);
    },
  };
}

/** A search for nothing that can be seen finds nobody, as does one with the character that ends a text for the database. */
function found(search: string): Condition {
  const key = search.includes("\0") ? "" : searchKey(search).toWellFormed();
  return {
    columns: [TEXTS],
    holds(roster) {
      const texts = roster.texts(TEXTS.name);
      return (position) => key !== "" && texts[position]!.includes(key);
    },
  };
}
