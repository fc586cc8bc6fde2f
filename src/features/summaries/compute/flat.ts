import { flagName, STATISTICS } from "../model/statistics.ts";
import type { Period, SummaryDates } from "../schema.ts";
import type { GlucosePeriod, GlucoseSummary, InnerDates } from "./inner-schema.ts";
import { eachPeriod, MINUTES_PER_DAY, type PatientStats } from "./kinds.ts";

/** CGM: the share of the period above which its GMI, and the ranges of a single day, say something. The consensus. */
const USE_MIN = 0.7;
/** CGM: the minutes above which the ranges of longer periods do. */
const MINUTES_MIN = 1440;
/** BGM: the records, and the days that have some, from which on the spread does. */
const SPREAD_RECORDS_MIN = 30;
const SPREAD_DAYS_MIN = 7;

/** The ranges by the names that patients' statistics have for them. */
const RANGES = {
  VeryLow: "inVeryLow",
  Low: "inLow",
  AnyLow: "inAnyLow",
  Target: "inTarget",
  High: "inHigh",
  VeryHigh: "inVeryHigh",
  ExtremeHigh: "inExtremeHigh",
  AnyHigh: "inAnyHigh",
} as const;

/** Made once, like the names below: building a name takes longer than all that is done with it. */
const RANGE_NAMES = Object.entries(RANGES).map(([range, member]) => ({
  member,
  percent: `timeIn${range}Percent`,
  minutes: `timeIn${range}Minutes`,
  records: `timeIn${range}Records`,
}));
const COMPANIONS = new Map(
  [...STATISTICS.cgm, ...STATISTICS.bgm].map(({ name }) => [name, { flag: flagName(name), delta: `${name}Delta` }]),
);

/**
 * What clinics show of a summary. Statistics of too few readings are absent, so that lists put them last in either
 * direction, instead of posing as good or bad ones; so is their Delta, when this or the period before has too few.
 */
export const patientStatsOf = ({ id, type, config, dates, periods }: GlucoseSummary): PatientStats => ({
  id,
  config,
  dates: flatDates(dates),
  periods: eachPeriod((days, name) => (type === "cgm" ? cgmPeriod(periods[name], days) : bgmPeriod(periods[name]))),
});

const flatDates = (dates: InnerDates): SummaryDates => ({
  ...dates,
  hasFirstData: dates.firstData !== undefined,
  hasLastData: dates.lastData !== undefined,
  hasLastUploadDate: dates.lastUploadDate !== undefined,
  hasOutdatedSince: dates.outdatedSince !== undefined,
});

/** A statistic and its Delta. */
type Pair = readonly [value: number, delta: number];
/** Whether a statistic says something in the period, and in the one before. */
interface Gate {
  readonly now: boolean;
  readonly before: boolean;
}

function cgmPeriod(inner: GlucosePeriod, days: number): Period {
  const { total, delta } = inner;
  const hasData = dataGate(inner);
  const gate = (isEnough: (minutes: number) => boolean): Gate => ({
    now: hasData.now && isEnough(total.minutes),
    before: hasData.before && isEnough(total.minutes - delta.total.minutes),
  });
  const isUsed = gate((minutes) => minutes / (days * MINUTES_PER_DAY) > USE_MIN);
  const hasRanges = days === 1 ? isUsed : gate((minutes) => minutes > MINUTES_MIN);

  const period = new FlatPeriod();
  period.ranges(inner, ["minutes", "records"], hasRanges);
  period.gated("timeCGMUsePercent", [total.percent, delta.total.percent], hasData);
  period.counted("timeCGMUseMinutes", [total.minutes, delta.total.minutes]);
  period.counted("timeCGMUseRecords", [total.records, delta.total.records]);
  period.gated("averageGlucoseMmol", pair(inner, "averageGlucoseMmol"), hasData);
  period.gated("glucoseManagementIndicator", pair(inner, "glucoseManagementIndicator"), isUsed);
  period.common(inner);
  for (const name of ["standardDeviation", "coefficientOfVariation"] as const) {
    period.plain(name, [inner[name], hasData.now && hasData.before ? delta[name] : 0]);
  }
  period.plain("hoursWithData", pair(inner, "hoursWithData"));
  return period.members;
}

function bgmPeriod(inner: GlucosePeriod): Period {
  const hasData = dataGate(inner);
  const period = new FlatPeriod();
  period.ranges(inner, ["records"], hasData);
  period.gated("averageGlucoseMmol", pair(inner, "averageGlucoseMmol"), hasData);
  period.common(inner);
  if (inner.total.records >= SPREAD_RECORDS_MIN && inner.daysWithData >= SPREAD_DAYS_MIN) {
    period.plain("standardDeviation", pair(inner, "standardDeviation"));
    period.plain("coefficientOfVariation", pair(inner, "coefficientOfVariation"));
  }
  return period.members;
}

const dataGate = ({ total, delta }: GlucosePeriod): Gate => ({
  now: total.records !== 0,
  before: total.records !== delta.total.records,
});

type Figure = Exclude<keyof GlucosePeriod, "total" | "delta" | (typeof RANGES)[keyof typeof RANGES]>;
const pair = (inner: GlucosePeriod, name: Figure): Pair => [inner[name], inner.delta[name]];

/** Writes the members of a period. */
class FlatPeriod {
  readonly members: Period = {};

  /** Without a flag: always there. */
  plain(name: string, [value, delta]: Pair): void {
    this.members[name] = value;
    this.members[COMPANIONS.get(name)!.delta] = delta;
  }

  /** Always there; flagged unless 0. */
  counted(name: string, pair: Pair): void {
    this.members[COMPANIONS.get(name)!.flag] = pair[0] !== 0;
    this.plain(name, pair);
  }

  /** There, and flagged, only through its gate. */
  gated(name: string, [value, delta]: Pair, { now, before }: Gate): void {
    const names = COMPANIONS.get(name)!;
    this.members[names.flag] = now;
    if (now) this.members[name] = value;
    if (now && before) this.members[names.delta] = delta;
  }

  ranges(inner: GlucosePeriod, counters: readonly ("minutes" | "records")[], gate: Gate): void {
    for (const range of RANGE_NAMES) {
      const [value, delta] = [inner[range.member], inner.delta[range.member]];
      this.gated(range.percent, [value.percent, delta.percent], gate);
      for (const counter of counters) this.counted(range[counter], [value[counter], delta[counter]]);
    }
  }

  /** What both types have. */
  common(inner: GlucosePeriod): void {
    this.counted("totalRecords", [inner.total.records, inner.delta.total.records]);
    this.counted("averageDailyRecords", pair(inner, "averageDailyRecords"));
    for (const name of ["min", "max", "daysWithData"] as const) this.plain(name, pair(inner, name));
  }
}
