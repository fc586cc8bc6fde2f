import { describe, expect, test } from "vitest";
import { bucketOf, conBucketOf, writeBucket } from "./bucket.ts";
import type { GlucosePeriod } from "./inner-schema.ts";
import { continuousPeriods, glucosePeriods, managementIndicator } from "./periods.ts";
import { WINDOW_HOURS, windowOf } from "./window.ts";

const LAST = Date.parse("2024-05-01T10:00:00Z");
const HOUR = 3_600_000;

/** A window with one reading in each of some hours, counted back from the newest. */
function periodsWith(hours: readonly (readonly [hoursBack: number, value: number])[], minutes = 5) {
  const window = windowOf("cgm", LAST, new Map());
  for (const [hoursBack, value] of hours) {
    const bucket = bucketOf("cgm", [{ time: LAST - hoursBack * HOUR, value, minutes }]);
    writeBucket("cgm", window, WINDOW_HOURS - 1 - hoursBack, bucket, 1);
  }
  return glucosePeriods(window);
}
const records = (period: GlucosePeriod) => [period.total.records, period.total.records - period.delta.total.records];

test.each([
  [4.5, 5.3],
  [5, 5.5],
  [5.5, 5.7],
  [6, 5.9],
  [7, 6.3],
  [8, 6.8],
  [9, 7.2],
  [10, 7.6],
  [12, 8.5],
])("the management indicator of %d mmol/L is %d %%", (average, indicator) => {
  expect(managementIndicator(average)).toBe(indicator);
});

describe("days with data", () => {
  const daysOf = (...hoursBack: number[]) => {
    const { daysWithData, hoursWithData } = periodsWith(hoursBack.map((it) => [it, 6]))["7d"];
    return [daysWithData, hoursWithData];
  };

  test("are opened by an hour 24 hours or more before the one that opened the last", () => {
    expect(daysOf(0, 25, 48)).toEqual([2, 3]);
    expect(daysOf(0, 24, 48)).toEqual([3, 3]);
    expect(daysOf(0, 23, 46)).toEqual([2, 3]);
    expect(daysOf(0)).toEqual([1, 1]);
  });
});

describe("an hour belongs to", () => {
  const where = (hoursBack: number) => {
    const { "1d": day, "7d": week, "14d": fortnight, "30d": month } = periodsWith([[hoursBack, 6]]);
    return [day, week, fortnight, month].map(records);
  };

  test("the period or the one before it, by how far it is back", () => {
    expect(where(0)).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(where(20 * 24)).toEqual([
      [0, 0],
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  test.each([1, 7, 14, 30])("the one before, when it is exactly %i days back", (days) => {
    const at = [1, 7, 14, 30].indexOf(days);
    expect(where(days * 24)[at]).toEqual([0, 1]);
    expect(where(days * 24 - 1)[at]).toEqual([1, 0]);
    expect(where(2 * days * 24)[at]).toEqual([0, 0]);
    expect(where(2 * days * 24 - 1)[at]).toEqual([0, 1]);
  });
});

test("the spread is that of all readings, those of the newest hour included", () => {
  const window = windowOf("bgm", LAST, new Map());
  const values = [
    [4, 9, 5],
    [7, 12],
    [3, 3.5, 20],
  ];
  values.forEach((ofHour, i) => {
    const readings = ofHour.map((value, j) => ({ time: LAST - i * HOUR + j, value, minutes: 0 }));
    writeBucket("bgm", window, WINDOW_HOURS - 1 - i, bucketOf("bgm", readings), 1);
  });
  const all = values.flat();
  const mean = all.reduce((a, b) => a + b) / all.length;
  const squares = all.map((value) => (value - mean) ** 2).reduce((a, b) => a + b);
  const { total, standardDeviation, averageGlucoseMmol } = glucosePeriods(window)["1d"];
  expect(total.variance).toBeCloseTo(squares, 10);
  expect(standardDeviation).toBeCloseTo(Math.sqrt(squares / all.length), 10);
  expect(averageGlucoseMmol).toBeCloseTo(mean, 10);
});

test("a value of 0 is the least, and an average of 0 has no spread to compare", () => {
  expect(
    periodsWith([
      [0, 7],
      [1, 0],
      [2, 5],
    ])["1d"],
  ).toMatchObject({ min: 0, max: 7 });
  expect(
    periodsWith([
      [0, 0],
      [1, 7],
    ])["1d"],
  ).toMatchObject({ min: 0, max: 7 });
  expect(periodsWith([[0, 0]])["1d"]).toMatchObject({ averageGlucoseMmol: 0, coefficientOfVariation: 0 });
});

test("a period without data is zeros, and differs by all it has from one without", () => {
  const { "1d": day, "7d": week } = periodsWith([[0, 6]]);
  const before = periodsWith([[7 * 24, 6]])["7d"];
  const zeros = { glucose: 0, minutes: 0, records: 0, percent: 0, variance: 0 };
  expect(before).toMatchObject({ total: zeros, inTarget: zeros, min: 0, max: 0, averageGlucoseMmol: 0 });
  expect(before).toMatchObject({ glucoseManagementIndicator: 0, standardDeviation: 0, daysWithData: 0 });
  expect(day.delta).toMatchObject({ min: 6, averageGlucoseMmol: 6, hoursWithData: 1, inTarget: { percent: 1 } });
  expect(week.delta.total).toEqual({ minutes: 5, records: 1, percent: 5 / 7 / 1440 });
});

test("minutes beyond the length of the period are not cut off", () => {
  expect(periodsWith([[0, 6]], 2880)["1d"].total.percent).toBe(2);
});

test("readings of continuous sets are counted by whether they arrived within a day", () => {
  const window = windowOf("con", LAST, new Map());
  const put = (hoursBack: number, ...delays: number[]) => {
    const time = LAST - hoursBack * HOUR;
    const bucket = conBucketOf(delays.map((delay) => ({ time, createdTime: time + delay * HOUR })));
    writeBucket("con", window, WINDOW_HOURS - 1 - hoursBack, bucket, 1);
  };
  put(0, 0, 23, 24);
  put(24, 30);
  const periods = continuousPeriods(window);
  expect(periods["1d"]).toEqual({
    total: { records: 3 },
    realtime: { records: 2, percent: 2 / 3 },
    deferred: { records: 1, percent: 1 / 3 },
    averageDailyRecords: 3,
  });
  expect(periods["7d"]).toMatchObject({ realtime: { percent: 0.5 }, deferred: { records: 2 } });
  expect(continuousPeriods(windowOf("con", LAST, new Map()))["30d"].realtime.percent).toBe(0);
});
