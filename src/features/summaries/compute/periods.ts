import { COUNTED_RANGES, FIELD, fieldsOf } from "./bucket.ts";
import type { ContinuousPeriod, GlucoseDelta, GlucosePeriod, Range, RangeDelta } from "./inner-schema.ts";
import { eachPeriod, MINUTES_PER_DAY, type PeriodName } from "./kinds.ts";

/**
 * The statistics of the periods that end with the newest hour of a window of packed hours (`windowOf`), each with its
 * difference to the period of the same length before it. Days are blocks of 24 hours back from the newest one.
 */
export function glucosePeriods(window: Float64Array): Record<PeriodName, GlucosePeriod> {
  const end = window.length / fieldsOf("cgm");
  return eachPeriod((days) => {
    const hours = days * 24;
    const period = statisticsOf(sumsOf(window, end - hours, end), days);
    const before = statisticsOf(sumsOf(window, end - 2 * hours, end - hours), days);
    return { ...period, delta: deltaOf(period, before) };
  });
}

/** The periods of a window of `con`. */
export function continuousPeriods(window: Float64Array): Record<PeriodName, ContinuousPeriod> {
  const fields = fieldsOf("con");
  return eachPeriod((days) => {
    let records = 0;
    let realtime = 0;
    for (let at = window.length - days * 24 * fields; at < window.length; at += fields) {
      records += window[at + FIELD.records]!;
      realtime += window[at + FIELD.realtime]!;
    }
    const share = (part: number) => ({ records: part, percent: ratio(part, records) });
    return {
      total: { records },
      realtime: share(realtime),
      deferred: share(records - realtime),
      averageDailyRecords: records / days,
    };
  });
}

/** What hours come to together: a packed bucket, and how many of them had data. */
interface Sums {
  readonly fields: Float64Array;
  readonly hours: number;
  readonly days: number;
}

const LAST_SUM = FIELD.rangeRecords + COUNTED_RANGES.length;

/**
 * Adds up the hours in [from, to). A day with data is opened by the newest hour that is 24 hours or more before the one
 * that opened the day before: no calendar day.
 */
function sumsOf(window: Float64Array, from: number, to: number): Sums {
  const size = fieldsOf("cgm");
  const fields = new Float64Array(size);
  let hours = 0;
  let days = 0;
  let opener = Infinity;
  for (let hour = to - 1; hour >= from; hour--) {
    const at = hour * size;
    if (window[at + FIELD.records] === 0) continue;
    merge(fields, window, at);
    hours += 1;
    if (hour > opener - 24) continue;
    opener = hour;
    days += 1;
  }
  return { fields, hours, days };
}

/** Sensor readings weigh as many minutes as they count, fingersticks one each. */
const weightOf = (fields: Float64Array, at: number): number =>
  fields[at + FIELD.minutes]! || fields[at + FIELD.records]!;

/** Adds the bucket at an offset of the window to the sums. */
function merge(sums: Float64Array, window: Float64Array, at: number): void {
  const weight = weightOf(sums, 0);
  const added = weightOf(window, at);
  const min = window[at + FIELD.min]!;
  const max = window[at + FIELD.max]!;
  let apart = 0;
  if (weight === 0) {
    sums[FIELD.min] = min;
    sums[FIELD.max] = max;
  } else {
    const difference = window[at + FIELD.glucose]! / added - sums[FIELD.glucose]! / weight;
    // The published rule for two groups: what both deviate from their means, and the means from each other.
    apart = (difference * difference * weight * added) / (weight + added);
    if (min < sums[FIELD.min]!) sums[FIELD.min] = min;
    if (max > sums[FIELD.max]!) sums[FIELD.max] = max;
  }
  sums[FIELD.deviations]! += window[at + FIELD.deviations]! + apart;
  sums[FIELD.glucose]! += window[at + FIELD.glucose]!;
  sums[FIELD.records]! += window[at + FIELD.records]!;
  sums[FIELD.minutes]! += window[at + FIELD.minutes]!;
  for (let i = FIELD.rangeMinutes; i < LAST_SUM; i++) sums[i]! += window[at + i]!;
}

