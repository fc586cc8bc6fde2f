import { withoutUnseen } from "./cell-text.ts";
import { isTakenForValue } from "./spreadsheet-values.ts";

/** What stands before the first line: without it the usual spreadsheets take UTF-8 for the code page of the machine. */
export const BYTE_ORDER_MARK = "\ufeff";

const LINE_END = "\r\n";
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/;

/** What the start of a cell means to a spreadsheet: a formula, nothing yet, another cell, or a text. */
export type CharacterKind = "sign" | "blank" | "separator" | "text";

/** The signs a formula begins with, in the forms that compatibility folding makes one of. */
const SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−﬩";
/** Where cells begin for a spreadsheet that takes other separators than ours, or ignores quotes. */
const SEPARATORS = ",;\t\r\n\u2028\u2029";
/** What a spreadsheet may trim, drop or unquote before it looks for a formula. */
const BLANK = /["\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

const KINDS = new Map<number, CharacterKind>([
  ...[...SIGNS].map((sign) => [sign.codePointAt(0)!, "sign"] as const),
  ...[...SEPARATORS].map((separator) => [separator.codePointAt(0)!, "separator"] as const),
]);
const kindOf = (code: number): CharacterKind =>
  KINDS.get(code) ?? (BLANK.test(String.fromCodePoint(code)) ? "blank" : "text");
const ASCII: readonly CharacterKind[] = Array.from({ length: 128 }, (_, code) => kindOf(code));

export const characterKind = (code: number): CharacterKind => ASCII[code] ?? kindOf(code);

/** Some spreadsheets skip a break before a text and take what follows it for the cell. */
const STARTS_WITH_BREAK = /^[\t\r\n\u2028\u2029]/;

/** A text that no spreadsheet runs: an apostrophe goes before whatever it would take for the start of a formula. */
export const inert = (text: string): string => inertBy(text, characterKind);

/** The same, by another judge of characters. Each is asked about once, however long the text. */
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

/** A date or time as we write it, which a spreadsheet may take for what it is. */
export interface Moment {
  readonly moment: string;
}
export type CsvCell = string | number | Moment | null;

const MOMENT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{3}Z)?)?)?$/;
const textOf = (value: string | Moment): string => (typeof value === "string" ? value : value.moment);

/**
 * The texts that may stand in a formula which is a text: nothing in them ends it, and spreadsheets read no longer ones.
 */
const CONSTANT = /^[\p{L}\p{M}\p{Nd}\p{Sc}\p{Zs}.,'’٫٬+\-−–/:()%‰#!?]{1,255}$/u;

/**
 * A text that a spreadsheet shows as it is stored: in plain sight where it does so anyway, else as a formula that yields it.
 * At the start of a line the formula ends with a bracket: a spreadsheet that takes other separators may take the whole line
 * for it, and after a bracket no text of other cells can be part of a formula.
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
 * One line of a table (RFC 4180), with its end. Texts are made inert and come out of a spreadsheet as stored; numbers,
 * dates and times are written as they are, nothing is an empty cell.
 */
export const csvLine = (cells: readonly CsvCell[]): string =>
  cells.map((cell, i) => cellOf(cell, i === 0)).join(",") + LINE_END;
