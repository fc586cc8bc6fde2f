import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cases } from "../../../../test/properties/size.ts";
import { areasBeyond, besideEachOther, reduced, straightened, thinned } from "./chart-shapes.ts";

const TOLERANCE = 0.15;

/** Hundredths of a point. */
const across = fc.integer({ min: 0, max: 24_000 }).map((hundredths) => hundredths / 100);
const point = fc.tuple(across, fc.double({ min: 0, max: 60, noNaN: true }));
const curve = fc
  .array(point, { minLength: 1, maxLength: 200 })
  .map((points) => points.toSorted(([a], [b]) => a - b).flat());

const pairs = (points: readonly number[]) =>
  Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i]!, points[2 * i + 1]!] as const);
const heights = (points: readonly number[]) => pairs(points).map(([, y]) => y);

describe("a reduced curve", () => {
  test("has its ends and extremes, and only points of the whole one, in their order", () => {
    fc.assert(
      fc.property(curve, (points) => {
        const kept = reduced(points);
        expect([kept.slice(0, 2), kept.slice(-2)]).toEqual([points.slice(0, 2), points.slice(-2)]);
        expect(Math.min(...heights(kept))).toBe(Math.min(...heights(points)));
        expect(Math.max(...heights(kept))).toBe(Math.max(...heights(points)));
        const all = pairs(points).map(String);
        let place = -1;
        for (const one of pairs(kept).map(String)) {
          place = all.indexOf(one, place + 1);
          expect(place).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: cases(3000, 300) },
    );
  });

  test("has at most four points in half a point of width", () => {
    const dense = Array.from({ length: 100_000 }, (_, i) => [(i * 240) / 100_000, (i * 7919) % 60]).flat();
    expect(thinned(dense).length / 2).toBeLessThanOrEqual(4 * 480);
  });

  test("is nowhere farther from the points left out than the tolerance", () => {
    fc.assert(
      fc.property(curve, fc.boolean(), (points, isSmooth) => {
        const given = isSmooth ? pairs(points).flatMap(([x, y]) => [x, 30 + Math.sin(x / 9) + y / 400]) : points;
        const kept = pairs(straightened(given));
        for (const [x, y] of pairs(given)) {
          const isNear = kept.some(([keptX, keptY], i) => {
            if (keptX === x && keptY === y) return true;
            const [nextX, nextY] = kept[i + 1] ?? [Number.NaN, Number.NaN];
            if (!(keptX <= x && x <= nextX && nextX > keptX)) return false;
            return Math.abs(keptY + ((nextY - keptY) * (x - keptX)) / (nextX - keptX) - y) <= TOLERANCE + 1e-6;
          });
          expect(isNear).toBe(true);
        }
      }),
      { numRuns: cases(3000, 300) },
    );
  });

  test("of a straight line has two points", () => {
    expect(reduced([0, 10, 1, 11, 2, 12, 3, 13])).toEqual([0, 10, 3, 13]);
  });

  test("keeps a point straight above another", () => {
    expect(straightened([0, 10, 0, 12, 1, 10, 2, 10])).toEqual([0, 10, 0, 12, 1, 10, 2, 10]);
  });
});

describe("areas beyond a line", () => {
  test.each([
    ["none", [0, 15, 10, 15], "above", []],
    ["from crossing to crossing", [0, 12, 2, 8, 4, 12], "above", [[1, 10, 2, 8, 3, 10]]],
    ["from the beginning", [0, 8, 2, 12], "above", [[0, 10, 0, 8, 1, 10]]],
    ["to the end", [0, 12, 2, 8], "above", [[1, 10, 2, 8, 2, 10]]],
    ["below", [0, 8, 2, 12, 4, 8], "below", [[1, 10, 2, 12, 3, 10]]],
    [
      "two",
      [0, 8, 2, 12, 4, 8],
      "above",
      [
        [0, 10, 0, 8, 1, 10],
        [3, 10, 4, 8, 4, 10],
      ],
    ],
    ["on the line", [0, 10, 5, 10], "above", []],
  ] as const)("%s", (_, points, side, expected) => {
    expect(areasBeyond(points, 10, side)).toEqual(expected);
  });

  test("lie on their side, begin and end on the line, and have all points that are beyond it", () => {
    fc.assert(
      fc.property(curve, fc.double({ min: 0, max: 60, noNaN: true }), (points, y) => {
        const areas = areasBeyond(points, y, "above");
        for (const area of areas) {
          expect([area[1], area.at(-1)]).toEqual([y, y]);
          for (const at of heights(area)) expect(at).toBeLessThanOrEqual(y);
        }
        const within = areas.flatMap((area) => pairs(area).slice(1, -1));
        expect(within).toEqual(pairs(points).filter(([, at]) => at < y));
      }),
      { numRuns: cases(3000, 300) },
    );
  });
});

describe("symbols beside each other", () => {
  test.each([
    ["apart", [10, 30], [10, 30]],
    ["at one place", [10, 10, 10], [10, 15, 20]],
    ["at the end", [98, 99, 100], [90, 95, 100]],
    ["pushed by those at the end", [84, 86, 99, 99, 99], [80, 85, 90, 95, 100]],
  ] as const)("%s", (_, places, expected) => expect(besideEachOther(places, 5, 100)).toEqual(expected));

  test("do not overlap, and stay in order", () => {
    const places = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(places, (all) => {
        const shifted = besideEachOther(
          all.toSorted((a, b) => a - b),
          7,
          100,
        );
        for (let i = 1; i < shifted.length; i++) expect(shifted[i]! - shifted[i - 1]!).toBeGreaterThanOrEqual(7 - 1e-9);
        for (const place of shifted) expect(place >= 0 && place <= 100).toBe(true);
      }),
      { numRuns: cases(2000, 200) },
    );
  });
});
