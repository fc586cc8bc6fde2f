/**
 * Control characters and invisible format characters, except tabs, line breaks, joiners (needed for spelling), and
 * some Arabic signs that are visible.
 */
const UNSEEN =
  /[[\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}]--[\t\n\r\u200c-\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/gv;
const ONLY_SEEN = /^[\x20-\x7e]*$/;

/** Removes the characters that spreadsheets drop or truncate at, and that files can't hold. */
export const withoutUnseen = (text: string): string => (ONLY_SEEN.test(text) ? text : text.replace(UNSEEN, ""));

/** The beginning of a text, at most this long, without splitting a surrogate pair. */
export const beginningOf = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, "");
