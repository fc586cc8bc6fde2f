import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactFixed, fractionOf } from "../../../../test/ehr/exact-decimals.ts";
import { f1, f2, f4, fc as fcFormat, fixed, integer, toMgDl } from "./number-formats.ts";

/** The next double away from zero, or towards it. */
function neighbour(value: number, step: 1n | -1n): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + step);
  return view.getFloat64(0);
}

const decimals = fc.constantFrom(0, 1, 2, 4);
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
/** What summaries hold: fractions of counts as percent, glucose of five decimals, averages. */
const ofSummaries = fc.oneof(
  fc.tuple(fc.nat(4032), fc.integer({ min: 1, max: 4032 })).map(([part, all]) => (part / all) * 100),
  fc.integer({ min: 0, max: 5_000_000 }).map((n) => n / 100_000),
  fc.integer({ min: 0, max: 5_000_000 }).map((n) => toMgDl(n / 100_000)),
);
/** Odd multiples of a power of two: every tie is one. */
const tie = (of: number) => fc.integer({ min: -2_000_000, max: 2_000_000 }).map((n) => (2 * n + 1) / 2 ** (of + 1));

describe("fixed", () => {
  test("rounds the exact binary value, half to even", () => {
    fc.assert(
      fc.property(fc.oneof(double, ofSummaries), decimals, (value, places) => {
        expect(fixed(value, places)).toBe(exactFixed(value, places));
      }),
      { numRuns: 5000 },
    );
  });

  test("sends ties to the even digit, and their neighbours to the nearer one", () => {
    let [ties, neighbours] = [0, 0];
    fc.assert(
      fc.property(
        decimals.chain((places) => fc.tuple(fc.constant(places), tie(places))),
        ([places, value]) => {
          const { numerator, denominator } = fractionOf(value);
          // A tie indeed: an odd number of halves of the last place.
          expect((2n * numerator * 10n ** BigInt(places)) % (2n * denominator)).not.toBe(0n);
          expect((2n * numerator * 10n ** BigInt(places)) % denominator).toBe(0n);
          expect(fixed(value, places)).toBe(exactFixed(value, places));
          expect(Number(fixed(value, places).at(-1)) % 2).toBe(0);
          ties += 1;
          for (const near of [neighbour(value, 1n), neighbour(value, -1n)]) {
            expect(fixed(near, places)).toBe(exactFixed(near, places));
            neighbours += 1;
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect([ties, neighbours]).toEqual([3000, 6000]);
  });

  test.each([
    [12.5, 0, "12"],
    [13.5, 0, "14"],
    [0.5, 0, "0"],
    [-0.5, 0, "0"],
    [-2.5, 0, "-2"],
    [-1.5, 0, "-2"],
    [62.5, 0, "62"],
    [0.25, 1, "0.2"],
    [0.75, 1, "0.8"],
    [0.03125, 4, "0.0312"],
    [0.09375, 4, "0.0938"],
    [99.95, 1, "100.0"],
    [0.15, 1, "0.1"],
    [2.675, 2, "2.67"],
    [98.105, 2, "98.11"],
    [1.005, 2, "1.00"],
    [5e-324, 4, "0.0000"],
    [-5e-324, 4, "0.0000"],
    [-0.00001, 4, "0.0000"],
    [-0, 2, "0.00"],
    [-0, 0, "0"],
    [1e21, 0, "1000000000000000000000"],
    [1e21, 1, "1000000000000000000000.0"],
    [-1e23, 4, "-99999999999999991611392.0000"],
    [999999999999999900000, 2, "999999999999999868928.00"],
  ])("writes %d with %i decimals as %s", (value, places, text) => {
    expect(fixed(value, places)).toBe(text);
    expect(exactFixed(value, places)).toBe(text);
  });
});

test.each([
  [0.96, "1.0"],
  [0.04, "0.0"],
  [0.95, "0.9"],
  [0.25, "0.2"],
  [0.9999, "1.0"],
  [1, "1"],
  [1.4, "1"],
  [1.5, "2"],
  [2.5, "2"],
  [62.5, "62"],
  [-3.25, "-3.2"],
])("FC writes %d as %s", (value, text) => {
  expect(fcFormat(value)).toBe(text);
});

test("the named formats have their decimals", () => {
  expect([f1, f2, f4, integer].map((format) => format(1234.56789))).toEqual(["1234.6", "1234.57", "1234.5679", "1235"]);
  expect([f1, f2, f4, integer].map((format) => format(12.5))).toEqual(["12.5", "12.50", "12.5000", "12"]);
});

describe("toMgDl", () => {
  test.each([
    [8, 144.12472],
    [0, 0],
    [5.5, 99.08575],
    // Other orders of the multiplications end in another digit, for these alone of four million.
    [1.5, 27.02338],
    [8.5, 153.13251],
    [14.5, 261.22605],
    [16.5, 297.25723],
    [28.5, 513.44431],
    [29.5, 531.4599],
    [33.5, 603.52226],
  ])("converts %d mmol/L to %d mg/dL", (mmolPerL, mgPerDl) => {
    expect(toMgDl(mmolPerL)).toBe(mgPerDl);
  });

  test("returns every number of mg/dL that was stored in mmol/L, and its ties go to the even number", () => {
    for (let mgPerDl = 1; mgPerDl <= 1000; mgPerDl++) {
      const stored = Number((mgPerDl / 18.01559).toFixed(5));
      expect(Math.round(toMgDl(stored))).toBe(mgPerDl);
      const half = toMgDl((mgPerDl + 0.5) / 18.01559);
      expect(half).toBe(mgPerDl + 0.5);
      expect(fcFormat(half)).toBe(String(mgPerDl % 2 === 0 ? mgPerDl : mgPerDl + 1));
    }
  });
});
