import fc from "fast-check";
import { expect, test } from "vitest";
import { PATTERNS, toDateTime } from "./wire.ts";

/** The last instant a Date can hold. */
const LAST_MS = 8_640_000_000_000_000;

test("an instant is formatted exactly like toISOString, for any year", () => {
  const instant = fc.oneof(
    fc.integer({ min: -LAST_MS, max: LAST_MS }),
    fc.integer({ min: -86_400_001, max: 86_400_001 }),
    fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) }),
    fc.constantFrom(Date.parse("0001-01-01T00:00:00Z"), -1, 0, 999, 1000, 86_399_999, 86_400_000),
  );
  fc.assert(
    fc.property(instant, (ms) => {
      expect(toDateTime(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 2000 },
  );
  for (const ms of [Number.NaN, 2 * LAST_MS]) expect(() => toDateTime(ms)).toThrow(RangeError);
});

test("a text has the pattern of a schema exactly when the schema takes it", () => {
  expect(PATTERNS.size).toBeGreaterThan(0);
  const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 8, maxLength: 25 });
  const nearly = fc.tuple(hex, fc.constantFrom("", "\n", " ", "g", "A", "-", "\u0000")).map(([id, end]) => id + end);
  const text = fc.oneof(
    hex,
    hex.map((it) => it.padEnd(24, "0")),
    nearly,
    fc.uuid(),
    fc.string(),
  );
  for (const [schema, pattern] of PATTERNS) {
    fc.assert(
      fc.property(text, (it) => {
        expect([it, pattern.test(it)]).toEqual([it, schema.safeParse(it).success]);
      }),
      { numRuns: 2000 },
    );
    expect(fc.sample(text, 2000).some((it) => pattern.test(it))).toBe(true);
  }
});
