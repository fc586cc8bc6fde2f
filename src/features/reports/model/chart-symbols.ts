import type { PdfDocument } from "../../../platform/formats/pdf/document.ts";
import { Shape } from "../../../platform/formats/pdf/shape.ts";
import { MARK_KINDS, type MarkKind } from "./chart-data.ts";
import { HIGH, type LegendEntry, LOW, type Range, rangeOf } from "./chart-plot.ts";
import { INK } from "./look.ts";

const RADIUS = 2.6;

/** What a fingerstick in each range looks like: it differs by its form as well as by its color. */
const FINGERSTICKS = {
  low: {
    text: "Low fingerstick",
    add: (shape: Shape, x: number, y: number) =>
      shape.polygon([x - RADIUS, y - RADIUS + 0.6, x + RADIUS, y - RADIUS + 0.6, x, y + RADIUS + 0.2]),
    paint: { fill: LOW, stroke: LOW, width: 0.5 },
  },
  target: {
    text: "Fingerstick in target",
    add: (shape: Shape, x: number, y: number) =>
      shape.polygon([x, y - RADIUS, x + RADIUS, y, x, y + RADIUS, x - RADIUS, y]),
    paint: { fill: [255, 255, 255], stroke: INK, width: 0.8 },
  },
  high: {
    text: "High fingerstick",
    add: (shape: Shape, x: number, y: number) =>
      shape.polygon([x - RADIUS, y + RADIUS - 0.6, x + RADIUS, y + RADIUS - 0.6, x, y - RADIUS - 0.2]),
    paint: { fill: HIGH, stroke: HIGH, width: 0.5 },
  },
} as const;
const RANGES: readonly Range[] = ["high", "target", "low"];

/** Draws the symbol of each fingerstick. */
export function drawFingersticks(
  doc: PdfDocument,
  places: readonly { readonly x: number; readonly y: number; readonly value: number }[],
): void {
  for (const range of RANGES) {
    const { add, paint } = FINGERSTICKS[range];
    const shape = new Shape();
    for (const { x, y, value } of places) if (rangeOf(value) === range) add(shape, x, y);
    doc.paint(shape, paint);
  }
}

/** Samples of the symbols of fingersticks. */
export const fingerstickSamples = (doc: PdfDocument): LegendEntry[] =>
  RANGES.map((range) => {
    const { text, add, paint } = FINGERSTICKS[range];
    return { text, width: 6, draw: (x, y) => doc.paint(add(new Shape(), x + 3, y), paint) };
  });

/** What stands for a change at the site of an infusion, and what it is called on a chart and in a sentence. */
const MARKS: Readonly<
  Record<
    MarkKind,
    {
      readonly text: string;
      readonly said: string;
      readonly add: (shape: Shape, x: number, y: number) => Shape;
      readonly isFilled: boolean;
    }
  >
> = {
  "prime-cannula": {
    text: "Cannula primed",
    said: "cannula primed",
    add: (shape, x, y) =>
      shape
        .line([x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS])
        .line([x - RADIUS, y + RADIUS, x + RADIUS, y - RADIUS]),
    isFilled: false,
  },
  "prime-tubing": {
    text: "Tubing primed",
    said: "tubing primed",
    add: (shape, x, y) => shape.circle(x, y, RADIUS),
    isFilled: false,
  },
  reservoir: {
    text: "Reservoir changed",
    said: "reservoir changed",
    add: (shape, x, y) => shape.rectangle(x - RADIUS + 0.3, y - RADIUS + 0.3, 2 * RADIUS - 0.6, 2 * RADIUS - 0.6),
    isFilled: true,
  },
};
/** The room that the symbol of a mark takes. */
export const MARK_WIDTH = 7.5;

export const markText = (kind: MarkKind): string => MARKS[kind].said;

/** Draws the symbol of each mark at the height `y`. */
export function drawMarks(
  doc: PdfDocument,
  marks: readonly { readonly x: number; readonly kind: MarkKind }[],
  y: number,
): void {
  for (const kind of MARK_KINDS) {
    const { add, isFilled } = MARKS[kind];
    const shape = new Shape();
    for (const mark of marks) if (mark.kind === kind) add(shape, mark.x, y);
    doc.paint(shape, isFilled ? { fill: INK } : { stroke: INK, width: 1 });
  }
}

/** Samples of the symbols of some kinds of marks. */
export const markSamples = (doc: PdfDocument, kinds: readonly MarkKind[]): LegendEntry[] =>
  kinds.map((kind) => ({
    text: MARKS[kind].text,
    width: 6,
    draw: (x, y) => drawMarks(doc, [{ x: x + 3, kind }], y),
  }));
