import { toDateTime } from "../../platform/core/wire.ts";
import type { PatientRow } from "../tables/patients.ts";
import type { PatientSummary, Period, SummaryDates } from "./schema.ts";
import { FLAGGED, flagName, STATISTICS, type SummaryType } from "./model/statistics.ts";

/** The period keys every summary has in practice; they come first. */
export const USUAL_PERIODS = ["1d", "7d", "14d", "30d"] as const;

/** The column that the values of a summary's periods come back under: a line each, of key and values with a tab in between. */
export const periodsColumn = (type: SummaryType) => `${type}Periods` as const;

/** The values of a summary's periods by key, those of the usual ones first: `[flags,[value,…],…]` of the view. */
export function periodTexts(type: SummaryType, row: RowWithPeriods): ReadonlyMap<string, string> {
  const text = row[periodsColumn(type)];
  if (typeof text !== "string") return new Map();
  // No control character is part of a key.
  const found = new Map(text.split("\n").map((line) => line.split("\t") as [string, string]));
  const usual = USUAL_PERIODS.filter((period) => found.has(period));
  return new Map([...usual.map((period) => [period, found.get(period)!] as const), ...found]);
}

/** A patient's row with the texts of its periods beside it. */
export type RowWithPeriods = PatientRow & Record<string, unknown>;

export const DATE_FLAGS = { hasFirstData: 1, hasLastData: 2, hasLastUploadDate: 4, hasOutdatedSince: 8 } as const;

/** The head of a summary, as it stands on the patient's row. */
export type Head = {
  summaryId: string | null;
  schemaVersion: number | null;
  lowThreshold: number | null;
  veryLowThreshold: number | null;
  highThreshold: number | null;
  veryHighThreshold: number | null;
  dateFlags: number | null;
  firstDataAt: number | null;
  lastDataAt: number | null;
  lastUploadAt: number | null;
  lastUpdatedAt: number | null;
  outdatedSinceAt: number | null;
  outdatedSinceLimitAt: number | null;
  lastUpdatedReason: string | null;
  outdatedReason: string | null;
};

const headColumns = (type: SummaryType): Record<keyof Head, string> => ({
  summaryId: `${type}SummaryId`,
  schemaVersion: `${type}SchemaVersion`,
  lowThreshold: `${type}LowThreshold`,
  veryLowThreshold: `${type}VeryLowThreshold`,
  highThreshold: `${type}HighThreshold`,
  veryHighThreshold: `${type}VeryHighThreshold`,
  dateFlags: `${type}DateFlags`,
  firstDataAt: `${type}FirstDataAt`,
  lastDataAt: `${type}LastDataAt`,
  lastUploadAt: `${type}LastUploadAt`,
  lastUpdatedAt: `${type}LastUpdatedAt`,
  outdatedSinceAt: `${type}OutdatedSinceAt`,
  outdatedSinceLimitAt: `${type}OutdatedSinceLimitAt`,
  lastUpdatedReason: `${type}LastUpdatedReason`,
  outdatedReason: `${type}OutdatedReason`,
});
/** Made once: building a name at every lookup costs more than the lookup. */
const HEAD_COLUMNS = { cgm: headColumns("cgm"), bgm: headColumns("bgm") } as const;

/** The summary as it was given: from the head on the patient's row and the values of its periods; undefined without one. */
export function rebuildSummary(row: RowWithPeriods): PatientSummary | undefined {
  const cgmStats = rebuildStats("cgm", row);
  const bgmStats = rebuildStats("bgm", row);
  if (!cgmStats && !bgmStats) return undefined;
  return { ...(cgmStats && { cgmStats }), ...(bgmStats && { bgmStats }) };
}

function rebuildStats(type: SummaryType, row: RowWithPeriods) {
  const stats = rebuildStatsHead(type, row);
  const periods = stats && rebuildPeriods(type, row);
  return periods ? { ...stats, periods } : stats;
}

/** One type of a summary without its periods; undefined where there is none. */
export function rebuildStatsHead(type: SummaryType, row: RowWithPeriods) {
  const head = (name: keyof Head) => row[HEAD_COLUMNS[type][name]] as never;
  const id: string | null = head("summaryId");
  if (id === null) return undefined;
  return {
    id,
    config: {
      schemaVersion: head("schemaVersion") ?? 0,
      highGlucoseThreshold: head("highThreshold") ?? 0,
      veryHighGlucoseThreshold: head("veryHighThreshold") ?? 0,
      lowGlucoseThreshold: head("lowThreshold") ?? 0,
      veryLowGlucoseThreshold: head("veryLowThreshold") ?? 0,
    },
    dates: rebuildDates(head),
  };
}

function rebuildDates(head: (name: keyof Head) => never): SummaryDates {
  const flags: number = head("dateFlags") ?? 0;
  const instant = (name: keyof Head) => {
    const ms: number | null = head(name);
    return ms === null ? undefined : toDateTime(ms);
  };
  const reasons = (name: keyof Head) => {
    const text: string | null = head(name);
    return text === null ? undefined : (JSON.parse(text) as string[]);
  };
  return {
    lastUpdatedDate: instant("lastUpdatedAt"),
    lastUpdatedReason: reasons("lastUpdatedReason"),
    hasFirstData: (flags & DATE_FLAGS.hasFirstData) !== 0,
    firstData: instant("firstDataAt"),
    hasLastData: (flags & DATE_FLAGS.hasLastData) !== 0,
    lastData: instant("lastDataAt"),
    hasLastUploadDate: (flags & DATE_FLAGS.hasLastUploadDate) !== 0,
    lastUploadDate: instant("lastUploadAt"),
    hasOutdatedSince: (flags & DATE_FLAGS.hasOutdatedSince) !== 0,
    outdatedSince: instant("outdatedSinceAt"),
    outdatedSinceLimit: instant("outdatedSinceLimitAt"),
    outdatedReason: reasons("outdatedReason"),
  };
}

function rebuildPeriods(type: SummaryType, row: RowWithPeriods): Record<string, Period> | undefined {
  const texts = periodTexts(type, row);
  if (texts.size === 0) return undefined;
  return Object.fromEntries([...texts].map(([period, text]) => [period, rebuildPeriod(type, JSON.parse(text))]));
}

/** Made once: the names of the members are the same in every period. */
export const FLAG_NAMES = { cgm: FLAGGED.cgm.map(flagName), bgm: FLAGGED.bgm.map(flagName) } as const;
const memberNames = (type: SummaryType) => STATISTICS[type].flatMap(({ name }) => [name, `${name}Delta`]);
/** A statistic and its Delta after the other, in the order of the columns. */
export const MEMBER_NAMES = { cgm: memberNames("cgm"), bgm: memberNames("bgm") } as const;

function rebuildPeriod(type: SummaryType, [flags, ...chunks]: unknown[]): Period {
  const period: Period = {};
  FLAG_NAMES[type].forEach((name, i) => (period[name] = Math.floor((flags as number) / 2 ** i) % 2 === 1));
  const names = MEMBER_NAMES[type];
  (chunks.flat() as (number | null)[]).forEach((value, i) => {
    if (value !== null) period[names[i]!] = value;
  });
  return period;
}
