import { toDateTime } from "../core/wire.ts";
import type { PatientRow } from "../patients/record.ts";
import type { PatientSummary, Period, SummaryDates } from "./schema.ts";
import { FLAGGED, flagName, STATISTICS, type SummaryType } from "./statistics.ts";

/** The period keys every summary has in practice; each is read with a row of its own. */
export const USUAL_PERIODS = ["1d", "7d", "14d", "30d"] as const;

/** The column a usual period's values come back under. */
export const periodColumn = (type: SummaryType, period: string) => `${type}Period${period}` as const;
export const otherPeriodsColumn = (type: SummaryType) => `${type}OtherPeriods` as const;

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

/** The summary as it was given: from the head on the patient's row and the values of its periods; undefined without one. */
export function rebuildSummary(row: RowWithPeriods): PatientSummary | undefined {
  const cgmStats = rebuildStats("cgm", row);
  const bgmStats = rebuildStats("bgm", row);
  if (!cgmStats && !bgmStats) return undefined;
  return { ...(cgmStats && { cgmStats }), ...(bgmStats && { bgmStats }) };
}

function rebuildStats(type: SummaryType, row: RowWithPeriods) {
  const head = (name: keyof Head) => row[`${type}${name[0]!.toUpperCase()}${name.slice(1)}`] as never;
  const id: string | null = head("summaryId");
  if (id === null) return undefined;
  const periods = rebuildPeriods(type, row);
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
    ...(periods && { periods }),
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
  const periods: Record<string, Period> = {};
  for (const period of USUAL_PERIODS) {
    const text = row[periodColumn(type, period)];
    if (typeof text === "string") periods[period] = rebuildPeriod(type, JSON.parse(text));
  }
  const others = row[otherPeriodsColumn(type)];
  if (typeof others === "string") {
    for (const [period, text] of Object.entries(JSON.parse(others) as Record<string, unknown[]>)) {
      periods[period] = rebuildPeriod(type, text);
    }
  }
  return Object.keys(periods).length > 0 ? periods : undefined;
}

function rebuildPeriod(type: SummaryType, [flags, ...chunks]: unknown[]): Period {
  const values = chunks.flat() as (number | null)[];
  const period: Period = {};
  const flagged = FLAGGED[type];
  for (let i = 0; i < flagged.length; i++)
    period[flagName(flagged[i]!)] = Math.floor((flags as number) / 2 ** i) % 2 === 1;
  STATISTICS[type].forEach(({ name }, i) => {
    const value = values[2 * i] ?? null;
    const delta = values[2 * i + 1] ?? null;
    if (value !== null) period[name] = value;
    if (delta !== null) period[`${name}Delta`] = delta;
  });
  return period;
}
