import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cases } from "../../../../test/properties/size.ts";
import { type BinRule, binsOf, type DayReadings, gapOf, percentile, runsOf, segmentsOf } from "./chart-statistics.ts";

const MINUTE_MS = 60_000;

const readings = (...pairs: readonly (readonly [minute: number, value: number])[]): DayReadings => ({
  times: pairs.map(([minute]) => minute * MINUTE_MS),
  minutes: pairs.map(([minute]) => minute),
  values: pairs.map(([, value]) => value),
});

describe("a percentile", () => {
  test.each([
    [[5], 50, 5],
    [[1, 2], 50, 1.5],
    [[1, 2, 3, 4], 25, 1.75],
    [[1, 2, 3, 4, 5], 75, 4],
    [[10, 20, 30, 40], 0, 10],
    [[10, 20, 30, 40], 100, 40],
    [[0, 100], 5, 5],
  ])("of %j at %d is %d", (values, percent, expected) => {
    expect(percentile(values, percent)).toBeCloseTo(expected, 12);
  });

  /** Looks for the two values between whose shares of the way the percentile is. */
  function naive(values: readonly number[], percent: number): number {
    const sorted = [...values].toSorted((a, b) => a - b);
    const shares = sorted.map((_, i) => (100 * i) / (sorted.length - 1));
    const after = shares.findIndex((share) => share >= percent);
    if (sorted.length === 1 || after === 0) return sorted[0]!;
    const way = (percent - shares[after - 1]!) / (shares[after]! - shares[after - 1]!);
    return sorted[after - 1]! * (1 - way) + sorted[after]! * way;
  }

  test("is that of a naive model", () => {
    const values = fc.array(fc.double({ min: 0, max: 55, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 100 }), (all, percent) => {
        expect(percentile(Float64Array.from(all).toSorted(), percent)).toBeCloseTo(naive(all, percent), 6);
      }),
      { numRuns: cases(5000, 500) },
    );
  });
});

describe("the parts of a day", () => {
  const rule: BinRule = { minutes: 30, daysMin: 2, readingsMin: 3, outerReadingsMin: 4 };
  const at = (days: readonly DayReadings[], place: number) => binsOf(days, rule)[place]!;

  test("are as many as fill it", () => {
    const bins = binsOf([], rule);
    expect(bins).toHaveLength(48);
    expect([bins[0], bins.at(-1)]).toMatchObject([
      { from: 0, to: 30 },
      { from: 1410, to: 1440 },
    ]);
  });

  test("take readings from their beginning up to the next one's", () => {
    const day = readings([30, 1], [44, 2], [59.99, 3], [60, 9]);
    expect(at([day, readings([31, 2])], 1)).toEqual({
      from: 30,
      to: 60,
      middle: { p25: 1.75, p50: 2, p75: 2.25 },
      outer: { p5: expect.closeTo(1.15, 9), p95: expect.closeTo(2.85, 9) },
    });
  });

  test.each([
    ["one day", [readings([0, 1], [5, 2], [10, 3], [15, 4])], false, false],
    ["too few readings", [readings([0, 1]), readings([0, 2])], false, false],
    ["enough for the middle", [readings([0, 1], [5, 2]), readings([0, 3])], true, false],
    ["enough", [readings([0, 1], [5, 2]), readings([0, 3], [5, 3])], true, true],
    ["a repeated hour counts as one day", [readings([0, 1], [10, 2], [0, 1], [10, 3])], false, false],
  ] as const)("have percentiles where there are enough readings and days: %s", (_, days, hasMiddle, hasOuter) => {
    const { middle, outer } = at(days, 0);
    expect([middle !== undefined, outer !== undefined]).toEqual([hasMiddle, hasOuter]);
  });

  test("never count a reading twice or not at all", () => {
    const day = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1439.999, noNaN: true }), fc.double({ min: 0, max: 55, noNaN: true })),
    );
    fc.assert(
      fc.property(fc.array(day, { maxLength: 6 }), fc.constantFrom(15, 30, 180), (days, minutes) => {
        const all = days.flat();
        const bins = binsOf(
          days.map((pairs) => readings(...pairs)),
          { minutes, daysMin: 1, readingsMin: 1, outerReadingsMin: 1 },
        );
        for (const { from, to, middle, outer } of bins) {
          const own = all.filter(([minute]) => minute >= from && minute < to).map(([, value]) => value);
          expect(middle !== undefined).toBe(own.length > 0);
          if (!middle || !outer) continue;
          const ordered = [Math.min(...own), outer.p5, middle.p25, middle.p50, middle.p75, outer.p95, Math.max(...own)];
          for (let i = 1; i < ordered.length; i++) expect(ordered[i]! - ordered[i - 1]!).toBeGreaterThanOrEqual(-1e-9);
        }
      }),
      { numRuns: cases(1000, 100) },
    );
  });
});

test.each([
  ["", []],
  ["x", [[0, 1]]],
  [
    ".xx.x",
    [
      [1, 3],
      [4, 5],
    ],
  ],
  ["...", []],
] as const)("runs of %j", (text, runs) => {
  expect(runsOf(text.length, (i) => text[i] === "x").map(({ from, to }) => [from, to])).toEqual(runs);
});

describe("a curve", () => {
  const every = (minutes: number, count: number) => Array.from({ length: count }, (_, i) => i * minutes * MINUTE_MS);

  test.each([
    ["one reading", [0], 15],
    ["one a minute", every(1, 20), 15],
    ["one in five minutes", every(5, 20), 15],
    ["one in ten minutes", every(10, 20), 30],
    ["one in fifteen minutes", every(15, 20), 45],
    ["one an hour", every(60, 20), 45],
    ["none is missing but once", [...every(5, 10), 400 * MINUTE_MS], 15],
  ])("goes on over the longest gap of a day with %s", (_, times, minutes) => {
    expect(gapOf(times)).toBe(minutes * MINUTE_MS);
  });

  test.each([
    ["nothing", [], []],
    ["one reading", [0], [[0, 1]]],
    ["a gap of three intervals", [0, 5, 10, 25, 30], [[0, 5]]],
    [
      "a longer gap",
      [0, 5, 10, 25.1, 30],
      [
        [0, 3],
        [3, 5],
      ],
    ],
  ] as const)("is broken at long gaps: %s", (_, minutes, expected) => {
    const day = readings(...minutes.map((minute) => [minute, 6] as const));
    expect(segmentsOf(day).map(({ from, to }) => [from, to])).toEqual(expected);
  });

  test("is broken where clocks change", () => {
    const times = every(5, 6);
    const back = { times, minutes: [110, 115, 60, 65, 70, 75], values: times };
    const forward = { times, minutes: [110, 115, 180, 185, 190, 195], values: times };
    for (const day of [back, forward]) {
      expect(segmentsOf(day)).toEqual([
        { from: 0, to: 2 },
        { from: 2, to: 6 },
      ]);
    }
  });

  test("has every reading in one segment, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1439 })), (minutes) => {
        const day = readings(...minutes.toSorted((a, b) => a - b).map((minute) => [minute, 5] as const));
        const places = segmentsOf(day).flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
        expect(places).toEqual(minutes.map((_, i) => i));
      }),
      { numRuns: cases(2000, 200) },
    );
  });
});
