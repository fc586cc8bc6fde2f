import { describe, expect, test } from "vitest";
import { pack, packedDigits, unpack } from "../../src/platform/audit/packed-ids.ts";
import { trailRows } from "./trail.ts";

/** A generator of numbers that is the same at each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const digits = (below: (n: number) => number, length: number): string =>
  Array.from({ length }, () => below(16).toString(16)).join("");
const uuid = (below: (n: number) => number): string =>
  [8, 4, 4, 4, 12].map((length) => digits(below, length)).join("-");
const strange = [
  "",
  "x",
  "0123456789A",
  "ABCDEF0123",
  'a"b',
  "ü",
  "0123456789 ",
  `${"0".repeat(8)}-0000-0000-0000-00000000000`,
];

describe("packed ids", () => {
  test("are what they were, in both forms together, after a way through the database, too", async () => {
    const below = numbers(7);
    for (let round = 0; round < 60; round++) {
      const ids = Array.from({ length: below(60) }, () => (below(2) ? digits(below, 10) : uuid(below)));
      const packed = pack(ids);
      expect(unpack(packed).toSorted()).toEqual(ids.toSorted());
      if (packed === null) continue;
      expect(packed.length).toBeLessThanOrEqual(5 + 2 * ids.reduce((sum, id) => sum + (id.length === 10 ? 5 : 16), 0));
      const [stored] = await trailRows<{ packed: string }>(
        "SELECT 'x' || hex(coalesce(unhex(substr(?1, 2)), ?1)) AS packed",
        packed,
      );
      expect(unpack(stored!.packed)).toEqual(unpack(packed));
      for (const id of ids) expect(packed).toContain(packedDigits(id));
    }
  });

  test.each(strange)("keep an id of another form as it is, with all others: %j", (id) => {
    const ids = ["aaaaaaaaaa", id, "bbbbbbbbbb"];
    expect(unpack(pack(ids))).toEqual(ids);
  });

  test("of nobody are nothing", () => {
    expect([pack([]), unpack(null)]).toEqual([null, []]);
  });
});
