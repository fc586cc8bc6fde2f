import type { ChartData, MarkKind } from "../src/features/reports/model/chart-data.ts";

/** Device data to draw: an invented person's, the same for the same arguments. */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface SampleOptions {
  /** Epoch milliseconds. */
  readonly end?: number;
  readonly days?: number;
  /** Minutes between two readings of the sensor; 0 for none. */
  readonly sensorMinutes?: number;
  /** The share of hours without the sensor. */
  readonly missing?: number;
  /** On a day. */
  readonly fingersticks?: number;
  readonly marks?: boolean;
  /** Hours from UTC by which the person eats and sleeps. */
  readonly offset?: number;
}

/** Numbers from 0 to 1 that look random. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const MEALS = [
  { hour: 8, height: 5 },
  { hour: 13, height: 4 },
  { hour: 19, height: 6.5 },
] as const;

export function sampleCharts(it: SampleOptions = {}): ChartData {
  const { end = Date.parse("2026-03-16T15:00:00Z"), days = 14, sensorMinutes = 5, missing = 0.04 } = it;
  const { fingersticks = 5, marks = true, offset = -7 } = it;
  const random = noise(7);
  const from = end - days * DAY_MS;
  const daily = Array.from({ length: days + 2 }, () => MEALS.map(() => 0.3 + 1.2 * random()));
  const nights = Array.from({ length: days + 2 }, () => random());
  const glucoseAt = (time: number): number => {
    const local = time + offset * 60 * MINUTE_MS;
    const day = Math.floor((local - from) / DAY_MS) + 1;
    const hour = (local % DAY_MS) / (60 * MINUTE_MS);
    const night = nights[day]! > 0.75 && hour > 1.5 && hour < 5 ? -3.2 * Math.sin(((hour - 1.5) / 3.5) * Math.PI) : 0;
    const meals = MEALS.reduce((sum, { hour: at, height }, i) => {
      const since = (hour - at - (daily[day]![i]! - 0.9) + 24) % 24;
      return sum + height * daily[day]![i]! * (since / 1.1) * Math.exp(1 - since / 1.1);
    }, 0);
    return Math.min(22.2, Math.max(2.2, 5.6 + night + meals + 0.5 * Math.sin(time / 2.3e6)));
  };
  const sensor: [number, number][] = [];
  if (sensorMinutes > 0) {
    let gapUntil = 0;
    for (let time = from; time < end; time += sensorMinutes * MINUTE_MS) {
      if (random() < (missing * sensorMinutes) / 120) gapUntil = time + 2 * 60 * MINUTE_MS;
      if (time >= gapUntil) sensor.push([time, glucoseAt(time) + 0.25 * (random() - 0.5)]);
    }
  }
  const meter = Array.from({ length: days * fingersticks }, (_, i) => {
    const hour = [7.2, 12.5, 18.4, 22.1, 3.1, 10, 15, 20][(i % fingersticks) % 8]!;
    const time = Math.floor((from + offset * 3_600_000) / DAY_MS + 1 + Math.floor(i / fingersticks)) * DAY_MS;
    return time + (hour - offset + random()) * 60 * MINUTE_MS;
  })
    .filter((time) => time < end)
    .toSorted((a, b) => a - b)
    .map((time): [number, number] => [Math.round(time), glucoseAt(time) + random() - 0.5]);
  const kinds: readonly MarkKind[] = ["reservoir", "prime-tubing", "prime-cannula"];
  const changes = marks
    ? Array.from({ length: Math.ceil(days / 3) }, (_, i) => from + (i * 3 + 0.6 + 0.2 * random()) * DAY_MS).flatMap(
        (at) => kinds.map((kind, i) => ({ time: Math.round(at + i * 3 * MINUTE_MS), kind })),
      )
    : [];
  const split = (pairs: readonly [number, number][]) => ({
    times: pairs.map(([time]) => time),
    values: pairs.map(([, value]) => Math.round(value * 1e5) / 1e5),
  });
  return { from, to: end, sensor: split(sensor), fingersticks: split(meter), marks: changes };
}
