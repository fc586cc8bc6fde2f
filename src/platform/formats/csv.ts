import { withoutUnseen } from "./cell-text.ts";
import { isTakenForValue } from "./spreadsheet-values.ts";

/** The first character of a file: without it common spreadsheets decode UTF-8 as the machine's code page. */
export const BYTE_ORDER_MARK = "\ufeff";

const LINE_END = "\r\n";
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/;

/** How a spreadsheet interprets a character at the start of a cell: formula, ignored, next cell, or text. */
export type CharacterKind = "sign" | "blank" | "separator" | "text";

/** The characters that start a formula, with their compatibility variants. */
const SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−﬩";
/** Cell separators of spreadsheets that use others than ours, or ignore quotes. */
const SEPARATORS = ",;\t\r\n\u2028\u2029";
/** Characters a spreadsheet may trim, drop or unquote before it detects a formula. */
const BLANK = /["\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

const KINDS = new Map<number, CharacterKind>([
  ...[...SIGNS].map((sign) => [sign.codePointAt(0)!, "sign"] as const),
  ...[...SEPARATORS].map((separator) => [separator.codePointAt(0)!, "separator"] as const),
]);
const kindOf = (code: number): CharacterKind =>
  KINDS.get(code) ?? (BLANK.test(String.fromCodePoint(code)) ? "blank" : "text");
const ASCII: readonly CharacterKind[] = Array.from({ length: 128 }, (_, code) => kindOf(code));

export const characterKind = (code: number): CharacterKind => ASCII[code] ?? kindOf(code);

/** Some spreadsheets skip a leading line break and read what follows as the cell. */
const STARTS_WITH_BREAK = /^[\t\r\n\u2028\u2029]/;

/** Prevents formula injection: puts an apostrophe before anything a spreadsheet could read as a formula. */
export const inert = (text: string): string => inertBy(text, characterKind);

/** Like `inert`, with another classification of characters, which is called once for each character. */
export function inertBy(text: string, kind: (code: number) => CharacterKind): string {
  let made = "";
  let copied = 0;
  let isFirstCell = true;
  let isAtStart = true;
  let opening = STARTS_WITH_BREAK.test(text) ? "'" : "";
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at)!;
    switch (kind(code)) {
      case "separator":
        isFirstCell = false;
        isAtStart = true;
        break;
      case "sign":
        if (isAtStart && isFirstCell) opening = "'";
        else if (isAtStart) {
          made += `${text.slice(copied, at)}'`;
          copied = at;
        }
        isAtStart = false;
        break;
      case "text":
        isAtStart = false;
        break;
      case "blank":
    }
    if (code > 0xffff) at += 1;
  }
  return opening + made + text.slice(copied);
}

/** A date or time in our format, which a spreadsheet may interpret as such. */
export interface Moment {
  readonly moment: string;
}
export type CsvCell = string | number | Moment | null;

const MOMENT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{3}Z)?)?)?$/;
const textOf = (value: string | Moment): string => (typeof value === "string" ? value : value.moment);

/**
 * Texts that are safe as a string constant in a formula: nothing in them ends it, and spreadsheets limit its length.
 */
const CONSTANT = /^[\p{L}\p{M}\p{Nd}\p{Sc}\p{Zs}.,'’٫٬+\-−–/:()%‰#!?]{1,255}$/u;

/**
 * A cell that a spreadsheet displays as stored: plain if it would be anyway, else a formula that evaluates to the text.
 * At the start of a line the formula ends with a bracket: a spreadsheet with other separators may read the whole line
 * as one cell, and after a bracket no text of other cells can continue the formula.
 */
function textCell(stored: string, isFirst: boolean): string {
  const text = withoutUnseen(stored);
  const made = inert(text);
  if (!isTakenForValue(text)) return made;
  if (CONSTANT.test(text)) return isFirst ? `=("${text}")` : `="${text}"`;
  return made.startsWith("'") ? made : `'${made}`;
}

function cellOf(value: CsvCell, isFirst: boolean): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = typeof value === "object" && MOMENT.test(value.moment) ? value.moment : textCell(textOf(value), isFirst);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * One line of CSV (RFC 4180), including the line end. Texts are protected from formula injection and displayed as
 * stored; numbers, dates and times are written unchanged, null as an empty cell.
 */
export const csvLine = (cells: readonly CsvCell[]): string =>
  cells.map((cell, i) => cellOf(cell, i === 0)).join(",") + LINE_END;
