/** The bundler includes font files as bytes. */
declare module "*.ttf" {
  const bytes: ArrayBuffer;
  export default bytes;
}

/** The part of fontkit that we use; it has no types of its own. */
declare module "fontkit" {
  export interface Glyph {
    readonly id: number;
    readonly advanceWidth: number;
    readonly codePoints: readonly number[];
  }
  export interface GlyphPosition {
    readonly xAdvance: number;
    readonly xOffset: number;
    readonly yOffset: number;
  }
  export interface Subset {
    /** The ids of the glyphs, in their order; the missing glyph is there from the beginning. */
    readonly glyphs: number[];
    includeGlyph(id: number): number;
    encode(): Uint8Array;
  }
  export interface Box {
    readonly minX: number;
    readonly minY: number;
    readonly maxX: number;
    readonly maxY: number;
  }
  export interface Font {
    readonly postscriptName: string;
    readonly unitsPerEm: number;
    readonly ascent: number;
    readonly descent: number;
    readonly lineGap: number;
    readonly capHeight: number;
    readonly xHeight: number;
    readonly italicAngle: number;
    readonly bbox: Box;
    readonly head: unknown;
    readonly post: unknown;
    readonly "OS/2": unknown;
    getGlyph(id: number): Glyph;
    hasGlyphForCodePoint(codePoint: number): boolean;
    layout(
      text: string,
      features?: Readonly<Record<string, boolean>>,
      script?: string,
      language?: string,
      direction?: "ltr" | "rtl",
    ): { readonly glyphs: readonly Glyph[]; readonly positions: readonly GlyphPosition[] };
    createSubset(): Subset;
  }
  export function create(bytes: Uint8Array): Font;
}
