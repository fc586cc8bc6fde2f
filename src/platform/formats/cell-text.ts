/**
 * Controls, and format characters that nobody sees. Tabs and line breaks belong to a text, joiners spell words, and some
 * Arabic signs are format characters by name only.
 */
const UNSEEN =
  /[[\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}]--[\t\n\r\u200c-\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/gv;
const ONLY_SEEN = /^[\x20-\x7e]*$/;

/** A text as a cell may hold it: without the characters that spreadsheets drop or stop at, and files can't hold. */
export const withoutUnseen = (text: string): string => (ONLY_SEEN.test(text) ? text : text.replace(UNSEEN, ""));

/** The beginning of a text, of at most this length, that ends with a whole character. */
export const beginningOf = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, "");
