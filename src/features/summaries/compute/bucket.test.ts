import { describe, expect, test } from "vitest";
import { mmolPerLitre } from "../../device-data/model/glucose.ts";
import {
  bucketOf,
  COUNTED_RANGES,
  conBucketOf,
  FIELD,
  fieldsOf,
  minutesOf,
  type Reading,
  writeBucket,
} from "./bucket.ts";

const HOUR = Date.parse("2024-05-01T10:00:00Z");
const MINUTE = 60_000;
const at = (minutes: number, { value = 6, length = 5 } = {}): Reading => ({
  time: HOUR + minutes * MINUTE,
  value,
  minutes: length,
});
const accepted = (kind: "cgm" | "bgm", readings: readonly Reading[]) => bucketOf(kind, readings)![FIELD.records];
const rangesOf = (value: number) => {
  const bucket = bucketOf("bgm", [at(0, { value, length: 0 })])!;
  return COUNTED_RANGES.filter((_, i) => bucket[FIELD.rangeRecords + i] === 1);
};

describe("a reading counts", () => {
  test.each([
    [undefined, undefined, 5],
    [undefined, "DexG6", 5],
    [undefined, "xAbbottFreeStyleLibre-1", 15],
    [undefined, "AbbottFreeStyleLibre2", 15],
    [undefined, "AbbottFreeStyleLibre3-1", 5],
    [300_000, "AbbottFreeStyleLibre", 5],
    [90_000, undefined, 1],
    [60_000, undefined, 1],
    [59_999, undefined, 1],
    [1, "AbbottFreeStyleLibre", 1],
    [0, undefined, 5],
    [0, "AbbottFreeStyleLibre", 5],
    [899_999, undefined, 14],
  ])("with interval %s from %s: %i minutes", (interval, deviceId, minutes) => {
    expect(minutesOf("cgm", interval, deviceId)).toBe(minutes);
  });

  test("no minutes if it is a fingerstick", () => {
    expect(minutesOf("bgm", 300_000, "AbbottFreeStyleLibre")).toBe(0);
  });
});

describe("a value is in the range", () => {
  test.each([
    [0, ["VeryLow"]],
    [2.99999, ["VeryLow"]],
    [3, ["Low"]],
    [3.89999, ["Low"]],
    [3.9, ["Target"]],
    [10, ["Target"]],
    [10.00001, ["High"]],
    [13.9, ["High"]],
    [13.90001, ["VeryHigh"]],
    [19.39999, ["VeryHigh"]],
    [19.4, ["VeryHigh", "ExtremeHigh"]],
  ])("%d mmol/L: %s", (value, ranges) => {
    expect(rangesOf(value)).toEqual(ranges);
  });

  test.each([
    [54, 2.9974, ["VeryLow"]],
    [55, 3.05291, ["Low"]],
    [70, 3.88552, ["Low"]],
    [71, 3.94103, ["Target"]],
    [180, 9.99135, ["Target"]],
    [181, 10.04685, ["High"]],
    [250, 13.87687, ["High"]],
    [251, 13.93238, ["VeryHigh"]],
    [349, 19.37211, ["VeryHigh"]],
    [350, 19.42762, ["VeryHigh", "ExtremeHigh"]],
  ])("%i mg/dL, compared as %d mmol/L: %s", (milligrams, value, ranges) => {
    expect(mmolPerLitre(milligrams)).toBe(value);
    expect(rangesOf(value)).toEqual(ranges);
  });
});

