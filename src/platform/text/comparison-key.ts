/** A character with a longer compatibility form is kept: `ﷺ` would be eighteen letters. Set by the specification. */
const GROWTH_MAX = 3;
/** Unicode's stream-safe bound (UAX #15): no language puts as many marks on one letter. */
const MARKS_MAX = 30;

/** Printable ASCII that only case folding changes: no grave accent, no outer or double blanks. */
const PLAIN = /^(?:[!-_a-~]+(?: [!-_a-~]+)*)?$/;

/** In UTF-16 code units. Our choice: longer than nearly all names. */
const SHORT = 128;
const SURROGATE = /[\ud800-\udfff]/;
const NOT_ASCII = /[^\x00-\x7f]/gu;
/** NFKD makes a blank with a mark of an acute accent, but people type it for an apostrophe. */
const ACUTE = /[\u00b4\u1ffd]/g;
const APOSTROPHES = /[\u2018\u2019\u201b\u02bc\u02b9`]/g;
const HYPHENS = /[\u2010-\u2015\u2212]/g;
const WHITE_SPACE = /\p{White_Space}/gu;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const MARKS = /([иИ]?)(\p{M}+)/gu;
/** Accents; applied to marks only, so that punctuation in the Hebrew range stays. */
const ACCENTS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u0591-\u05c7\u064b-\u065f\u0670]/g;
const BREVE = "\u0306";

/** Letters that neither normalisation nor case folding decomposes. */
const LETTERS: Readonly<Record<string, string>> = {
  ς: "σ",
  ł: "l",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ŋ: "n",
  æ: "ae",
  œ: "oe",
  þ: "th",
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");

/**
 * The key by which names, MRNs and labels are compared and ordered: texts that read the same have the same key.
 * Idempotent, linear in the length of the text, and at most three times as many code points.
 */
export const comparisonKey = (text: string): string =>
  PLAIN.test(text) ? text.toLowerCase() : folded(text).replace(/^ | $/g, "").normalize("NFC");

/** The key of a search text to find within comparison keys: like `comparisonKey`, but keeps outer blanks. */
export const searchKey = (text: string): string =>
  PLAIN.test(text) ? text.toLowerCase() : folded(text).normalize("NFC");

/**
 * The form in which e-mail addresses are stored and compared. Folds only case and normalisation form: addresses that
 * differ in an accent are different mailboxes.
 */
export const addressKey = (address: string): string => address.toLowerCase().normalize("NFC");

function folded(text: string): string {
  const letters = decomposed(text.replace(ACUTE, "'"))
    .replace(WHITE_SPACE, " ")
    .replace(INVISIBLE, "")
    .replace(APOSTROPHES, "'")
    .replace(HYPHENS, "-")
    .replace(MARKS, withoutAccents)
    .replace(/ +/g, " ");
  // Via upper case, which folds ß and ı, and old letter forms that share a capital.
  return letters
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(LETTER, (letter) => LETTERS[letter]!);
}

/** NFKD except for the order of marks. Only short texts are normalised whole: that can take quadratic time. */
function decomposed(text: string): string {
  if (text.length <= SHORT && !SURROGATE.test(text)) {
    const parts = text.normalize("NFKD");
    // Then no single code point has grown beyond the bound.
    if (parts.length - text.length < GROWTH_MAX) return parts;
  }
  return text.replace(NOT_ASCII, takenApart);
}

function takenApart(character: string): string {
  const parts = character.normalize("NFKD");
  if (parts.length <= GROWTH_MAX || [...parts.replace(ACCENTS, "")].length <= GROWTH_MAX) return parts;
  return character;
}

/** Strips accents, except that `й` is a letter of its own, with any other marks in any order. */
function withoutAccents(_: string, base: string, marks: string): string {
  const letters = marks.replace(ACCENTS, "");
  const isOverlong = letters.length > MARKS_MAX && [...letters].length > MARKS_MAX;
  return (base && marks.includes(BREVE) ? "й" : base) + (isOverlong ? "" : letters);
}
