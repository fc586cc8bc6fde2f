import { type Column, numberColumn, statisticColumn } from "../patients/list/columns-store.ts";
import { atAnyOf, type Condition as OnPatients, matching, withTags } from "../patients/list/matching.ts";
import type { Roster } from "../patients/list/roster.ts";
import type { Wanted } from "../patients/list/rosters.ts";
import { type Candidate, CATEGORIES, type Condition, type Silent } from "./rules.ts";
import type { TideQuery } from "./schema.ts";
import { LOST_CONNECTION, type Matches } from "./store.ts";

const LAST_DATA = numberColumn("cgm_last_data_at");

const statistic = (field: string, period: string): Column => statisticColumn({ type: "cgm", field }, period);

const taggedAndAt = ({ tags, sites }: TideQuery): OnPatients[] => [
  ...withTags(tags),
  ...(sites ? [atAnyOf(sites)] : []),
];

/** What a report looks at of each patient. */
export function wantedByTide(query: TideQuery): Wanted {
  const asked = query.categories.flatMap((name) => [...CATEGORIES[name].all, ...CATEGORIES[name].none]);
  const columns = [
    ...taggedAndAt(query).flatMap((condition) => condition.columns),
    LAST_DATA,
    ...(query.excludeNoData ? [] : [LOST_CONNECTION]),
    ...asked.map((condition) => statistic(condition.statistic, query.period)),
  ];
  return { columns: [...new Map(columns.map((column) => [column.name, column])).values()], isByName: false };
}

/** Who is of which category and who is without data, as `tideMatches` finds it. The roster has the wanted columns. */
export function tideMatchesIn(
  roster: Roster,
  query: TideQuery & { lastDataCutoff: number },
  silentBefore: number,
): Matches {
  const { period, lastDataCutoff: cutoff, excludeNoData } = query;
  const matches = matching(roster, taggedAndAt(query));
  const lastData = roster.numbers(LAST_DATA.name);
  const lost = excludeNoData ? undefined : roster.numbers(LOST_CONNECTION.name);
  const holds = ({ statistic: field, comparator, bound }: Condition) => {
    const values = roster.numbers(statistic(field, period).name);
    if (comparator === "<") return (position: number) => values[position]! < bound;
    return comparator === ">"
      ? (position: number) => values[position]! > bound
      : (position: number) => values[position]! >= bound;
  };
  const categories = query.categories.map((name) => {
    const { all, none, orderBy, descending } = CATEGORIES[name];
    const [allHold, noneHolds] = [all.map(holds), none.map(holds)];
    return {
      isOf: (position: number) => allHold.every((test) => test(position)) && !noneHolds.some((test) => test(position)),
      values: roster.numbers(statistic(orderBy, period).name),
      sign: descending ? -1 : 1,
    };
  });
  const candidates: Candidate[] = [];
  const silent: Silent[] = [];
  for (let position = 0; position < matches.length; position++) {
    if (matches[position] === 0) continue;
    const at = lastData[position]!;
    // Without fresh data the statistics count as missing, and who has none is of no category.
    const category = at >= cutoff ? categories.findIndex(({ isOf }) => isOf(position)) : -1;
    if (category >= 0) {
      const { values, sign } = categories[category]!;
      candidates.push({ key: roster.keyAt(position), category, value: sign * values[position]! });
    }
    if (lost === undefined) continue;
    if (Number.isNaN(at)) silent.push({ key: roster.keyAt(position), lastDataAt: null });
    else if (at < silentBefore && (at < cutoff || lost[position] === 1)) {
      silent.push({ key: roster.keyAt(position), lastDataAt: at });
    }
  }
  return { candidates, silent };
}
