/** Integers that are displayed unchanged: Excel shows eleven digits before it rounds. */
const KEPT_INTEGER = /^(?:0|[1-9]\d{0,10})$/;
/** SheetJS 0.20.3 parses these as numbers, though no spreadsheet does (findings/sheetjs-csv-identifiers.sh). */
const HEXADECIMAL = /^[+-]?0x[0-9a-f]+$/i;
/** The digits that spreadsheets parse as numbers: ASCII, full-width and Arabic. */
const DIGIT = /[0-9０-９٠-٩۰-۹]/u;
const TOKENS = /[0-9０-９٠-٩۰-۹]+|[\p{L}\p{M}]+|\s+|./gsu;
/** Characters in numbers, amounts, dates and times besides digits and words. */
const PUNCTUATION = /^[\p{Sc}.,'’٫٬+\-−–/:()%‰]$/u;
const CONSTANTS = new Set(
  "true false vrai faux verdadero falso verdadeiro vero wahr falsch waar onwaar sand falsk sant falskt sann usann".split(
    " ",
  ),
);
const ERROR = /^#(?:[\p{L}\d/.]+[!?]|n\/[ad]|nv)$/iu;
const CONSTANT_LENGTH_MAX = 16;
/** Month names that Excel and LibreOffice recognise in the clinics' languages, and the characters of Asian dates. */
const DATE_WORDS = new Set(
  `jan feb mar apr may jun jul aug sep sept oct nov dec
   january february march april june july august september october november december
   janv févr mars avr mai juin juil juill août déc janvier février avril juillet septembre octobre novembre décembre
   ene abr ago dic enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
   fev set out dez janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
   jän mär mrz okt jänner januar februar märz juni juli oktober dezember
   gen mag giu lug ott gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
   mrt mei januari februari maart augustus maj marts augusti des desember
   年 月 日 時 时 分 秒 년 월 일 시 분 초 上午 下午 午前 午後 오전 오후`.split(/\s+/),
);
/** Longer than any date. */
const DATE_LENGTH_MAX = 64;
const LONG_NUMBER = /^[+\-−(]?[0-9０-９٠-٩۰-۹\p{Sc}\s.,'’٫٬%)]*(?:e[+-]?\d+)?$/iu;
/** A date with a time has no more numbers than this; a year has four digits. */
const DATE_NUMBERS_MAX = 6;
const YEAR_LENGTH = 4;

/**
 * Whether a spreadsheet may parse this text of a CSV file as a value and display it differently: a number, an amount, a
 * date, a time, a boolean or an error. Errs on the side of yes; linear in the length of the text.
 */
export function isTakenForValue(text: string): boolean {
  if (KEPT_INTEGER.test(text)) return false;
  const trimmed = text.trim();
  if (trimmed.length <= CONSTANT_LENGTH_MAX && isConstant(trimmed)) return true;
  // Spreadsheets treat a leading apostrophe as the prefix of a text.
  if (trimmed.startsWith("'") || !DIGIT.test(trimmed)) return false;
  if (HEXADECIMAL.test(trimmed)) return true;
  if (/^\d+(?:-\d+)+$/.test(trimmed)) return mayBeDate(trimmed.split("-"));
  if (trimmed.length > DATE_LENGTH_MAX) return LONG_NUMBER.test(trimmed);
  const form = formOf(trimmed);
  return form !== undefined && isForm(form);
}

const isConstant = (text: string): boolean => CONSTANTS.has(text.toLowerCase()) || ERROR.test(text);

function isForm(form: string): boolean {
  const withoutExponent = form.replace(/(?<=[0.,])e[+-]?0/, "");
  // After a sign, anything more than a number is a formula.
  if (/^[+\-−]/.test(form)) return /^.[^+\-−–/:a-z]*$/.test(withoutExponent);
  return (
    /^[^+a-ce-z]*$/.test(withoutExponent) ||
    /^[^+a-ce-ln-z]*0 ?m$/.test(form) ||
    /^0(?::0){0,2} [ap]$/.test(form) ||
    /^0-0-0t0(?::0){0,2}(?:[.,]0)?z?$/.test(form)
  );
}

/** Two or three numbers joined by hyphens may be a date; at most one is a year. */
const mayBeDate = (numbers: readonly string[]): boolean =>
  numbers.length <= 3 &&
  numbers.every(({ length }) => length <= YEAR_LENGTH) &&
  numbers.filter(({ length }) => length > 2).length <= 1;

/** Normalises `12 March, 10:30 pm` to `0 d, 0:0 m`; undefined for a text that can't be a number, date or time. */
function formOf(text: string): string | undefined {
  let form = "";
  let numbers = 0;
  let longest = 0;
  for (const [token] of text.matchAll(TOKENS)) {
    if (DIGIT.test(token)) {
      form += "0";
      numbers += 1;
      longest = Math.max(longest, token.length);
    } else if (token.trim() === "") form += " ";
    else if (PUNCTUATION.test(token)) form += token;
    else {
      const letter = letterOf(token.toLowerCase());
      if (letter === undefined) return undefined;
      form += letter;
    }
  }
  const isDate = numbers <= DATE_NUMBERS_MAX && longest <= YEAR_LENGTH;
  return form.includes("d") && !isDate ? undefined : form;
}

function letterOf(word: string): string | undefined {
  if (DATE_WORDS.has(word)) return "d";
  if (word === "am" || word === "pm") return "m";
  return ["a", "p", "e", "t", "z"].includes(word) ? word : undefined;
}
