import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Window } from "../../src/platform/limits/window.ts";
import { cases } from "./size.ts";

/**
 * The promise as a definition, on the log of all that passed: an attempt passes unless with it more than `most`, and `most` for
 * each `seconds`, had passed in some stretch of time that ends now. In whole numbers, without any sum that is carried along.
 */
const allowedBy = (passed: readonly number[], { most, seconds }: { most: number; seconds: number }, now: number) =>
  passed.every(
    (start, i) => BigInt(passed.length - i + 1 - most) * BigInt(seconds) * 1000n <= BigInt(most) * BigInt(now - start),
  );

const quota = fc.record({ most: fc.integer({ min: 1, max: 20 }), seconds: fc.integer({ min: 1, max: 90 }) });
/** Mostly bursts, sometimes a wait, sometimes one of exactly what one attempt costs. */
const history = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 2000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
  ),
  { maxLength: 150 },
);
const runs = { numRuns: cases(20_000, 1000) };
const START = 1_800_000_000_000;

describe("in a sliding window", () => {
  test("exactly those attempts pass with which no stretch of time has more than was promised", () => {
    fc.assert(
      fc.property(quota, history, (limit, gaps) => {
        const window = new Window();
        const passed: number[] = [];
        let now = START;
        for (const gap of gaps) {
          now += gap;
          const expected = allowedBy(passed, limit, now);
          expect(window.take("key", limit, now).isRefused).toBe(!expected);
          if (expected) passed.push(now);
        }
        for (const start of passed) {
          const within = passed.filter((at) => at >= start && at < start + limit.seconds * 1000).length;
          expect(within).toBeLessThanOrEqual(2 * limit.most);
        }
      }),
      runs,
    );
  });

  test("who never comes sooner than the rate is never refused, whatever else the window is for", () => {
    fc.assert(
      fc.property(quota, fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 300 }), (limit, late) => {
        const window = new Window();
        let now = START;
        for (const more of late) {
          now += Math.ceil((limit.seconds * 1000) / limit.most) + more;
          expect(window.take("even", limit, now).isRefused).toBe(false);
          for (let i = 0; i < limit.most + 2; i++) window.take("bursts", limit, now);
        }
      }),
      runs,
    );
  });

  test("as many as are left pass at once, and one more after the time that is told, not a second before", () => {
    fc.assert(
      fc.property(quota, history, (limit, gaps) => {
        const window = new Window();
        let now = START;
        for (const gap of gaps) window.take("key", limit, (now += gap));
        const told = window.take("key", limit, now);
        for (let i = 0; i < told.remaining; i++) expect(window.take("key", limit, now).isRefused).toBe(false);
        expect(window.take("key", limit, now).isRefused).toBe(true);
        expect(window.take("key", limit, now + (told.moreIn - 1) * 1000).isRefused).toBe(true);
        expect(window.take("key", limit, now + told.moreIn * 1000).isRefused).toBe(false);
      }),
      runs,
    );
  });

  test("a clock that is set back gives nothing back", () => {
    const window = new Window();
    const limit = { most: 2, seconds: 10 };
    const refused = (now: number) => window.take("key", limit, now).isRefused;
    expect([refused(START), refused(START), refused(START - 60_000), refused(START + 4999)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(refused(START + 5000)).toBe(false);
  });

  test("a clock that was set back does not make the time that is told too short", () => {
    fc.assert(
      fc.property(quota, history, fc.integer({ min: 1, max: 200_000 }), (limit, gaps, back) => {
        const window = new Window();
        let now = START;
        for (const gap of gaps) window.take("key", limit, (now += gap));
        const told = window.take("key", limit, (now -= back));
        for (let i = 0; i < told.remaining; i++) expect(window.take("key", limit, now).isRefused).toBe(false);
        expect(window.take("key", limit, now).moreIn).toBe(told.moreIn);
        expect(window.take("key", limit, now + (told.moreIn - 1) * 1000).isRefused).toBe(true);
        expect(window.take("key", limit, now + told.moreIn * 1000).isRefused).toBe(false);
      }),
      runs,
    );
  });

  test("no more keys are held than twice the bound; the ones seen last are", () => {
    const window = new Window(50);
    const limit = { most: 1, seconds: 60 };
    window.take("first", limit, START);
    for (let i = 0; i < 1000; i++) {
      window.take(`key ${i}`, limit, START);
      expect(window.size).toBeLessThanOrEqual(100);
      if (i % 40 === 0) expect(window.take("first", limit, START).isRefused).toBe(true);
    }
    expect(window.take("key 0", limit, START).isRefused).toBe(false);
  });
});
