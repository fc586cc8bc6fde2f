import { toDateTime } from "../../../platform/core/wire.ts";
import type { SummaryType } from "../model/statistics.ts";
import type { SummaryConfig } from "../schema.ts";
import type { ContinuousSummary, GlucoseSummary, InnerDates, InnerSummary } from "./inner-schema.ts";
import { SCHEMA_VERSION, type SummaryKind, THRESHOLDS } from "./kinds.ts";
import { continuousPeriods, glucosePeriods } from "./periods.ts";
import type { Marks } from "./reasons.ts";
import { spanOf } from "./window.ts";

/** What every summary is calculated with, in mmol/L: a clinic's own ranges change nothing of it. */
export const SUMMARY_CONFIG: SummaryConfig = {
  schemaVersion: SCHEMA_VERSION,
  highGlucoseThreshold: THRESHOLDS.high,
  veryHighGlucoseThreshold: THRESHOLDS.veryHigh,
  lowGlucoseThreshold: THRESHOLDS.low,
  veryLowGlucoseThreshold: THRESHOLDS.veryLow,
};

/** When a summary is calculated and why; times in epoch milliseconds. */
export interface Calculation {
  /** The time of the last visible reading that is considered: the window ends with it. */
  readonly lastData: number;
  /** When the calculation began. */
  readonly lastUpdatedDate: number;
  /** The reasons it takes account of. */
  readonly lastUpdatedReason: readonly string[];
}

interface Source<K extends SummaryKind> {
  readonly id: string;
  readonly userId: string;
  readonly kind: K;
  /** The packed hours up to that of the last reading, with its edges written for it (`windowOf`, `edgesOf`). */
  readonly window: Float64Array;
  readonly dates: Calculation;
}

/** The summary of a window. It is up to date: what makes it outdated later is shown by `withOutdated`. */
export function innerSummaryOf(source: Source<SummaryType>): GlucoseSummary;
export function innerSummaryOf(source: Source<"con">): ContinuousSummary;
export function innerSummaryOf(source: Source<SummaryKind>): InnerSummary;
export function innerSummaryOf({ id, userId, kind, window, dates }: Source<SummaryKind>): InnerSummary {
  const head = { id, userId, config: SUMMARY_CONFIG, dates: datesOf(kind, window, dates) };
  return kind === "con"
    ? { type: kind, ...head, periods: continuousPeriods(window) }
    : { type: kind, ...head, periods: glucosePeriods(window) };
}

function datesOf(kind: SummaryKind, window: Float64Array, calculation: Calculation): InnerDates {
  const { firstData, lastUploadDate } = spanOf(kind, window);
  const { lastData, lastUpdatedDate, lastUpdatedReason } = calculation;
  return {
    ...(firstData !== undefined && { firstData: toDateTime(firstData) }),
    lastData: toDateTime(lastData),
    ...(lastUploadDate !== undefined && { lastUploadDate: toDateTime(lastUploadDate) }),
    lastUpdatedDate: toDateTime(lastUpdatedDate),
    lastUpdatedReason: [...lastUpdatedReason],
    outdatedReason: [],
  };
}

/** A summary that shows what makes it outdated. */
export function withOutdated<S extends InnerSummary>(summary: S, marks: Marks | undefined): S {
  const { outdatedSince: _, ...dates } = summary.dates;
  const outdated = marks && { outdatedSince: toDateTime(marks.since) };
  return { ...summary, dates: { ...dates, ...outdated, outdatedReason: [...(marks?.reasons ?? [])] } };
}
