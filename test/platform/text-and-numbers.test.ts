import { expect, test } from "vitest";
import { rows } from "../harness.ts";

/** What the code relies on of the runtime's texts and numbers (docs/platform.md). */

const equal = (one: string, other: string) =>
  new Intl.Collator("en", { sensitivity: "base" }).compare(one, other) === 0;

test.each([
  ["Ł", "l"],
  ["Ø", "o"],
  ["Đ", "d"],
  ["ß", "SS"],
  ["Æ", "ae"],
  ["Œ", "oe"],
  ["É", "e"],
  ["O’Neil", "o'neil"],
])("the collator holds %s and %s equal", (one, other) => {
  expect(equal(one, other)).toBe(true);
});

test.each([
  ["Й", "И"],
  ["a", "b"],
  ["Ana Gil", "AnaGil"],
])("the collator tells %s and %s apart", (one, other) => {
  expect(equal(one, other)).toBe(false);
});

test("the collator holds an empty text and one of invisible characters equal", () => {
  expect(equal("", "\u200b")).toBe(true);
});

test.each([
  [12.5, 0, "13"],
  [0.25, 1, "0.3"],
  [0.03125, 4, "0.0313"],
])("toFixed sends the tie %d up", (value, digits, text) => {
  expect(value.toFixed(digits)).toBe(text);
});

test.each([
  [0.15, 1, "0.1", "0.2"],
  [2.675, 2, "2.67", "2.68"],
  [98.105, 2, "98.11", "98.10"],
])("toFixed works on the binary value of %d, Intl's half-even on its shortest text", (value, digits, fixed, ofIntl) => {
  const format = new Intl.NumberFormat("en", {
    roundingMode: "halfEven",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  expect([value.toFixed(digits), format.format(value)]).toEqual([fixed, ofIntl]);
});

/** The most that toFixed takes. */
const DIGITS_MAX = 100;

test("toFixed gives all digits of a binary value", () => {
  expect((0.1).toFixed(DIGITS_MAX)).toMatch(/^0\.1000000000000000055511151231257827021181583404541015625000+$/);
});

test("SQLite writes numbers as JSON with all their digits", async () => {
  // Readings from 40 to 400 mg/dL as they are kept.
  const numbers = Array.from({ length: 361 }, (_, i) => (i + 40) / 18.01559);
  const [found] = await rows<{ json: string; sum: string }>(
    "SELECT json_group_array(value) AS json, json_array(0.1 + 0.2) AS sum FROM json_each(?)",
    JSON.stringify(numbers),
  );
  expect(JSON.parse(found!.json)).toEqual(numbers);
  expect(found!.sum).toBe("[0.30000000000000004]");
});
