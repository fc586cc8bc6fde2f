/**
 * What the statistics of a person's readings must come to, written from the specification over plain lists: no buckets,
 * no sums kept over time. Shares no code with the service.
 */

export interface ModelReading {
  readonly id: string;
  /** Epoch milliseconds, like all times here. */
  readonly time: number;
  /** mmol/L. */
  readonly value: number;
  readonly sampleInterval?: number | undefined;
  readonly deviceId?: string | undefined;
  readonly createdTime: number;
  readonly modifiedTime: number;
  /** Visible: in an active set, and not hidden by deduplication. */
  readonly active: boolean;
}

export type ModelPeriod = Record<string, number | boolean>;

export interface ModelStats {
  readonly periods: Record<string, ModelPeriod>;
  readonly firstData: number;
  readonly lastData: number;
  readonly lastUploadDate: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Counted = { hour: number; time: number; value: number; minutes: number };

/** The flat statistics of the readings of one type; nothing where no summary is to exist. */
export function modelStats(
  kind: "cgm" | "bgm",
  readings: readonly ModelReading[],
  now: number,
): ModelStats | undefined {
  const twoYearsAgo = new Date(now);
  twoYearsAgo.setUTCFullYear(twoYearsAgo.getUTCFullYear() - 2);
  const times = readings
    .filter(({ active, time }) => active && time >= twoYearsAgo.getTime() && time <= now + DAY)
    .map(({ time }) => time);
  if (times.length === 0) return undefined;
  const last = times.reduce((a, b) => Math.max(a, b));
  const inWindow = readings.filter(({ time }) => time > last - 60 * DAY && time <= last);
  const accepted = acceptedOf(kind, inWindow);
  const newest = Math.floor(last / HOUR);
  const periods: Record<string, ModelPeriod> = {};
  for (const days of [1, 7, 14, 30]) {
    const between = (older: number, newer: number) =>
      statistics(
        kind,
        days,
        accepted.filter(({ hour }) => hour > newest - older * 24 && hour <= newest - newer * 24),
      );
    periods[`${days}d`] = flat(kind, days, between(days, 0), between(2 * days, days));
  }
  return {
    periods,
    firstData: accepted.map(({ time }) => time).reduce((a, b) => Math.min(a, b)),
    lastData: last,
    lastUploadDate: inWindow.map(({ modifiedTime }) => modifiedTime).reduce((a, b) => Math.max(a, b)),
  };
}

/** Those that count, oldest first. */
function acceptedOf(kind: "cgm" | "bgm", readings: readonly ModelReading[]): Counted[] {
  const inOrder = readings
    .filter(({ active }) => active)
    .toSorted((a, b) => a.time - b.time || a.createdTime - b.createdTime || (a.id < b.id ? -1 : 1));
  const accepted: Counted[] = [];
  for (const reading of inOrder) {
    const { time, value } = reading;
    const hour = Math.floor(time / HOUR);
    const ofHour = accepted.filter((it) => it.hour === hour);
    const before = ofHour.at(-1);
    if (ofHour.length > 60) continue;
    if (kind === "cgm" && before && time - before.time < before.minutes * 60_000 - 10_000) continue;
    accepted.push({ hour, time, value, minutes: kind === "cgm" ? sensorMinutes(reading) : 0 });
  }
  return accepted;
}

function sensorMinutes({ sampleInterval, deviceId = "" }: ModelReading): number {
  if (sampleInterval === 0) return 5;
  if (sampleInterval !== undefined) return sampleInterval < 60_000 ? 1 : Math.floor(sampleInterval / 60_000);
  if (deviceId.includes("AbbottFreeStyleLibre3")) return 5;
  return deviceId.includes("AbbottFreeStyleLibre") ? 15 : 5;
}

const RANGES: Record<string, (value: number) => boolean> = {
  VeryLow: (v) => v < 3,
  Low: (v) => v >= 3 && v < 3.9,
  Target: (v) => v >= 3.9 && v <= 10,
  High: (v) => v > 10 && v <= 13.9,
  VeryHigh: (v) => v > 13.9,
  ExtremeHigh: (v) => v >= 19.4,
  AnyLow: (v) => v < 3.9,
  AnyHigh: (v) => v > 10,
};

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Every statistic of a period, gated or not. */
function statistics(kind: "cgm" | "bgm", days: number, readings: readonly Counted[]): Record<string, number> {
  const weights = readings.map(({ minutes }) => (kind === "cgm" ? minutes : 1));
  const values = readings.map(({ value }) => value);
  const all = sum(weights);
  const average = all === 0 ? 0 : sum(values.map((v, i) => v * weights[i]!)) / all;
  const variance = all === 0 ? 0 : sum(values.map((v, i) => weights[i]! * (v - average) ** 2)) / all;
  const minutes = sum(readings.map((it) => it.minutes));
  const percentOfGmi = (12.71 + 4.70587 * average) * 0.09148 + 2.152;
  const made: Record<string, number> = {
    totalRecords: readings.length,
    averageDailyRecords: readings.length / days,
    averageGlucoseMmol: average,
    glucoseManagementIndicator: kind === "cgm" && all > 0 ? Math.floor(percentOfGmi * 10 + 0.5) / 10 : 0,
    standardDeviation: Math.sqrt(variance),
    coefficientOfVariation: average === 0 ? 0 : Math.sqrt(variance) / average,
    timeCGMUseMinutes: minutes,
    timeCGMUseRecords: readings.length,
    timeCGMUsePercent: minutes / (days * 24 * 60),
    min: values.length === 0 ? 0 : Math.min(...values),
    max: values.length === 0 ? 0 : Math.max(...values),
    ...daysAndHours(readings),
  };
  for (const [name, isIn] of Object.entries(RANGES)) {
    const within = readings.filter(({ value }) => isIn(value));
    made[`timeIn${name}Minutes`] = sum(within.map((it) => it.minutes));
    made[`timeIn${name}Records`] = within.length;
    const part = kind === "cgm" ? made[`timeIn${name}Minutes`]! : within.length;
    made[`timeIn${name}Percent`] = all === 0 ? 0 : part / all;
  }
  return made;
}

function daysAndHours(readings: readonly Counted[]) {
  const hours = [...new Set(readings.map(({ hour }) => hour))].toSorted((a, b) => b - a);
  const openers: number[] = [];
  for (const hour of hours) if (openers.length === 0 || openers.at(-1)! - hour >= 24) openers.push(hour);
  return { hoursWithData: hours.length, daysWithData: openers.length };
}

function flat(
  kind: "cgm" | "bgm",
  days: number,
  now: Record<string, number>,
  before: Record<string, number>,
): ModelPeriod {
  const made: ModelPeriod = {};
  const delta = (name: string) => now[name]! - before[name]!;
  const always = (name: string) => {
    made[name] = now[name]!;
    made[`${name}Delta`] = delta(name);
  };
  const counter = (name: string) => {
    always(name);
    made[flag(name)] = now[name] !== 0;
  };
  const gated = (name: string, isOpen: (it: Record<string, number>) => boolean) => {
    made[flag(name)] = isOpen(now);
    if (isOpen(now)) made[name] = now[name]!;
    if (isOpen(now) && isOpen(before)) made[`${name}Delta`] = delta(name);
  };
  const hasData = (it: Record<string, number>) => it.totalRecords !== 0;
  const isUsed = (it: Record<string, number>) => hasData(it) && it.timeCGMUsePercent! > 0.7;
  const isLongEnough = (it: Record<string, number>) => hasData(it) && it.timeCGMUseMinutes! > 1440;

  ["totalRecords", "averageDailyRecords"].forEach(counter);
  ["min", "max", "daysWithData"].forEach(always);
  gated("averageGlucoseMmol", hasData);
  for (const range of Object.keys(RANGES)) {
    counter(`timeIn${range}Records`);
    if (kind === "cgm") counter(`timeIn${range}Minutes`);
    gated(`timeIn${range}Percent`, kind === "bgm" ? hasData : days === 1 ? isUsed : isLongEnough);
  }
  if (kind === "cgm") {
    ["timeCGMUseMinutes", "timeCGMUseRecords"].forEach(counter);
    gated("timeCGMUsePercent", hasData);
    gated("glucoseManagementIndicator", isUsed);
    ["standardDeviation", "coefficientOfVariation", "hoursWithData"].forEach(always);
    if (!hasData(now) || !hasData(before)) made.standardDeviationDelta = made.coefficientOfVariationDelta = 0;
  } else if (now.totalRecords! >= 30 && now.daysWithData! >= 7) {
    ["standardDeviation", "coefficientOfVariation"].forEach(always);
  }
  return made;
}

const flag = (name: string) => `has${name[0]!.toUpperCase()}${name.slice(1)}`;

/** The members of a period in which it differs from another; numbers may by the given part of them, or of 1. */
export function periodDifferences(actual: ModelPeriod, expected: ModelPeriod, tolerance = 1e-9): string[] {
  const names = [...new Set([...Object.keys(actual), ...Object.keys(expected)])];
  const isSame = (one: number | boolean | undefined, other: number | boolean | undefined) =>
    typeof one === "number" && typeof other === "number"
      ? Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one), Math.abs(other))
      : one === other;
  return names
    .filter((name) => !isSame(actual[name], expected[name]))
    .map((name) => `${name}: ${actual[name]}, expected ${expected[name]}`);
}
