/** What stands before the first line: without it the usual spreadsheets take UTF-8 for the code page of the machine. */
export const BYTE_ORDER_MARK = "\ufeff";

const LINE_END = "\r\n";
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/;
const SEMICOLON = 0x3b;

/** What the start of a cell means to a spreadsheet: a formula, nothing yet, another cell, or a text. */
export type CharacterKind = "sign" | "blank" | "separator" | "text";

/** The signs a formula begins with, in their widths. */
const SIGN = /[=+\-@＝＋－＠﹦﹢﹣﹫−]/u;
const BLANK = /[\s\u200b\u2060]/u;
/** Where cells begin for a spreadsheet that takes other separators than ours, or ignores quotes. */
const SEPARATOR = /[;\t\r\n]/u;

const ASCII: readonly CharacterKind[] = Array.from({ length: 128 }, (_, code) => kindOf(code));

function kindOf(code: number): CharacterKind {
  const character = String.fromCodePoint(code);
  if (SEPARATOR.test(character)) return "separator";
  if (SIGN.test(character)) return "sign";
  return BLANK.test(character) ? "blank" : "text";
}

export const characterKind = (code: number): CharacterKind => ASCII[code] ?? kindOf(code);

/** A text that no spreadsheet runs: an apostrophe goes before whatever it would take for the start of a formula. */
export const inert = (text: string): string => inertBy(text, characterKind);

/** The same, by another judge of characters. Each is asked about once, however long the text. */
export function inertBy(text: string, kind: (code: number) => CharacterKind): string {
  let made = "";
  let copied = 0;
  let isFirstCell = true;
  let isAtStart = true;
  let opening = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at)!;
    switch (kind(code)) {
      case "separator":
        if (at === 0 && code !== SEMICOLON) opening = "'";
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

/** A cell: a text is made inert, a number never is, nothing is an empty cell. */
function cellOf(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = inert(value);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of a table (RFC 4180), with its end. */
export const csvLine = (cells: readonly (string | number | null)[]): string => cells.map(cellOf).join(",") + LINE_END;
