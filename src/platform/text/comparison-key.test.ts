import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { addressKey, comparisonKey, searchKey } from "./comparison-key.ts";

/**
 * The keys of single letters, taken from the specification; the key of a text is their concatenation. Independent of
 * the implementation and of Unicode's tables.
 */
const SCRIPTS: Record<string, readonly (readonly [text: string, key: string])[]> = {
  Latin: [
    ["a", "a"],
    ["Á", "a"],
    ["A\u0301", "a"],
    ["Ａ", "a"],
    ["ô", "o"],
    ["Ø", "o"],
    ["ø\u0301", "o"],
    ["Ł", "l"],
    ["đ", "d"],
    ["Ð", "d"],
    ["Ħ", "h"],
    ["ı", "i"],
    ["İ", "i"],
    ["Ŋ", "n"],
    ["Æ", "ae"],
    ["ǽ", "ae"],
    ["œ", "oe"],
    ["Þ", "th"],
    ["ß", "ss"],
    ["ẞ", "ss"],
    ["ﬃ", "ffi"],
    ["𝒳", "x"],
    ["ế", "e"],
    ["e\u0301\u0302", "e"],
  ],
  Greek: [
    ["Σ", "σ"],
    ["ς", "σ"],
    ["ώ", "ω"],
    ["ᾂ", "α"],
    ["Ϊ", "ι"],
  ],
  Cyrillic: [
    ["и", "и"],
    ["Й", "й"],
    ["и\u0306", "й"],
    ["И\u0316\u0306", "й"],
    ["й\u0301", "й"],
    ["Ё", "е"],
    ["\u1c80", "в"],
    ["В", "в"],
  ],
  Hebrew: [
    ["ש", "ש"],
    ["שׁ", "ש"],
    ["\ufb2c", "ש"],
    ["בָּ", "ב"],
    ["־", "־"],
  ],
  Arabic: [
    ["مُ", "م"],
    ["م", "م"],
    ["أ", "ا"],
    ["ﻻ", "لا"],
    ["ﷺ", "ﷺ"],
  ],
  Devanagari: [
    ["री", "री"],
    ["रा", "रा"],
    ["र", "र"],
    ["मँ", "मँ"],
    ["क़", "क\u093c"],
    ["\u0958", "क\u093c"],
  ],
  kana: [
    ["さ", "さ"],
    ["ざ", "ざ"],
    ["さ\u3099", "ざ"],
    ["ｻ", "サ"],
    ["ｻﾞ", "ザ"],
    ["李", "李"],
    ["\uf9e1", "李"],
  ],
  Thai: [
    ["กำ", "กํา"],
    ["กุ่", "กุ่"],
    ["กุ่", "กุ่"],
    ["ก", "ก"],
  ],
  signs: [
    ["7", "7"],
    ["'", "'"],
    ["\u2019", "'"],
    ["\u02bc", "'"],
    ["`", "'"],
    ["\u00b4", "'"],
    ["＇", "'"],
    ["-", "-"],
    ["\u2010", "-"],
    ["\u2212", "-"],
    ["－", "-"],
  ],
  blanks: [
    [" ", " "],
    ["\t", " "],
    ["\u00a0", " "],
    ["\u3000", " "],
    ["\u2028", " "],
  ],
  invisible: [
    ["\u0000", ""],
    ["\u00ad", ""],
    ["\u200b", ""],
    ["\u200e", ""],
    ["\ufeff", ""],
    ["\ufe0f", ""],
  ],
};
const LETTERS = Object.values(SCRIPTS).flat();

type Letters = readonly (readonly [text: string, key: string])[];
const joined = (letters: Letters, side: 0 | 1) => letters.map((letter) => letter[side]).join("");
/** Collapses runs of blanks, independently of the implementation. */
const singleBlanks = (text: string) =>
  [...text].filter((c, i, all) => c !== " " || (i > 0 && all[i - 1] !== " ")).join("");
