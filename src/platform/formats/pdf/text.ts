/** Joiners are part of the spelling between Arabic letters and invisible everywhere else. */
const UNSEEN =
  /(?:(?<!\p{Script=Arabic})[\u200c\u200d]|[\u200c\u200d](?!\p{Script=Arabic}))|[[\p{Cc}\p{Cf}\p{Variation_Selector}\p{Noncharacter_Code_Point}]--[\t-\r\u200c\u200d]]/gv;
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** Drawn in place of every letter that the font lacks. */
export const REPLACEMENT = "\ufffd";

/**
 * The text as it is drawn: NFC, on one line, without characters that are invisible. Every letter that the font lacks
 * becomes a visible replacement, so that nothing disappears. Cleaning a clean text changes nothing.
 */
export function cleanText(text: string, covers: (codePoint: number) => boolean): string {
  if (PLAIN.test(text)) return text;
  const seen = text.toWellFormed().replace(UNSEEN, "").replace(/\s+/g, " ").trim().normalize("NFC");
  let clean = "";
  for (const letter of seen) clean += covers(letter.codePointAt(0)!) ? letter : substituteOf(letter, covers);
  return clean;
}

/** Letters that the font lacks may be there as a letter and its marks. */
function substituteOf(letter: string, covers: (codePoint: number) => boolean): string {
  const parts = letter.normalize("NFD");
  return parts !== letter && [...parts].every((part) => covers(part.codePointAt(0)!)) ? parts : REPLACEMENT;
}

/** The scripts of this direction that fonts of ours have. */
const RTL = String.raw`[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]`;
const RIGHT_TO_LEFT = new RegExp(RTL, "v");
/** Words of one direction, numbers, and what takes its direction from its neighbours. */
const PIECE = new RegExp(
  [
    String.raw`(?<rtl>[${RTL}--\p{Nd}][[${RTL}\p{M}\u200c\u200d]--\p{Nd}]*)`,
    String.raw`(?<number>\p{Nd}+(?:[.,:\/\-]\p{Nd}+)*)`,
    String.raw`(?<ltr>\p{L}[[\p{L}\p{M}\p{Nd}]--${RTL}]*)`,
    String.raw`(?<neutral>\P{M}\p{M}*|\p{M}+)`,
  ].join("|"),
  "gv",
);
const NUMBERS = /^[\d .,:%<>+\u2212\u2013TZ-]+$/;
const NUMBER_WORD = /^\d[\d.,:%\u2212\u2013-]+$/;
const MIRRORED: Readonly<Record<string, string>> = {
  "(": ")",
  ")": "(",
  "[": "]",
  "]": "[",
  "{": "}",
  "}": "{",
  "<": ">",
  ">": "<",
  "«": "»",
  "»": "«",
};

/**
 * The pieces of a line in the order in which they are drawn, from left to right, each in one direction. Implements what
 * names and numbers need of the Unicode bidirectional algorithm, in a paragraph that is read from left to right.
 */
export function piecesInVisualOrder(line: string): string[] {
  // Every number is new, its characters are not: they are shaped once, and are as wide in every number.
  if (NUMBERS.test(line)) return [...line];
  if (!RIGHT_TO_LEFT.test(line)) {
    const pieces: string[] = [];
    for (const piece of line.split(/( )/)) {
      if (NUMBER_WORD.test(piece)) pieces.push(...piece);
      else if (piece !== "") pieces.push(piece);
    }
    return pieces;
  }
  const pieces = [...line.matchAll(PIECE)].map(({ 0: text, groups }) => ({
    text,
    kind: (["rtl", "number", "ltr"] as const).find((kind) => groups?.[kind] !== undefined) ?? "neutral",
  }));
  const ordered: string[] = [];
  for (let i = 0; i < pieces.length; ) {
    if (pieces[i]!.kind !== "rtl") {
      ordered.push(pieces[i++]!.text);
      continue;
    }
    // A run goes on to the last word or number before a word of the other direction.
    let end = i + 1;
    for (let next = end; next < pieces.length && pieces[next]!.kind !== "ltr"; next++) {
      if (pieces[next]!.kind !== "neutral") end = next + 1;
    }
    while (end < pieces.length && !isBalanced(pieces.slice(i, end)) && CLOSING.test(pieces[end]!.text)) end += 1;
    for (let at = end - 1; at >= i; at--) ordered.push(MIRRORED[pieces[at]!.text] ?? pieces[at]!.text);
    i = end;
  }
  return ordered;
}

const OPENING = /^[([{<«]$/;
const CLOSING = /^[)\]}>»]$/;

/** Whether every bracket is closed: one that is not belongs with the words that it is around. */
function isBalanced(pieces: readonly { readonly text: string }[]): boolean {
  const open = pieces.filter(({ text }) => OPENING.test(text)).length;
  return open <= pieces.filter(({ text }) => CLOSING.test(text)).length;
}

/** A text in lines that `fits` accepts: broken at blanks, and inside a word only where the word alone is too long. */
export function linesOf(text: string, fits: (line: string) => boolean): string[] {
  if (fits(text)) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (!fits(line)) {
      const beginning = longestFitting(line, fits);
      lines.push(beginning);
      line = line.slice(beginning.length);
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** At least one letter, with its marks. */
function longestFitting(word: string, fits: (line: string) => boolean): string {
  const ends = Array.from(graphemes().segment(word), ({ index, segment }) => index + segment.length);
  let [fitting, tooLong] = [0, ends.length];
  while (tooLong - fitting > 1) {
    const middle = (fitting + tooLong) >> 1;
    if (fits(word.slice(0, ends[middle]))) fitting = middle;
    else tooLong = middle;
  }
  return word.slice(0, ends[fitting]);
}

let segmenter: Intl.Segmenter | undefined;
const graphemes = () => (segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" }));
