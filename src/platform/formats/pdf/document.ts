import type { PdfFont } from "./font.ts";
import { packed, Pieces } from "./pack.ts";
import { Recent } from "./recent.ts";
import type { Shape } from "./shape.ts";
import { cleanText, linesOf, piecesInVisualOrder } from "./text.ts";

/** Letter with margins of half an inch, in points. */
export const PAGE = { width: 612, height: 792, margin: 36 } as const;
export const LEFT = PAGE.margin;
export const RIGHT = PAGE.width - PAGE.margin;
export const TOP = PAGE.margin;
export const BOTTOM = PAGE.height - PAGE.margin;

/** Red, green and blue from 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];
export const BLACK: Color = [0, 0, 0];

export interface TextStyle {
  /** In points. */
  readonly size: number;
  readonly color?: Color;
  readonly isStrong?: boolean;
  /** Which end of the text is at the given place. */
  readonly align?: "left" | "right" | "center";
}

/** What a part of the document is, for readers that don't see it. Standard structure types of ISO 32000-1, 14.8.4. */
export type StructureType = "Document" | "Sect" | "H1" | "H2" | "H3" | "P" | "Figure" | "Table" | "TR" | "TH" | "TD";
export type Element = PDFKit.PDFStructureElement;

export interface ElementOptions {
  /** Says what a figure shows. */
  readonly alt?: string;
  /** Left, top, right, bottom. */
  readonly bbox?: readonly [number, number, number, number];
  /** What a heading cell heads. */
  readonly scope?: "Row" | "Column";
}

/** A line as the document's font draws it; lengths in thousandths of the font size. */
interface Line {
  readonly width: number;
  /** Operands of the operator that shows glyphs; those that are raised from the line stand apart. */
  readonly parts: readonly { readonly rise: number; readonly operands: string }[];
}

/** The numbers of glyphs in hex, and where they go. */
type Encoded = readonly [
  codes: readonly string[],
  positions: readonly {
    readonly xAdvance: number;
    readonly advanceWidth: number;
    readonly xOffset: number;
    readonly yOffset: number;
  }[],
];

/** What pdfkit's types leave out. */
interface Internals {
  readonly _font: { readonly id: string; ref(): unknown; encode(text: string, features: object): Encoded };
}

/** Regular text with strokes of this part of its size looks bold. */
const STRONG_STROKE = 0.032;
/** The glyphs that almost every document needs: with the same first glyphs the same part of the font is embedded. */
const USUAL = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");

/**
 * Lines of nothing but usual glyphs, by font: these have the same numbers in every document, as each begins with them. A
 * line takes about half a KB.
 */
const usualLines = new WeakMap<PdfFont, Recent<Line>>();
const USUAL_LINES_MAX = 4000;
const ONLY_USUAL = /^[ -~]*$/;

/** Makes an empty document. The same calls always give the same bytes. */
export async function newDocument(it: {
  readonly font: PdfFont;
  readonly title: string;
  /** Identifies the document in its metadata. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Other characters that most documents use. */
  readonly usualLetters?: string;
}): Promise<PdfDocument> {
  const { default: PDFDocument } = await import("pdfkit");
  const at = new Date(it.createdAt);
  const info = { Title: it.title, CreationDate: at, ModDate: at, Keywords: it.id };
  const doc = new PDFDocument({
    size: "letter",
    margin: PAGE.margin,
    font: it.font.forPdfkit as unknown as string,
    pdfVersion: "1.7",
    // Everything is compressed at the end.
    compress: false,
    tagged: true,
    lang: "en",
    displayTitle: true,
    bufferPages: true,
    autoFirstPage: false,
    info,
  });
  return new PdfDocument(doc, it.font, USUAL + (it.usualLetters ?? ""));
}

/**
 * A tagged document that is drawn from the top left of each page, in points. Texts are cleaned before they are drawn
 * (`cleanText`) and never broken by themselves: `linesOf` breaks them.
 */
export class PdfDocument {
  readonly #doc: PDFKit.PDFDocument;
  readonly #font: PdfFont;
  readonly #embedded: Internals["_font"];
  readonly #lines = new Map<string, Line>();
  readonly #usualLines: Recent<Line>;
  readonly #pieces = new Map<string, Encoded>();
  readonly #root: Element;
  readonly #written = new Pieces();
  /** The operators that are in force on the page, by what they set. */
  #inForce: Record<string, string> = {};
  #pages = 0;

