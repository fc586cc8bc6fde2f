import { expect, test } from "vitest";
import { dejaVuSans } from "./dejavu.ts";
import { openFont } from "./font.ts";

test("words that go on being used stay shaped, however many others come and go", async () => {
  const font = await openFont(dejaVuSans());
  const usual = font.shape("Target");
  const rare = font.shape("Jellyfish");
  for (let i = 0; i < 5000; i++) {
    font.shape(`x${i}`);
    if (i % 100 === 0) expect(font.shape("Target")).toBe(usual);
  }
  expect(font.shape("Jellyfish")).not.toBe(rare);
  expect(font.shape("Jellyfish")).toEqual(rare);
});

test.each([
  ["Arabic", "١٢٣", "١٢٣"],
  ["Persian", "۱۲۳", "۱۲۳"],
  ["Arabic, in groups", "١٢.٣٤", "١٢.٣٤"],
  ["mixed", "12١٣", "12١٣"],
  ["Arabic behind a letter", "A١٢", "A١٢"],
  ["N'Ko, which is read from the right", "߁߂߃", "߃߂߁"],
])("digits are drawn in the order in which they are read: %s", async (_, text, drawn) => {
  const { glyphs } = (await openFont(dejaVuSans())).shape(text);
  expect(glyphs.map(({ codePoints }) => String.fromCodePoint(...codePoints)).join("")).toBe(drawn);
});

test("letters of Hebrew and Arabic are drawn from the right", async () => {
  const font = await openFont(dejaVuSans());
  const drawn = (text: string) =>
    font.shape(text).glyphs.flatMap(({ codePoints }) => String.fromCodePoint(...codePoints));
  expect(drawn("דוד")).toEqual(["ד", "ו", "ד"]);
  expect(drawn("כהן")).toEqual(["ן", "ה", "כ"]);
  expect(drawn("عمر")).toEqual(["ر", "م", "ع"]);
});
