import type { Color, Element, PdfDocument } from "../../../platform/formats/pdf/document.ts";
import { type Figure, type GlucoseUnit, RANGES } from "./figures.ts";
import { INK, LABEL, MUTED } from "./look.ts";

/** From very high to very low: the usual colors of the consensus. Each range has its name beside it as well. */
export const RANGE_COLORS: readonly Color[] = [
  [217, 119, 6],
  [245, 197, 66],
  [46, 139, 87],
  [220, 50, 47],
  [127, 16, 16],
];
export const BAR_WIDTH = 52;
const ROW_HEIGHT = 52;
export const BAR_HEIGHT = ROW_HEIGHT * RANGES.length;
const LEADER_WIDTH = 32;
const SWATCH = 9;
/** Around colors that are pale on white. It lies outside, so that it covers no part of a small range. */
const OUTLINE = 0.6;
const TARGET = RANGES.findIndex(({ name }) => name === "Target");

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/**
 * The bar of the time in the five ranges, drawn to scale, and beside it their names, limits and percentages as a table:
 * a line connects each range that takes part of the bar with its row, however small it is. Without shares there is only
 * the table, of the ranges that have a percentage. Returns where they end.
 */
export function drawRanges(
  doc: PdfDocument,
  it: Place & {
    readonly parent: Element;
    readonly unit: GlucoseUnit;
    readonly figures: readonly (Figure | undefined)[];
    readonly shares: readonly number[] | undefined;
  },
): number {
  const rows = it.figures.flatMap((figure, i) => (figure ? [{ figure, i }] : []));
  if (rows.length === 0) return it.y;
  if (it.shares) drawBar(doc, it.parent, it, it.shares, it.figures);
  const left = it.x + (it.shares ? BAR_WIDTH + LEADER_WIDTH : 0);
  const right = it.x + it.width;
  const table = doc.group("Table", it.parent);
  for (const [place, { figure, i }] of rows.entries()) {
    const middle = middleOf(it.y, place);
    const { name, limits } = RANGES[i]!;
    const isStrong = i === TARGET;
    doc.artifact(() => {
      doc.rectangle(left - OUTLINE, middle - SWATCH - OUTLINE, SWATCH + 2 * OUTLINE, SWATCH + 2 * OUTLINE, MUTED);
      doc.rectangle(left, middle - SWATCH, SWATCH, SWATCH, RANGE_COLORS[i]!);
    });
    const row = doc.group("TR", table);
    doc.element(
      "TH",
      row,
      () => {
        doc.text(name, left + SWATCH + 6, middle - 0.5, { size: 11, color: INK, isStrong });
        doc.text(`${limits[it.unit]} ${it.unit}`, left + SWATCH + 6, middle + 12, LABEL);
      },
      { scope: "Row" },
    );
    doc.element("TD", row, () => {
      doc.text(`${figure.value}%`, right, middle + 1, {
        size: isStrong ? 23 : 16,
        color: INK,
        isStrong,
        align: "right",
      });
      if (figure.change !== undefined) doc.text(figure.change, right, middle + 13, { ...LABEL, align: "right" });
    });
  }
  return it.y + ROW_HEIGHT * rows.length;
}

const middleOf = (top: number, row: number) => top + ROW_HEIGHT * (row + 0.5);

function drawBar(
  doc: PdfDocument,
  parent: Element,
  { x, y }: Place,
  shares: readonly number[],
  figures: readonly (Figure | undefined)[],
): void {
  const alt = `Bar of time in ranges: ${RANGES.map(({ name }, i) => `${name} ${figures[i]?.value}%`).join(", ")}`;
  const right = x + BAR_WIDTH;
  const draw = () => {
    doc.rectangle(x - OUTLINE, y - OUTLINE, BAR_WIDTH + 2 * OUTLINE, BAR_HEIGHT + 2 * OUTLINE, MUTED);
    let top = y;
    for (const [i, share] of shares.entries()) {
      if (share === 0) continue;
      const height = share * BAR_HEIGHT;
      doc.rectangle(x, top, BAR_WIDTH, height, RANGE_COLORS[i]!);
      const from = top + height / 2;
      const to = middleOf(y, i) - SWATCH / 2;
      const end = right + LEADER_WIDTH;
      doc.path([right + 2, from, right + 5, from, end - 8, to, end - 4, to], MUTED, OUTLINE);
      top += height;
    }
  };
  doc.element("Figure", parent, draw, { alt, bbox: [x, y, right + LEADER_WIDTH, y + BAR_HEIGHT] });
}
