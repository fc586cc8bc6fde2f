import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTakenForValue } from "./spreadsheet-values.ts";

describe("a text that a spreadsheet displays differently", () => {
  test.each([
    ["a number with zeros in front", ["0017", "00", "-0017", "０１７"]],
    ["a number that is rounded", ["123456789012", "1234567890123456"]],
    ["a number with an exponent", ["1E5", "1e5", "1234567e10", "1.5E+3", "12e-3", "0.E0"]],
    ["a number with a fraction or groups", ["1.50", "1,5", "1'000", "1 000", "1.234.567", "1.", ".5", "1 1/2"]],
    ["a number after a sign", ["+17", "-17", "−17", "-1.5", "+49 30 12345"]],
    ["hexadecimal digits that some readers take for a number", ["0x1F", "0X0017", "-0x1"]],
    ["an amount or a share", ["$5", "5 €", "£1,000.00", "5%", "(5)", "5-"]],
    ["a number among blanks", [" 17", "17 ", "\u00a017", "\t17"]],
    ["a date in digits", ["1-2", "01-02-2026", "2026-03-05", "12-3456", "3/4", "1.2.2026", "1/2/26"]],
    [
      "a date with its month",
      ["MAR1", "1MAR", "Mar-17", "17 march 2026", "Sept-5", "déc-4", "MAI5", "5. März", "oct. 5"],
    ],
    ["a date of East Asia", ["1月5日", "2026年3月5日", "3월 5일"]],
    ["a time", ["10:30", "10:30:15", "10:30 PM", "1 am", "1 p", "5 Mar 2026 10:30 pm"]],
    ["an instant", ["2026-05-01T10:00:00Z", "2026-05-01 10:00", "2026-05-01T10:00:00.000Z"]],
    ["a truth value", ["TRUE", "false", "Wahr", "VRAI", " true "]],
    ["an error", ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "#BEZUG!"]],
  ])("is %s", (_, texts) => {
    expect(texts.filter((text) => !isTakenForValue(text))).toEqual([]);
  });

  test.each([
    ["a whole number of up to eleven digits", ["0", "7", "17", "99999999999"]],
    ["letters and digits", ["A-17", "M0017", "0017A", "AB12", "MRN-0017", "17X5", "E5", "5E", "14d", "1p", "1st"]],
    ["hexadecimal digits", ["12ab34ef90", "1e2f3a4b5c", "e123456789"]],
    ["numbers that are no date", ["1-2-3-4", "123-456", "123-45-6789", "00-1234567", "0017-123"]],
    ["what begins like a month", ["MARIA1", "Junior 5", "MAY123456", "Decker 12", "1 Mayor"]],
    ["names", ["Ana", "May", "June", "O'Neil", "Díaz Łu", "Anna-Mar", "Ward 3", "Dr. May 2nd", "#adult", "Truely"]],
    ["formulas", ["=1", "-1-2", "-2+3", "1+2", "@17", "+1/2"]],
    ["what an apostrophe marks as a text", ["'0017", "'1-2"]],
    ["nothing", ["", " ", "-", "+", "."]],
  ])("is none of %s", (_, texts) => {
    expect(texts.filter((text) => isTakenForValue(text))).toEqual([]);
  });

  test("is each date with the name of its month, in the clinics' languages", () => {
    const missed: string[] = [];
    for (const language of [
      "en",
      "en-GB",
      "en-CA",
      "fr",
      "fr-CA",
      "es",
      "pt",
      "de",
      "de-AT",
      "it",
      "nl",
      "da",
      "sv",
      "nb",
      "ja",
      "zh",
      "ko",
    ]) {
      for (const month of ["short", "long"] as const) {
        const format = new Intl.DateTimeFormat(language, { day: "numeric", month, year: "numeric", timeZone: "UTC" });
        for (let i = 0; i < 12; i++) {
          const parts = format.formatToParts(Date.UTC(2026, i, 5));
          const name = parts.find(({ type }) => type === "month")!.value;
          for (const text of [`${name}5`, `5${name}`, `5-${name}-2026`, `${name} 5`].filter(() =>
            /\p{L}/u.test(name),
          )) {
            if (!isTakenForValue(text)) missed.push(text);
          }
        }
      }
    }
    expect(missed).toEqual([]);
  });

  test("is every text that JavaScript parses as a number and formats differently", () => {
    const piece = fc.constantFrom("0", "1", "7", "00", "e", "E", ".", "-", "+", " ", "12345678");
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const text = pieces.join("");
        const isNumber = text.trim() !== "" && Number.isFinite(Number(text));
        if (isNumber && String(Number(text)) !== text) expect(isTakenForValue(text), text).toBe(true);
      }),
    );
  });

  test.each(["0", "1 ", "1-", "may 1 ", "1e", " ", "$", "+1", "1\n"])(
    "takes no longer for a megabyte of %j",
    (piece) => {
      expect(typeof isTakenForValue(`1${piece.repeat(1_000_000 / piece.length)}`)).toBe("boolean");
    },
  );
});
