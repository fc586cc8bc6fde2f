import type { SummaryType } from "../model/statistics.ts";
import type { Stats } from "../stored.ts";

/**
 * What a summary is of: `cgm` of a sensor's readings (`cbg`), `bgm` of fingersticks (`smbg`), `con` of how soon after
 * they were taken the readings of continuous sets arrive. `con` is never shown by clinics.
 */
export type SummaryKind = SummaryType | "con";

/** What clinics show of a summary. */
export type PatientStats = Stats;

/** Raised when the same readings come to other numbers: summaries of an older version are calculated again. */
export const SCHEMA_VERSION = 6;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const MINUTES_PER_DAY = 1440;

/** mmol/L, of the consensus on targets for CGM. A value on an edge is nearer to the target; exactly 19.4 is extreme. */
export const THRESHOLDS = { veryLow: 3, low: 3.9, high: 10, veryHigh: 13.9, extremeHigh: 19.4 } as const;

export type PeriodName = "1d" | "7d" | "14d" | "30d";

/** Makes something for each period of a summary, given its length in days. */
export const eachPeriod = <T>(make: (days: number, name: PeriodName) => T): Record<PeriodName, T> => ({
  "1d": make(1, "1d"),
  "7d": make(7, "7d"),
  "14d": make(14, "14d"),
  "30d": make(30, "30d"),
});