describe("an hour", () => {
  test("without readings has no bucket", () => {
    expect([bucketOf("cgm", []), bucketOf("bgm", []), conBucketOf([])]).toEqual([undefined, undefined, undefined]);
  });

  test("takes 61 readings and refuses the rest", () => {
    const readings = Array.from({ length: 70 }, (_, i) => at(i / 2, { length: 0, value: i }));
    const bucket = bucketOf("bgm", readings)!;
    expect(bucket[FIELD.records]).toBe(61);
    expect(bucket[FIELD.max]).toBe(60);
    expect(bucket[FIELD.lastTime]).toBe(HOUR + 30 * MINUTE);
    const often = Array.from({ length: 62 }, (_, i) => at((i * 50) / 60, { length: 1 }));
    expect(accepted("cgm", often)).toBe(61);
  });

  test("refuses what comes more than ten seconds before the length of the last accepted is over", () => {
    expect(accepted("cgm", [at(0), at(4.83)])).toBe(1);
    expect(accepted("cgm", [at(0), at(290 / 60)])).toBe(2);
    expect(accepted("cgm", [at(0, { length: 15 }), at(14)])).toBe(1);
    expect(accepted("cgm", [at(0), at(4, { length: 1 }), at(5)])).toBe(2);
  });

  test("refuses no fingerstick by its time", () => {
    expect(accepted("bgm", [at(0, { length: 0 }), at(0, { length: 0 }), at(0.1, { length: 0 })])).toBe(3);
    expect(accepted("bgm", [at(0), at(0)])).toBe(2);
  });

  test("is not changed by what it refuses", () => {
    const bucket = bucketOf("cgm", [at(0, { value: 6 })])!;
    expect(bucketOf("cgm", [at(0, { value: 6 }), at(1, { value: 20 })])).toEqual(bucket);
  });

  // glucostats 1.0.0 counts the time without readings for the one after it, glycosignal 0.2.0 for the one before it.
  test("counts a gap for neither of the readings beside it", () => {
    const bucket = bucketOf("cgm", [at(0), at(5, { value: 3.5 }), at(45, { value: 3.2 }), at(50)])!;
    expect(bucket[FIELD.minutes]).toBe(20);
    expect(bucket[FIELD.rangeMinutes + COUNTED_RANGES.indexOf("Low")]).toBe(10);
  });

  test("weighs values by their minutes, fingersticks alike", () => {
    const sensor = bucketOf("cgm", [at(0, { value: 4, length: 15 }), at(15, { value: 8, length: 5 })])!;
    expect(sensor[FIELD.glucose]).toBe(100);
    expect(sensor[FIELD.deviations]).toBeCloseTo(15 * 1 + 5 * 9, 12);
    const fingersticks = bucketOf("bgm", [at(0, { value: 4, length: 0 }), at(15, { value: 8, length: 0 })])!;
    expect([fingersticks[FIELD.glucose], fingersticks[FIELD.minutes]]).toEqual([12, 0]);
    expect(fingersticks[FIELD.deviations]).toBeCloseTo(8, 12);
  });

  test("keeps the digits of small deviations from a large mean", () => {
    const values = [1e8, 1e8 + 1, 1e8 + 2];
    const bucket = bucketOf(
      "bgm",
      values.map((value, i) => at(i, { value, length: 0 })),
    )!;
    expect(bucket[FIELD.deviations]).toBe(2);
  });

  test("of equal values deviates by nothing, never by less", () => {
    for (let value = 0; value < 50; value += 0.11015) {
      const bucket = bucketOf(
        "bgm",
        Array.from({ length: 40 }, (_, i) => at(i, { value, length: 0 })),
      )!;
      expect(bucket[FIELD.deviations]).toBeGreaterThanOrEqual(0);
      expect(bucket[FIELD.deviations]).toBeLessThan(1e-20);
    }
  });

  test("tells a value of 0 from none", () => {
    const bucket = bucketOf(
      "bgm",
      [0, 5, 3].map((value, i) => at(i, { value, length: 0 })),
    )!;
    expect([bucket[FIELD.min], bucket[FIELD.max]]).toEqual([0, 5]);
    const other = bucketOf(
      "bgm",
      [5, 0, 3].map((value, i) => at(i, { value, length: 0 })),
    )!;
    expect([other[FIELD.min], other[FIELD.max]]).toEqual([0, 5]);
  });

  test("tells what arrived within a day of its time from what was deferred", () => {
    const DAY = 86_400_000;
    const bucket = conBucketOf(
      [0, DAY - 1, DAY, 2 * DAY, -5].map((after, i) => ({ time: HOUR + i, createdTime: HOUR + i + after })),
    )!;
    expect([bucket[FIELD.records], bucket[FIELD.realtime]]).toEqual([5, 3]);
    expect([bucket[FIELD.firstTime], bucket[FIELD.lastTime]]).toEqual([HOUR, HOUR + 4]);
  });
});

test.each(["cgm", "bgm", "con"] as const)("hours of %s are written next to each other, and cleared", (kind) => {
  const fields = fieldsOf(kind);
  const bucket = kind === "con" ? conBucketOf([{ time: HOUR, createdTime: HOUR }])! : bucketOf(kind, [at(0)])!;
  expect(bucket).toHaveLength(fields);
  const hours = new Float64Array(3 * fields);
  for (const index of [0, 1, 2]) writeBucket(kind, hours, index, bucket, HOUR + index);
  writeBucket(kind, hours, 1, undefined, 7);
  const written = (modified: number) => bucket.map((value, field) => (field === FIELD.lastModified ? modified : value));
  const cleared = new Float64Array(fields).map((_, field) => (field === FIELD.lastModified ? 7 : 0));
  expect([0, 1, 2].map((index) => hours.slice(index * fields, (index + 1) * fields))).toEqual([
    written(HOUR),
    cleared,
    written(HOUR + 2),
  ]);
});
