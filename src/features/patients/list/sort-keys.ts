import { DATE_FLAGS } from "../../summaries/rebuild.ts";
import { columnName, FLAGGED, STATISTICS, type SummaryType } from "../../summaries/model/statistics.ts";
import type { SortSource } from "./query.ts";

const DATES = {
  lastUploadDate: { column: "last_upload_at", flag: DATE_FLAGS.hasLastUploadDate },
  lastData: { column: "last_data_at", flag: DATE_FLAGS.hasLastData },
  firstData: { column: "first_data_at", flag: DATE_FLAGS.hasFirstData },
  outdatedSince: { column: "outdated_since_at", flag: DATE_FLAGS.hasOutdatedSince },
} as const;

/** Statistics the published list of sort fields leaves out. */
const NOT_SORTABLE: Readonly<Record<SummaryType, ReadonlySet<string>>> = {
  cgm: new Set(["timeCGMUseMinutes", "timeCGMUseRecords"]),
  bgm: new Set(["daysWithData"]),
};

function sortSources(type: SummaryType): ReadonlyMap<string, SortSource> {
  const sources = new Map<string, SortSource>([
    ["fullName", { kind: "name" }],
    ["birthDate", { kind: "column", column: "birth_date" }],
    ["lastReviewed", { kind: "column", column: "last_reviewed_at" }],
  ]);
  for (const [field, { column, flag }] of Object.entries(DATES)) {
    sources.set(field, { kind: "date", type, column: `${type}_${column}`, flag });
  }
  for (const { name } of STATISTICS[type]) {
    if (NOT_SORTABLE[type].has(name)) continue;
    const bit = FLAGGED[type].indexOf(name);
    sources.set(name, { kind: "statistic", type, column: columnName(name), flagBit: bit < 0 ? undefined : bit });
    sources.set(`${name}Delta`, { kind: "statistic", type, column: columnName(`${name}Delta`), flagBit: undefined });
  }
  return sources;
}

const SOURCES = { cgm: sortSources("cgm"), bgm: sortSources("bgm") } as const;

/** Where a sort field's values stand; undefined for a field one can't sort by. */
export const sortSource = (type: SummaryType, field: string): SortSource | undefined => SOURCES[type].get(field);

/** The fields one can sort by, of summaries of a type. */
export const sortFields = (type: SummaryType): readonly string[] => [...SOURCES[type].keys()];
