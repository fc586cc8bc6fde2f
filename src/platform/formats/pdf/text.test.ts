import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cases } from "../../../../test/properties/size.ts";
import { cleanText, linesOf, piecesInVisualOrder } from "./text.ts";

const everything = () => true;

describe("a text is cleaned", () => {
  test.each([
    ["plain text stays", "Jill Jellyfish, 12.5 %", "Jill Jellyfish, 12.5 %"],
    ["to NFC", "E\u0301", "É"],
    ["blanks become one", " a \t\n\u00a0 b ", "a b"],
    ["without soft hyphens, zero-width blanks and marks of direction", "a\u00adb\u200bc\u202ed\u2067e\ufeff", "abcde"],
    ["without control characters", "a\0b\u0007c\u0085", "abc"],
    ["without joiners between Latin letters", "a\u200db\u200cc", "abc"],
    ["with joiners between Arabic letters", "علی\u200cرضا", "علی\u200cرضا"],
    ["without selectors of variants", "a\ufe0f", "a"],
    ["a mark meets its letter once what was between is gone", "E\u200b\u0301", "É"],
    ["a broken character is replaced", "a\ud800b", "a\ufffdb"],
  ])("%s", (_, text, clean) => {
    expect(cleanText(text, everything)).toBe(clean);
  });

  test("letters that the font lacks are replaced, or taken apart if it has the parts", () => {
    const ascii = (codePoint: number) => codePoint < 0x80 || codePoint === 0x301;
    expect(cleanText("É李a😀", ascii)).toBe("E\u0301\ufffda\ufffd");
  });

  test("once: doing it again changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const clean = cleanText(text, everything);
        expect(cleanText(clean, everything)).toBe(clean);
      }),
      { numRuns: cases(10_000, 500) },
    );
  });
});

describe("pieces are drawn in the order of their direction", () => {
  const drawn = (line: string) => piecesInVisualOrder(line).join("|");

  test.each([
    ["Latin", "Jill Jelly", "Jill| |Jelly"],
    ["a number by its characters", "12.5", "1|2|.|5"],
    ["a number among words by its characters", "Nov 12, 9:05 A1", "Nov| |1|2|,| |9|:|0|5| |A1"],
    ["Hebrew, the first word on the right", "דוד כהן", "כהן| |דוד"],
    ["a number within", "אב 123-45 גד", "גד| |123-45| |אב"],
    ["a number at the end", "אב 123", "123| |אב"],
    ["Latin before and after", "Dr אב גד Jr", "Dr| |גד| |אב| |Jr"],
    ["brackets around the last word", "אב (גד)", "(|גד|)| |אב"],
    ["brackets around Latin", "אב (Ab) גד", "אב| |(|Ab|)| |גד"],
  ])("%s", (_, line, expected) => {
    expect(drawn(line)).toBe(expected);
  });

  test("none is lost", () => {
    const letter = fc.constantFrom(..."aB1.-() אבج\u0301٣");
    fc.assert(
      fc.property(fc.string({ unit: letter }), (line) => {
        const withoutMirrored = (text: string) => [...text.replace(/[()]/g, "|")].toSorted().join("");
        expect(withoutMirrored(piecesInVisualOrder(line).join(""))).toBe(withoutMirrored(line));
      }),
      { numRuns: cases(10_000, 500) },
    );
  });
});

describe("a text is broken into lines", () => {
  const within = (max: number) => (line: string) => line.length <= max;

  test.each([
    ["at blanks", "one two three", 7, ["one two", "three"]],
    ["not if it fits", "one two", 7, ["one two"]],
    ["inside of words that are too long", "a abcdefgh b", 3, ["a", "abc", "def", "gh", "b"]],
    ["not between a letter and its mark", "x\u0302x\u0302x\u0302", 3, ["x\u0302", "x\u0302", "x\u0302"]],
    ["with at least a letter in each", "ab", 0, ["a", "b"]],
  ])("%s", (_, text, max, lines) => {
    expect(linesOf(text, within(max))).toEqual(lines);
  });
});
