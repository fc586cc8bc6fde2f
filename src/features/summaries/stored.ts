import { fromDateTime, storedJson } from "../../platform/core/wire.ts";
import { DATE_FLAGS, FLAG_NAMES, type Head, MEMBER_NAMES, USUAL_PERIODS } from "./rebuild.ts";
import type { PatientSummary, Period, SummaryDates } from "./schema.ts";
import type { SummaryType } from "./model/statistics.ts";

/** One type of summary, as it is given. */
export type Stats = NonNullable<PatientSummary["cgmStats"]>;

/** The head of a summary and whether it has unusual periods: the columns on the patient's row. */
export type StoredHead = Head & { hasOtherPeriods: number };

/** What stands in the columns of a patient without a summary of the type. */
export const NO_HEAD: StoredHead = {
  summaryId: null,
  schemaVersion: null,
  lowThreshold: null,
  veryLowThreshold: null,
  highThreshold: null,
  veryHighThreshold: null,
  dateFlags: null,
  firstDataAt: null,
  lastDataAt: null,
  lastUploadAt: null,
  lastUpdatedAt: null,
  outdatedSinceAt: null,
  outdatedSinceLimitAt: null,
  lastUpdatedReason: null,
  outdatedReason: null,
  hasOtherPeriods: 0,
};

const isUsual = (period: string) => (USUAL_PERIODS as readonly string[]).includes(period);

/** The columns of a summary's head: what rebuildSummary makes the same summary of. */
export function storedHead({ id, config, dates, periods = {} }: Stats): StoredHead {
  return {
    ...NO_HEAD,
    summaryId: id ?? null,
    ...(config && {
      schemaVersion: config.schemaVersion,
      lowThreshold: config.lowGlucoseThreshold,
      veryLowThreshold: config.veryLowGlucoseThreshold,
      highThreshold: config.highGlucoseThreshold,
      veryHighThreshold: config.veryHighGlucoseThreshold,
    }),
    ...(dates && storedDates(dates)),
    hasOtherPeriods: Object.keys(periods).every(isUsual) ? 0 : 1,
  };
}

function storedDates(dates: SummaryDates): Partial<StoredHead> {
  const instant = (text: string | undefined) => (text === undefined ? null : fromDateTime(text));
  const flags = Object.entries(DATE_FLAGS) as [keyof typeof DATE_FLAGS, number][];
  return {
    dateFlags: flags.reduce((bits, [name, bit]) => bits + (dates[name] ? bit : 0), 0),
    firstDataAt: instant(dates.firstData),
    lastDataAt: instant(dates.lastData),
    lastUploadAt: instant(dates.lastUploadDate),
    lastUpdatedAt: instant(dates.lastUpdatedDate),
    outdatedSinceAt: instant(dates.outdatedSince),
    outdatedSinceLimitAt: instant(dates.outdatedSinceLimit),
    lastUpdatedReason: storedJson(dates.lastUpdatedReason),
    outdatedReason: storedJson(dates.outdatedReason),
  };
}

/** The rows of a summary's periods, each with its values in the order of the columns: period, flags, statistics. */
export const storedPeriods = (type: SummaryType, { periods = {} }: Stats): unknown[][] =>
  Object.entries(periods).map(([key, period]) => [key, storedFlags(type, period), ...storedValues(type, period)]);

const storedFlags = (type: SummaryType, period: Period): number =>
  FLAG_NAMES[type].reduce((bits, name, i) => bits + (period[name] ? 2 ** i : 0), 0);

const storedValues = (type: SummaryType, period: Period): unknown[] =>
  MEMBER_NAMES[type].map((name) => period[name] ?? null);
