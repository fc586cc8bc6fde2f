import fc from "fast-check";
import { expect, test } from "vitest";
import { orderedKeys, pageOfKeys } from "./order.ts";
import type { PatientOrder } from "./query.ts";

/** Few values of many patients, in rising, falling and random order, so that equal and missing ones are at every place. */
const values = fc
  .record({
    length: fc.constantFrom(0, 1, 50, 2047, 2048, 2049, 9000),
    kinds: fc.constantFrom(2, 40, 1e9),
    how: fc.constantFrom("rising", "falling", "random"),
    seed: fc.nat(1e6),
    isText: fc.boolean(),
  })
  .map(({ length, kinds, how, seed, isText }) => {
    let state = seed;
    const random = () => (state = (state * 48_271 + 11) % 2_147_483_647);
    return Array.from({ length }, (_, i) => {
      const at = how === "rising" ? i : how === "falling" ? length - i : random();
      const value = at % kinds;
      if (value % 7 === 3) return null;
      return isText ? String(value).padStart(10, "0") : value;
    });
  });

const order: fc.Arbitrary<PatientOrder> = fc.record({
  descending: fc.boolean(),
  source: fc.constantFrom(
    { kind: "column", column: "birth_date" } as const,
    { kind: "date", type: "cgm", column: "cgm_last_data_at", flag: 2 } as const,
  ),
});

test("a page is that part of all, wherever it is and however the values lie", () => {
  fc.assert(
    fc.property(
      values,
      order,
      fc.constantFrom(0, 1, 40, 300, 2000, 8990),
      fc.constantFrom(1, 50, 1000),
      (given, by, offset, limit) => {
        const matches = { keys: given.map((_, i) => 2 * i + 1), values: given };
        const whole = orderedKeys(matches, by).slice(offset, offset + limit);
        expect(pageOfKeys(matches, by, { offset, limit })).toEqual(whole);
        if (given.some((value) => typeof value === "string")) return;
        const numbers = Float64Array.from(given, (value) => (value === null ? Number.NaN : Number(value)));
        const inMemory = { keys: Float64Array.from(matches.keys), values: numbers };
        expect(pageOfKeys(inMemory, by, { offset, limit })).toEqual(whole);
      },
    ),
    { numRuns: 300 },
  );
});
