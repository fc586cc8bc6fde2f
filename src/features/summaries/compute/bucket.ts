import type { SummaryType } from "../model/statistics.ts";
import { DAY_MS, type SummaryKind, THRESHOLDS } from "./kinds.ts";

/** One reading, as summaries see it. */
export interface Reading {
  /** Epoch milliseconds. */
  readonly time: number;
  /** mmol/L. */
  readonly value: number;
  /** How long it counts (`minutesOf`). */
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
/** The usual interval of a sensor, in minutes; Libre sensors before the third generation record every fifteen. */
const DEFAULT_MINUTES = 5;
const LIBRE_MINUTES = 15;

/**
 * How many whole minutes a reading counts: by its interval in milliseconds, or by its device. Never 0 for a sensor, as
 * averages are weighted by it; always 0 for fingersticks, which are counted.
 */
export function minutesOf(kind: SummaryType, sampleInterval: number | undefined, deviceId: string | undefined): number {
  if (kind === "bgm") return 0;
  if (sampleInterval !== undefined) {
    return sampleInterval > 0 ? Math.max(1, Math.floor(sampleInterval / MINUTE_MS)) : DEFAULT_MINUTES;
  }
  const isOldLibre = deviceId?.includes("AbbottFreeStyleLibre") && !deviceId.includes("AbbottFreeStyleLibre3");
  return isOldLibre ? LIBRE_MINUTES : DEFAULT_MINUTES;
}

/** The ranges of which a value belongs to one, and to the last besides VeryHigh; in the order of their fields. */
export const COUNTED_RANGES = ["VeryLow", "Low", "Target", "High", "VeryHigh", "ExtremeHigh"] as const;
const [VERY_LOW, LOW, TARGET, HIGH, VERY_HIGH, EXTREME_HIGH] = [0, 1, 2, 3, 4, 5] as const;

function rangeOf(value: number): number {
  if (value < THRESHOLDS.veryLow) return VERY_LOW;
  if (value > THRESHOLDS.veryHigh) return VERY_HIGH;
  if (value < THRESHOLDS.low) return LOW;
  return value > THRESHOLDS.high ? HIGH : TARGET;
}

/**
 * The fields of a packed bucket, by offset; each is a float64. The first four are the same in all kinds. An hour
 * without accepted readings has 0 in all but `lastModified`.
 */
export const FIELD = {
  /** When a reading of the hour, visible or not, was changed last, epoch milliseconds; 0: it never had any. */
  lastModified: 0,
  /** Accepted readings. */
  records: 1,
  /** Times of the first and the last accepted reading, epoch milliseconds. */
  firstTime: 2,
  lastTime: 3,
  /** `con`: readings that arrived within a day of their time. The others are deferred. */
  realtime: 4,
  /** What they count together; 0 for fingersticks. */
  minutes: 4,
  /** Sum of the values, each times its minutes (fingersticks: plain), mmol/L · min. */
  glucose: 5,
  /** Weighted sum of squared deviations from the mean of the hour, not divided by anything. */
  deviations: 6,
  /** mmol/L. */
  min: 7,
  max: 8,
  /** Six each, in the order of COUNTED_RANGES. */
  rangeMinutes: 9,
  rangeRecords: 15,
} as const;
const GLUCOSE_FIELDS = 21;
const CONTINUOUS_FIELDS = 5;

/** How many numbers a packed bucket of a kind has. */
export const fieldsOf = (kind: SummaryKind): number => (kind === "con" ? CONTINUOUS_FIELDS : GLUCOSE_FIELDS);

/** One hour, packed: the numbers of FIELD. */
export type Bucket = Float64Array;

/** An hour takes readings while it has at most so many: the rule of the older service, by which 61 fit. */
const RECORDS_BEFORE_REFUSAL_MAX = 60;
/** How much too early the next reading of a sensor may come. */
const SLACK_MS = 10_000;

/**
 * What the readings of one hour, in the order of time, creation and id, come to; undefined without any. Of a sensor,
 * one that comes while the reading accepted before still counts is refused; the first of an hour never is.
 */
export function bucketOf(kind: SummaryType, readings: readonly Reading[]): Bucket | undefined {
  if (readings.length === 0) return undefined;
  const bucket = new Float64Array(GLUCOSE_FIELDS);
  let nextAt = -Infinity;
  let weights = 0;
  let mean = 0;
  for (const { time, value, minutes } of readings) {
    const records = bucket[FIELD.records]!;
    if (records > RECORDS_BEFORE_REFUSAL_MAX) break;
    if (kind === "cgm" && time < nextAt) continue;
    nextAt = time + minutes * MINUTE_MS - SLACK_MS;

    // West's one-pass update, in the form that is never negative: the difference of two large sums would lose digits.
    const weight = minutes || 1;
    const difference = value - mean;
    const before = weights;
    weights += weight;
    mean += (difference * weight) / weights;
    bucket[FIELD.deviations]! += (difference * difference * weight * before) / weights;

    bucket[FIELD.glucose]! += value * weight;
    bucket[FIELD.min] = records === 0 ? value : Math.min(bucket[FIELD.min]!, value);
    bucket[FIELD.max] = records === 0 ? value : Math.max(bucket[FIELD.max]!, value);
    if (records === 0) bucket[FIELD.firstTime] = time;
    bucket[FIELD.lastTime] = time;
    bucket[FIELD.records]! += 1;
    bucket[FIELD.minutes]! += minutes;
    count(bucket, rangeOf(value), minutes);
    if (value >= THRESHOLDS.extremeHigh) count(bucket, EXTREME_HIGH, minutes);
  }
  return bucket;
}

function count(bucket: Bucket, range: number, minutes: number): void {
  bucket[FIELD.rangeMinutes + range]! += minutes;
  bucket[FIELD.rangeRecords + range]! += 1;
}

/** What the readings of continuous sets, of either type, of one hour come to, in the order of time: none is refused. */
export function conBucketOf(
  readings: readonly { readonly time: number; readonly createdTime: number }[],
): Bucket | undefined {
  if (readings.length === 0) return undefined;
  const bucket = new Float64Array(CONTINUOUS_FIELDS);
  bucket[FIELD.records] = readings.length;
  bucket[FIELD.firstTime] = readings[0]!.time;
  bucket[FIELD.lastTime] = readings.at(-1)!.time;
  bucket[FIELD.realtime] = readings.filter(({ time, createdTime }) => createdTime - time < DAY_MS).length;
  return bucket;
}

/**
 * Writes one hour into packed hours, a block or a window: its bucket, or nothing where there is none, and when a
 * reading of it was changed last (0: it never had any).
 */
export function writeBucket(
  kind: SummaryKind,
  hours: Float64Array,
  index: number,
  bucket: Bucket | undefined,
  lastModified: number,
): void {
  const fields = fieldsOf(kind);
  const at = index * fields;
  if (bucket) hours.set(bucket, at);
  else hours.fill(0, at, at + fields);
  hours[at + FIELD.lastModified] = lastModified;
}
