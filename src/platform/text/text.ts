const COMBINING_MARKS = /\p{M}+/gu;
const ASCII = /^[\x00-\x7f]*$/;

/**
 * The form in which names, MRNs and search text are compared: compatibility-decomposed, combining marks dropped,
 * lower-cased. Letters without a decomposition (ł, ø, ß) stay as they are.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(COMBINING_MARKS, "").toLowerCase();
}

/** Unicode simple case folding, one code point for one: what "the same name in another case" means for sites. */
export function foldCase(text: string): string {
  let folded = "";
  for (const character of text) {
    const upper = character.toUpperCase();
    const single = [...upper].length === 1 ? upper : character;
    const lower = single.toLowerCase();
    folded += [...lower].length === 1 ? lower : single;
  }
  return folded;
}

/** Length in Unicode code points, as the published bounds count it. */
export const codePoints = (text: string): number => [...text].length;
