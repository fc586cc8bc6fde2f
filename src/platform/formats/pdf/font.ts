import type { Font } from "fontkit";
import { Recent } from "./recent.ts";

/** Glyphs in the order in which they are drawn. Lengths are in thousandths of the font size. */
export interface Shaped {
  readonly glyphs: readonly {
    readonly id: number;
    readonly advanceWidth: number;
    readonly codePoints: readonly number[];
  }[];
  readonly positions: readonly { readonly xAdvance: number; readonly xOffset: number; readonly yOffset: number }[];
  readonly advanceWidth: number;
}

/** A parsed font that any number of documents use: what it keeps between them changes no document's bytes. */
export interface PdfFont {
  /** Whether the font has a glyph for a character. */
  readonly covers: (codePoint: number) => boolean;
  /** The glyphs of a text of one direction. */
  readonly shape: (text: string) => Shaped;
  /** What pdfkit takes for a font: it expects one of fontkit. */
  readonly forPdfkit: object;
}

/** A word takes about 1 KB. */
const WORDS_MAX = 2000;
/**
 * With the same letters, documents have the same part. Names have few letters besides the usual ones, in many
 * combinations; cutting a part takes as long as drawing half a report. A part takes about 30 KB.
 */
const SUBSETS_MAX = 100;

/** Parses the bytes of a TrueType font. */
export async function openFont(bytes: Uint8Array): Promise<PdfFont> {
  const { create } = await import("fontkit");
  const font = create(bytes);
  const scale = 1000 / font.unitsPerEm;
  const words = new Recent<Shaped>(WORDS_MAX);
  const uses = glyphUses();
  const shape = (text: string): Shaped => {
    const known = words.get(text);
    if (known) return known;
    const shaped = shapedBy(font, text, scale, uses.numberOf);
    words.set(text, shaped);
    return shaped;
  };
  const subsets = new Recent<Uint8Array>(SUBSETS_MAX);
  const encodedSubset = (ids: readonly number[]): Uint8Array => {
    const key = ids.join();
    const known = subsets.get(key);
    if (known) return known;
    const subset = font.createSubset();
    const seen = new Set([0]);
    for (const id of ids.slice(1)) {
      // Asked twice for a glyph, fontkit answers with the first one.
      if (seen.has(id)) subset.glyphs.push(id);
      else subset.includeGlyph(id);
      seen.add(id);
    }
    const encoded = subset.encode();
    subsets.set(key, encoded);
    return encoded;
  };
  const { minX, minY, maxX, maxY } = font.bbox;
  return {
    covers: (codePoint) => font.hasGlyphForCodePoint(codePoint),
    shape,
    // With a thousand units per em, pdfkit's scaling in place leaves shared positions as they are.
    forPdfkit: {
      unitsPerEm: 1000,
      postscriptName: font.postscriptName,
      ascent: font.ascent * scale,
      descent: font.descent * scale,
      lineGap: font.lineGap * scale,
      capHeight: font.capHeight * scale,
      xHeight: font.xHeight * scale,
      italicAngle: font.italicAngle,
      bbox: { minX: minX * scale, minY: minY * scale, maxX: maxX * scale, maxY: maxY * scale },
      head: font.head,
      post: font.post,
      "OS/2": font["OS/2"],
      // pdfkit only asks for the missing glyph.
      getGlyph: (id: number) => ({ id, advanceWidth: font.getGlyph(id).advanceWidth * scale }),
      layout: shape,
      createSubset: () => subsetOf((numbers) => encodedSubset(numbers.map(uses.idOf))),
    },
  };
}

/** Kerning and marks, but no ligatures: the letters of a name stay apart for readers that extract text. */
const FEATURES = { liga: false, clig: false };
const JOINED_SCRIPT = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}]/u;
/** What is drawn from the right: not the digits that Arabic and Persian are written with, though fontkit goes by their script. */
const FROM_THE_RIGHT =
  /[\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}[\p{Script=Arabic}--\p{Nd}]]/v;

function shapedBy(font: Font, text: string, scale: number, numberOf: GlyphUses["numberOf"]): Shaped {
  // fontkit keeps the characters that a glyph was first used for, in whichever document that was.
  Object.assign(font, { _glyphs: {} });
  const features = JOINED_SCRIPT.test(text) ? {} : { ...FEATURES };
  const run = font.layout(text, features, undefined, undefined, FROM_THE_RIGHT.test(text) ? "rtl" : "ltr");
  const glyphs = run.glyphs.map(({ id, advanceWidth, codePoints }) => ({
    id: numberOf(id, codePoints),
    advanceWidth: advanceWidth * scale,
    codePoints,
  }));
  const positions = run.positions.map(({ xAdvance, xOffset, yOffset }) => ({
    xAdvance: xAdvance * scale,
    xOffset: xOffset * scale,
    yOffset: yOffset * scale,
  }));
  return { glyphs, positions, advanceWidth: positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0) };
}

interface GlyphUses {
  readonly numberOf: (id: number, codePoints: readonly number[]) => number;
  readonly idOf: (number: number) => number;
}

/**
 * Numbers for a glyph together with the characters that it stands for: a glyph that is used for two letters is embedded
 * twice, so that both are extracted as written.
 */
function glyphUses(): GlyphUses {
  const ids = [0];
  const numbers = new Map<string, number>();
  return {
    numberOf: (id, codePoints) => {
      const key = `${id} ${codePoints.join(" ")}`;
      const number = numbers.get(key) ?? ids.length;
      if (number === ids.length) {
        numbers.set(key, number);
        ids.push(id);
      }
      return number;
    },
    idOf: (number) => ids[number]!,
  };
}

/** What a document uses, in the order of its first use; the missing glyph comes first. */
function subsetOf(encoded: (numbers: readonly number[]) => Uint8Array) {
  const used: number[] = [];
  const places = new Map<number, number>();
  const includeGlyph = (number: number): number => {
    const known = places.get(number);
    if (known !== undefined) return known;
    places.set(number, used.length);
    return used.push(number) - 1;
  };
  includeGlyph(0);
  return { includeGlyph, encode: () => encoded(used) };
}