type Statistics = Omit<GlucosePeriod, "delta">;

function statisticsOf({ fields, hours, days }: Sums, length: number): Statistics {
  const records = fields[FIELD.records]!;
  const minutes = fields[FIELD.minutes]!;
  const glucose = fields[FIELD.glucose]!;
  const variance = fields[FIELD.deviations]!;
  const rangeOf = (...ranges: readonly (typeof COUNTED_RANGES)[number][]): Range => {
    const sum = (field: number) =>
      ranges.reduce((total, range) => total + fields[field + COUNTED_RANGES.indexOf(range)]!, 0);
    const [itsMinutes, itsRecords] = [sum(FIELD.rangeMinutes), sum(FIELD.rangeRecords)];
    const percent = minutes === 0 ? ratio(itsRecords, records) : itsMinutes / minutes;
    return { glucose: 0, minutes: itsMinutes, records: itsRecords, percent, variance: 0 };
  };
  const weight = weightOf(fields, 0);
  const average = ratio(glucose, weight);
  const deviation = Math.sqrt(ratio(variance, weight));
  return {
    total: { glucose, minutes, records, percent: minutes / (length * MINUTES_PER_DAY), variance },
    inVeryLow: rangeOf("VeryLow"),
    inLow: rangeOf("Low"),
    inTarget: rangeOf("Target"),
    inHigh: rangeOf("High"),
    inVeryHigh: rangeOf("VeryHigh"),
    inExtremeHigh: rangeOf("ExtremeHigh"),
    inAnyLow: rangeOf("VeryLow", "Low"),
    inAnyHigh: rangeOf("High", "VeryHigh"),
    min: fields[FIELD.min]!,
    max: fields[FIELD.max]!,
    hoursWithData: hours,
    daysWithData: days,
    averageGlucoseMmol: average,
    glucoseManagementIndicator: minutes === 0 ? 0 : managementIndicator(average),
    coefficientOfVariation: ratio(deviation, average),
    standardDeviation: deviation,
    averageDailyRecords: records / length,
  };
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * The published glucose management indicator of an average in mmol/L, in percent: 12.71 + 4.70587 · average is in
 * mmol/mol, and the master equation of the NGSP converts it. Rounded to one decimal, half away from zero.
 */
export const managementIndicator = (average: number): number =>
  Math.round(((12.71 + 4.70587 * average) * 0.09148 + 2.152) * 10) / 10;

const change = (now: Range, before: Range): RangeDelta => ({
  minutes: now.minutes - before.minutes,
  records: now.records - before.records,
  percent: now.percent - before.percent,
});

const deltaOf = (now: Statistics, before: Statistics): GlucoseDelta => ({
  total: change(now.total, before.total),
  inVeryLow: change(now.inVeryLow, before.inVeryLow),
  inLow: change(now.inLow, before.inLow),
  inTarget: change(now.inTarget, before.inTarget),
  inHigh: change(now.inHigh, before.inHigh),
  inVeryHigh: change(now.inVeryHigh, before.inVeryHigh),
  inExtremeHigh: change(now.inExtremeHigh, before.inExtremeHigh),
  inAnyLow: change(now.inAnyLow, before.inAnyLow),
  inAnyHigh: change(now.inAnyHigh, before.inAnyHigh),
  min: now.min - before.min,
  max: now.max - before.max,
  hoursWithData: now.hoursWithData - before.hoursWithData,
  daysWithData: now.daysWithData - before.daysWithData,
  averageGlucoseMmol: now.averageGlucoseMmol - before.averageGlucoseMmol,
  glucoseManagementIndicator: now.glucoseManagementIndicator - before.glucoseManagementIndicator,
  coefficientOfVariation: now.coefficientOfVariation - before.coefficientOfVariation,
  standardDeviation: now.standardDeviation - before.standardDeviation,
  averageDailyRecords: now.averageDailyRecords - before.averageDailyRecords,
});