  constructor(doc: PDFKit.PDFDocument, font: PdfFont, usualLetters: string) {
    this.#doc = doc;
    this.#font = font;
    this.#usualLines = usualLines.get(font) ?? new Recent(USUAL_LINES_MAX);
    usualLines.set(font, this.#usualLines);
    const { _font: embedded } = doc as unknown as Internals;
    this.#embedded = embedded;
    doc.on("data", (chunk: Uint8Array) => this.#written.add(chunk));
    this.#embedded.encode(usualLetters, {});
    this.#root = doc.struct("Document");
    doc.addStructure(this.#root);
  }

  addPage(): void {
    this.#doc.addPage();
    this.#doc.page.fonts[this.#embedded.id] = this.#embedded.ref();
    this.#inForce = {};
    this.#pages += 1;
  }

  /** Draws on every page again, with its number from 1 and how many there are. */
  onEachPage(draw: (number: number, count: number) => void): void {
    for (let i = 0; i < this.#pages; i++) {
      this.#doc.switchToPage(i);
      this.#inForce = {};
      draw(i + 1, this.#pages);
    }
  }

  /** In points. */
  widthOf(text: string, size: number): number {
    return (this.#line(text).width * size) / 1000;
  }

  /** The text in lines of at most this width, broken at blanks if possible. Nothing is left out. */
  linesOf(text: string, size: number, width: number): string[] {
    if (this.widthOf(text, size) <= width) return [text];
    const clean = cleanText(text, this.#font.covers);
    // Not kept: these are mostly beginnings of words, each of them asked for once.
    return linesOf(clean, (line) => (this.#widthInThousandths(line) * size) / 1000 <= width);
  }

  /** The text in the first of the sizes in which it takes no more lines than go with it; else in the last one. */
  fitted(
    text: string,
    width: number,
    sizes: readonly (readonly [size: number, linesMax: number])[],
  ): { readonly size: number; readonly lines: readonly string[] } {
    let fitting: { size: number; lines: string[] } | undefined;
    for (const [size, linesMax] of sizes) {
      fitting = { size, lines: this.linesOf(text, size, width) };
      if (fitting.lines.length <= linesMax) break;
    }
    return fitting!;
  }

  /** Draws a text on one line. */
  text(text: string, x: number, baseline: number, style: TextStyle): void {
    const { width, parts } = this.#line(text);
    if (parts.length === 0) return;
    const { size, color = BLACK, isStrong = false, align = "left" } = style;
    const start = align === "left" ? x : x - ((width * size) / 1000) * (align === "right" ? 1 : 0.5);
    let operators = this.#set("font", `/${this.#embedded.id} ${size} Tf`) + this.#set("fill", `${rgb(color)} rg`);
    operators += this.#set("mode", isStrong ? "2 Tr" : "0 Tr");
    if (isStrong)
      operators += this.#set("stroke", `${rgb(color)} RG`) + this.#set("width", `${short(size * STRONG_STROKE)} w`);
    operators += `BT 1 0 0 -1 ${short(start)} ${short(baseline)} Tm`;
    for (const { rise, operands } of parts) {
      operators += rise === 0 ? ` [${operands}] TJ` : ` ${short((rise * size) / 1000)} Ts [${operands}] TJ 0 Ts`;
    }
    this.#doc.addContent(`${operators} ET`);
  }

  rectangle(x: number, y: number, width: number, height: number, color: Color): void {
    this.#doc.addContent(
      `${this.#set("fill", `${rgb(color)} rg`)}${short(x)} ${short(y)} ${short(width)} ${short(height)} re f`,
    );
  }

  /** A line through points, given as x and y in turn. */
  path(points: readonly number[], color: Color, width: number): void {
    let operators = this.#set("stroke", `${rgb(color)} RG`) + this.#set("width", `${short(width)} w`);
    for (let i = 0; i < points.length; i += 2) {
      operators += `${short(points[i]!)} ${short(points[i + 1]!)} ${i === 0 ? "m" : "l"} `;
    }
    this.#doc.addContent(`${operators}S`);
  }

  /** Paints a shape: its areas with one color, its lines with another or with the same. */
  paint(
    { operators: path }: Shape,
    it: {
      readonly fill?: Color;
      readonly stroke?: Color;
      /** Of lines. */
      readonly width?: number;
      /** How long the parts of dashed lines are, and what is between them. */
      readonly dash?: number;
    },
  ): void {
    if (path === "") return;
    let operators = it.fill ? this.#set("fill", `${rgb(it.fill)} rg`) : "";
    if (it.stroke) {
      operators += this.#set("stroke", `${rgb(it.stroke)} RG`) + this.#set("width", `${short(it.width ?? 1)} w`);
    }
    // Round joins: a curve of readings has corners whose points would reach far out.
    const [before, after] = it.dash === undefined ? ["1 j ", " 0 j"] : [`[${it.dash}] 0 d `, " [] 0 d"];
    const paint = it.stroke ? (it.fill ? "B" : "S") : "f";
    this.#doc.addContent(`${operators}${it.stroke ? before : ""}${path}${paint}${it.stroke ? after : ""}`);
  }

  /** An element that has other elements. The next calls add to it, in the order in which they are read. */
  group(type: StructureType, parent: Element = this.#root): Element {
    const element = this.#doc.struct(type);
    parent.add(element);
    return element;
  }

  /** An element whose content is what is drawn meanwhile, on one page. */
  element(type: StructureType, parent: Element, draw: () => void, options: ElementOptions = {}): void {
    const content = this.#doc.markStructureContent(type);
    draw();
    this.#doc.endMarkedContent();
    const clean = options.alt === undefined ? options : { ...options, alt: cleanText(options.alt, () => true) };
    parent.add(this.#doc.struct(type, clean, [content]));
  }

  /** What is drawn meanwhile is repeated or decoration: it is not read out. */
  artifact(draw: () => void): void {
    this.#doc.markContent("Artifact");
    draw();
    this.#doc.endMarkedContent();
  }

  /** Ends the document; nothing can be drawn after that. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#doc.on("end", resolve);
    this.#doc.end();
    await promise;
    return packed(this.#written.joined());
  }

  #set(what: string, operator: string): string {
    if (this.#inForce[what] === operator) return "";
    this.#inForce[what] = operator;
    return `${operator} `;
  }

  #widthInThousandths(clean: string): number {
    return piecesInVisualOrder(clean).reduce((sum, piece) => sum + this.#font.shape(piece).advanceWidth, 0);
  }

  #line(text: string): Line {
    const lines = ONLY_USUAL.test(text) ? this.#usualLines : this.#lines;
    const known = lines.get(text);
    if (known) return known;
    const line = this.#encoded(piecesInVisualOrder(cleanText(text, this.#font.covers)));
    lines.set(text, line);
    return line;
  }

  #encode(piece: string): Encoded {
    const known = this.#pieces.get(piece);
    if (known) return known;
    const encoded = this.#embedded.encode(piece, {});
    this.#pieces.set(piece, encoded);
    return encoded;
  }

  #encoded(pieces: readonly string[]): Line {
    let width = 0;
    const writer = new LineWriter();
    for (const piece of pieces) {
      const [codes, positions] = this.#encode(piece);
      for (let i = 0; i < positions.length; i++) {
        const { xAdvance, xOffset, yOffset, advanceWidth } = positions[i]!;
        writer.rise(yOffset);
        writer.move(Math.round(xOffset));
        writer.show(codes[i]!);
        writer.move(Math.round(xAdvance - advanceWidth - xOffset));
        width += xAdvance;
      }
    }
    return { width, parts: writer.end() };
  }
}

/** Writes the parts of a line. Methods: the bundler gives a function in a constant its name again for each line. */
class LineWriter {
  readonly #parts: { rise: number; operands: string }[] = [];
  #hex = "";
  #operands = "";
  #rise = 0;

  /** What follows is raised so far from the line. */
  rise(rise: number): void {
    if (rise === this.#rise) return;
    this.end();
    this.#rise = rise;
  }

  move(distance: number): void {
    if (distance === 0) return;
    this.#endHex();
    this.#operands += `${-distance} `;
  }

  show(code: string): void {
    this.#hex += code;
  }

  end(): Line["parts"] {
    this.#endHex();
    if (this.#operands !== "") this.#parts.push({ rise: this.#rise, operands: this.#operands });
    this.#operands = "";
    return this.#parts;
  }

  #endHex(): void {
    if (this.#hex !== "") this.#operands += `<${this.#hex}>`;
    this.#hex = "";
  }
}

const rgb = (color: Color) => color.map((part) => short(part / 255)).join(" ");
/** A hundredth of a point is less than anyone sees. */
const short = (value: number) => String(Math.round(value * 100) / 100);