const expectedSearchKey = (letters: Letters) => {
  const all = joined(letters, 1);
  return (all.startsWith(" ") ? " " : "") + singleBlanks(all);
};
const ASCII: Letters = [
  ["a", "a"],
  ["B", "b"],
  [" ", " "],
  ["`", "'"],
  ["\u0000", ""],
];
/** Texts of all scripts, and short ones of characters with a separate code path: ASCII and blanks. */
const text = fc.oneof(
  fc.array(fc.constantFrom(...LETTERS), { maxLength: 12 }),
  fc.array(fc.constantFrom(...ASCII), { maxLength: 5 }),
);
const anyText = fc.oneof(
  text.map((letters: Letters) => joined(letters, 0)),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  // Marks of many classes, in any order.
  fc.string({
    unit: fc.constantFrom(..."aиИ \u0316\u0301\u0306\u0327\u0e48\u0e38\u3099\u093c\u05b0\u200b"),
    maxLength: 60,
  }),
);
/** Code points that behave like thousands of others. */
const ALIKE = /[\p{Cn}\p{Co}\p{Cs}\p{Unified_Ideograph}]/u;
const length = (value: string) => [...value].length;

describe("comparisonKey", () => {
  test("is the concatenation of the letters' keys, in every script", () => {
    fc.assert(
      fc.property(text, (letters: Letters) => {
        expect(comparisonKey(joined(letters, 0))).toBe(expectedSearchKey(letters).trim());
        expect(searchKey(joined(letters, 0))).toBe(expectedSearchKey(letters));
      }),
      { numRuns: 2000 },
    );
  });

  test("is equal for two texts exactly when their letters' keys are equal", () => {
    fc.assert(
      fc.property(text, text, text, (a: Letters, b: Letters, c: Letters) => {
        const same = (x: Letters, y: Letters) => comparisonKey(joined(x, 0)) === comparisonKey(joined(y, 0));
        expect(same(a, a)).toBe(true);
        expect(same(a, b)).toBe(same(b, a));
        if (same(a, b) && same(b, c)) expect(same(a, c)).toBe(true);
        expect(same(a, b)).toBe(expectedSearchKey(a).trim() === expectedSearchKey(b).trim());
      }),
    );
  });

  test("is idempotent, in NFC, at most three times as long, and equal for all canonical forms of a text", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        for (const keyOf of [comparisonKey, searchKey]) {
          const key = keyOf(value);
          expect(keyOf(key)).toBe(key);
          expect(key.normalize("NFC")).toBe(key);
          expect(length(key)).toBeLessThanOrEqual(3 * length(value));
          expect(keyOf(value.normalize("NFD"))).toBe(key);
          expect(keyOf(value.normalize("NFC"))).toBe(key);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("has these properties for every single code point", () => {
    const broken: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (ALIKE.test(character)) continue;
      const key = comparisonKey(character);
      const holds = comparisonKey(key) === key && length(key) <= 3 && comparisonKey(character.normalize("NFD")) === key;
      if (!holds) broken.push(code.toString(16));
    }
    expect(broken).toEqual([]);
  });

  test.each([
    ["an apostrophe of another kind", "O'Brien", "O\u2019Brien"],
    ["a hyphen of another kind", "Smith-Jones", "Smith\u2010Jones"],
    ["letters no normal form takes apart", "Lukasz Strasse", "Łukasz STRAẞE"],
    ["a final sigma", "ΚΩΣΤΑΣ", "Κωστας"],
    ["blanks around and many within", "Rosa Diaz", "  Rosa \t\u00a0Diaz\n"],
    ["what can't be seen", "A-17", "\ufeffA\u200b-\u00ad1\u200e7\u0000"],
  ])("is the same for %s", (_, one, other) => {
    expect(comparisonKey(other)).toBe(comparisonKey(one));
  });

  test.each([
    ["vowel signs", "रीमा", "रामा"],
    ["kana with and without voicing", "さとう", "ざとう"],
    ["tones", "กุ่", "กุ"],
    ["й and и", "Андрей", "Андреи"],
    ["a blank and none", "Mac Leod", "MacLeod"],
  ])("is another for %s", (_, one, other) => {
    expect(comparisonKey(other)).not.toBe(comparisonKey(one));
  });

  test("sorts variants of a letter together, and ignores leading blanks", () => {
    const names = ["  Zoe", "Þórr", "Tz", "Ödön", "Œuvre", "Oz", "Ŋala", "Łukasz", "Lz", "Đorđe", "Ægir", "Anna"];
    const byKey = names.toSorted((a, b) => (comparisonKey(a) < comparisonKey(b) ? -1 : 1));
    expect(byKey).toEqual([
      "Ægir",
      "Anna",
      "Đorđe",
      "Łukasz",
      "Lz",
      "Ŋala",
      "Ödön",
      "Œuvre",
      "Oz",
      "Þórr",
      "Tz",
      "  Zoe",
    ]);
  });

  test("keeps a character that would expand to more than three letters, and drops overlong runs of marks", () => {
    expect(comparisonKey("\ufdfa".repeat(256))).toBe("\ufdfa".repeat(256));
    expect(comparisonKey(`ก${"\u0e48\u0e38".repeat(15)}`)).toBe(`ก${"\u0e38".repeat(15)}${"\u0e48".repeat(15)}`);
    expect(comparisonKey(`ก${"\u0e48\u0e38".repeat(16)}ข`)).toBe("กข");
  });
});

describe("the work for a key", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** The cost of normalising a text: its length, and for each mark those of its run that it may be moved past. */
  function workFor(value: string): number {
    let work = 0;
    const normalize = Object.getOwnPropertyDescriptor(String.prototype, "normalize")!.value as (
      this: string,
      form?: string,
    ) => string;
    vi.spyOn(String.prototype, "normalize").mockImplementation(function (this: string, form) {
      work += this.length;
      for (const [run] of this.matchAll(/\p{M}+/gu)) work += (run.length * run.length) / 2;
      return normalize.call(this, form);
    });
    comparisonKey(value);
    vi.restoreAllMocks();
    return work;
  }

  test.each([
    ["accents out of order", "\u0316\u0301"],
    ["letter marks out of order", "\u0e48\u0e38"],
    ["marks on й", "и\u0316\u0306"],
    ["the longest compatibility form", "\ufdfa"],
    ["plain letters", "Ж"],
  ])("grows in proportion to the text: %s", (_, unit) => {
    const [small, large] = [workFor(`a${unit.repeat(8000)}`), workFor(`a${unit.repeat(64_000)}`)];
    expect(large / small).toBeLessThan(8.1);
    expect(large).toBeLessThan(4 * unit.length * 64_000);
  });
});

describe("addressKey", () => {
  test.each([
    ["case", "Rosa@Clinic.test", "rosa@clinic.test", true],
    ["the normal form", "jose\u0301@clinic.test", "josé@clinic.test", true],
    ["accents", "jose@clinic.test", "josé@clinic.test", false],
    // Its capital has no character of its own.
    ["the case of a letter that is one character when it is small", "J\u030c@clinic.test", "\u01f0@clinic.test", true],
  ])("of addresses that differ in %s", (_, one, other, same) => {
    expect(addressKey(one) === addressKey(other)).toBe(same);
  });

  test("of a key is the key", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    const marked = fc.tuple(
      fc.constantFrom(..."HTWYJIΣἈ"),
      fc.constantFrom("", "\u0331", "\u0308", "\u030a", "\u030c"),
    );
    const address = fc.oneof(
      text,
      fc
        .array(
          marked.map((it) => it.join("")),
          { maxLength: 4 },
        )
        .map((it) => it.join("")),
    );
    fc.assert(
      fc.property(address, (one) => {
        const key = addressKey(one);
        expect(addressKey(key)).toBe(key);
        expect(addressKey(one.normalize("NFD"))).toBe(key);
      }),
      { numRuns: 2000 },
    );
  });
});
