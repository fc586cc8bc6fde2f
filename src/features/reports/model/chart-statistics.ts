import { DAY_MINUTES, MINUTE_MS } from "./local-days.ts";

/** The readings of one local day in their order: when they were taken, what the clock showed, and mmol/L. */
export interface DayReadings {
  readonly times: readonly number[];
  /** Minutes since 00:00. Not in order where an hour is repeated. */
  readonly minutes: readonly number[];
  readonly values: readonly number[];
}

/**
 * A percentile of sorted values, of which there is one at least: interpolated linearly between the two nearest of them,
 * where the lowest is the 0th and the highest the 100th (type 7 of Hyndman and Fan, as in spreadsheets).
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const value = sorted[below]!;
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return value + (next - value) * (place - below);
}

/** When enough readings of a part of the day are there to say something about it. */
export interface BinRule {
  readonly minutes: number;
  readonly daysMin: number;
  readonly readingsMin: number;
  /** For the 5th and the 95th percentile. */
  readonly outerReadingsMin: number;
}

/** Percentiles of the readings in a part of the day. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly middle: { readonly p25: number; readonly p50: number; readonly p75: number } | undefined;
  readonly outer: { readonly p5: number; readonly p95: number } | undefined;
}

/**
 * The day in parts by what the clock showed: readings of an hour that is repeated count with those of the hour before,
 * and a day without an hour has none for it. A part with too few readings, or readings of too few days, has nothing.
 */
export function binsOf(days: readonly DayReadings[], rule: BinRule): Bin[] {
  const count = DAY_MINUTES / rule.minutes;
  const values: number[][] = Array.from({ length: count }, () => []);
  const dayCounts = new Uint32Array(count);
  const latestDay = new Int32Array(count).fill(-1);
  for (const [day, readings] of days.entries()) {
    for (let i = 0; i < readings.minutes.length; i++) {
      const bin = Math.floor(readings.minutes[i]! / rule.minutes);
      values[bin]!.push(readings.values[i]!);
      if (latestDay[bin] !== day) dayCounts[bin]! += 1;
      latestDay[bin] = day;
    }
  }
  return values.map((unsorted, i) => {
    const sorted = Float64Array.from(unsorted).toSorted();
    const hasDays = dayCounts[i]! >= rule.daysMin;
    const at = (percent: number) => percentile(sorted, percent);
    return {
      from: i * rule.minutes,
      to: (i + 1) * rule.minutes,
      middle: hasDays && sorted.length >= rule.readingsMin ? { p25: at(25), p50: at(50), p75: at(75) } : undefined,
      outer: hasDays && sorted.length >= rule.outerReadingsMin ? { p5: at(5), p95: at(95) } : undefined,
    };
  });
}

/** From `from` up to, not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The places of neighbors for which something is true. */
export function runsOf(length: number, isTrue: (i: number) => boolean): Span[] {
  const runs: Span[] = [];
  for (let from = 0; from < length; ) {
    let to = from;
    while (to < length && isTrue(to)) to += 1;
    if (to > from) runs.push({ from, to });
    from = to + 1;
  }
  return runs;
}

/** Our choice: a curve goes on over two readings that are missing, of the usual interval of their day. */
const GAP_INTERVALS = 3;
/** Three intervals of the sensors that record every five minutes, and of those that record every fifteen. */
const GAP_MIN_MS = 15 * MINUTE_MS;
const GAP_MAX_MS = 45 * MINUTE_MS;

/** The longest time between two readings that a curve connects: by the median interval of the day. */
export function gapOf(times: readonly number[]): number {
  if (times.length < 2) return GAP_MIN_MS;
  const intervals = Float64Array.from({ length: times.length - 1 }, (_, i) => times[i + 1]! - times[i]!).toSorted();
  return Math.min(Math.max(GAP_INTERVALS * percentile(intervals, 50), GAP_MIN_MS), GAP_MAX_MS);
}

/**
 * The places of readings that one curve connects. It breaks where readings are missing, and where the clocks change: an
 * hour that is repeated is a second curve over the first one.
 */
export function segmentsOf({ times, minutes }: DayReadings): Span[] {
  const gap = gapOf(times);
  const segments: Span[] = [];
  let from = 0;
  for (let i = 1; i <= times.length; i++) {
    if (i < times.length) {
      const passed = times[i]! - times[i - 1]!;
      const shown = (minutes[i]! - minutes[i - 1]!) * MINUTE_MS;
      // Less than a second apart: minutes have fractions.
      if (passed <= gap && Math.abs(passed - shown) < 1000) continue;
    }
    segments.push({ from, to: i });
    from = i;
  }
  return times.length === 0 ? [] : segments;
}
