/** What stands before the first line: without it the usual spreadsheets take UTF-8 for the code page of the machine. */
export const BYTE_ORDER_MARK = "\ufeff";

const LINE_END = "\r\n";
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/;

/** The signs a formula begins with, in their widths. */
const SIGN = "[=+\\-@＝＋－＠﹦﹢﹣﹫−]";
const BLANKS = "[\\s\\u200b\\u2060]*";
const STARTS_FORMULA = new RegExp(`^${BLANKS}${SIGN}|^[\\t\\r]`, "u");
/** Where cells begin for a spreadsheet that takes other separators than ours, or no heed of quotes. */
const FORMULA_WITHIN = new RegExp(`([;\\t\\r\\n]${BLANKS})(?=${SIGN})`, "gu");

/** A text that no spreadsheet runs: an apostrophe goes before whatever it would take for the start of a formula. */
export function inert(text: string): string {
  const within = text.replace(FORMULA_WITHIN, "$1'");
  return STARTS_FORMULA.test(text) ? `'${within}` : within;
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
