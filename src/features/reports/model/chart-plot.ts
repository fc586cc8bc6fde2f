import type { Color, PdfDocument, TextStyle } from "../../../platform/formats/pdf/document.ts";
import { Shape } from "../../../platform/formats/pdf/shape.ts";
import { toMgDl } from "../../ehr/model/number-formats.ts";
import { type GlucoseUnit, glucoseText } from "./figures.ts";
import { DAY_MINUTES } from "./local-days.ts";
import { INK, MUTED } from "./look.ts";

/** The ends of the target range in mmol/L; both belong to it. Those by which summaries count. */
export const TARGET = { low: 3.9, high: 10 } as const;

export type Range = "low" | "target" | "high";

export const rangeOf = (value: number): Range => (value < TARGET.low ? "low" : value > TARGET.high ? "high" : "target");

/** `70–180 mg/dL`. */
export const targetText = (unit: GlucoseUnit): string =>
  `${glucoseText(TARGET.low, unit)}–${glucoseText(TARGET.high, unit)} ${unit}`;

/** Where a day is drawn, in points: minutes from left to right, glucose from 0 at the bottom to `max` at the top. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** mmol/L. */
  readonly max: number;
}

export const xOf = ({ left, width }: Plot, minute: number): number => left + (minute / DAY_MINUTES) * width;

/** What is higher than the plot is drawn at its upper edge. */
export const yOf = ({ top, height, max }: Plot, value: number): number =>
  top + height * (1 - Math.min(value, max) / max);

/** Our choice: 270, 360 and 450 mg/dL. No sensor measures more than the last one. */
const SCALES = [15, 20, 25] as const;

/** The upper end of a scale on which a value has its place, if any has. */
export const scaleFor = (highest: number): number => SCALES.find((max) => highest <= max) ?? SCALES.at(-1)!;

/** Said below charts on which a value is higher than their scale. */
export const beyondScaleText = (max: number, unit: GlucoseUnit): string =>
  `Values above ${glucoseText(max, unit)} ${unit} are drawn at the upper edge.`;

/** Dark enough on paper to be told apart without colors: each is paler than the one before. */
export const CURVE: Color = [58, 36, 104];
export const INNER_BAND: Color = [168, 148, 206];
export const OUTER_BAND: Color = [216, 206, 233];
export const LOW: Color = [150, 20, 20];
export const HIGH: Color = [138, 76, 6];
/** Of areas beyond the target range. */
export const LOW_AREA: Color = [196, 60, 54];
export const HIGH_AREA: Color = [240, 190, 110];
export const TARGET_SHADE: Color = [246, 242, 228];
const LIMIT: Color = [110, 104, 78];
const GRID: Color = [222, 226, 231];
const FRAME: Color = [150, 158, 168];

/** The smallest text of a chart. */
export const AXIS: TextStyle = { size: 7, color: MUTED };
const LIMIT_LABEL: TextStyle = { size: 7, color: INK, isStrong: true };
const LABEL_GAP = 4;
/** Between the baselines of two labels. */
const LABEL_DISTANCE = 9;
const DASH = 2.5;

/** The steps of the axis in a unit, and one of them in mmol/L. */
const STEPS: Readonly<Record<GlucoseUnit, { readonly step: number; readonly mmol: number }>> = {
  "mg/dL": { step: 100, mmol: 100 / toMgDl(1) },
  "mmol/L": { step: 5, mmol: 5 },
};

/** What is behind the readings: the target range and the lines of the time axis. */
export function drawBackground(doc: PdfDocument, plot: Plot, lineMinutes: number): void {
  const { left, top, width, height } = plot;
  const low = yOf(plot, TARGET.low);
  const high = yOf(plot, TARGET.high);
  doc.paint(new Shape().rectangle(left, high, width, low - high), { fill: TARGET_SHADE });
  const lines = new Shape();
  for (let minute = lineMinutes; minute < DAY_MINUTES; minute += lineMinutes) {
    const x = xOf(plot, minute);
    lines.line([x, top, x, top + height]);
  }
  doc.paint(lines, { stroke: GRID, width: 0.5 });
}

/** What is over them: the limits of the target range as dashed lines, and the frame. */
export function drawLimits(doc: PdfDocument, plot: Plot): void {
  const { left, top, width, height } = plot;
  const lines = new Shape();
  for (const value of [TARGET.low, TARGET.high]) {
    const y = yOf(plot, value);
    lines.line([left, y, left + width, y]);
  }
  doc.paint(lines, { stroke: LIMIT, width: 0.6, dash: DASH });
  doc.paint(new Shape().rectangle(left, top, width, height), { stroke: FRAME, width: 0.5 });
}

/** The numbers on the left: the limits of the target range, and round ones where these leave room. */
export function drawGlucoseAxis(doc: PdfDocument, plot: Plot, unit: GlucoseUnit): void {
  const right = plot.left - LABEL_GAP;
  const label = (text: string, y: number, style: TextStyle) =>
    doc.text(text, right, y + style.size * 0.36, { ...style, align: "right" });
  const limits = [TARGET.low, TARGET.high].map((value) => ({ text: glucoseText(value, unit), y: yOf(plot, value) }));
  for (const { text, y } of limits) label(text, y, LIMIT_LABEL);
  const { step, mmol } = STEPS[unit];
  for (let i = 0; i * mmol <= plot.max; i++) {
    const y = yOf(plot, i * mmol);
    if (limits.every((limit) => Math.abs(limit.y - y) >= LABEL_DISTANCE)) label(String(i * step), y, AXIS);
  }
}

/** The hours below a plot, the first and the last one within its width. */
export function drawTimeAxis(doc: PdfDocument, plot: Plot, stepMinutes: number, baseline: number): void {
  for (let minute = 0; minute <= DAY_MINUTES; minute += stepMinutes) {
    const align = minute === 0 ? "left" : minute === DAY_MINUTES ? "right" : "center";
    doc.text(`${String(minute / 60).padStart(2, "0")}:00`, xOf(plot, minute), baseline, { ...AXIS, align });
  }
}

/** A sample of what a chart shows and what it is called. */
export interface LegendEntry {
  readonly text: string;
  readonly width: number;
  /** Draws the sample from `x` on, around the height `y`. */
  readonly draw: (x: number, y: number) => void;
}

const LEGEND: TextStyle = { size: 8, color: INK };
const SAMPLE_GAP = 4;
const ENTRY_GAP = 14;
export const LEGEND_HEIGHT = 13;

/** Draws samples and their names in as many rows as they take; returns where these end. */
export function drawLegend(
  doc: PdfDocument,
  entries: readonly LegendEntry[],
  { left, right, top }: { readonly left: number; readonly right: number; readonly top: number },
): number {
  let [x, y] = [left, top];
  for (const { text, width, draw } of entries) {
    const total = width + SAMPLE_GAP + doc.widthOf(text, LEGEND.size);
    if (x > left && x + total > right) [x, y] = [left, y + LEGEND_HEIGHT];
    draw(x, y + LEGEND_HEIGHT / 2);
    doc.text(text, x + width + SAMPLE_GAP, y + LEGEND_HEIGHT / 2 + LEGEND.size * 0.36, LEGEND);
    x += total + ENTRY_GAP;
  }
  return y + LEGEND_HEIGHT;
}

/** The sample of an area. */
export const swatch = (doc: PdfDocument, text: string, fill: Color, stroke?: Color): LegendEntry => ({
  text,
  width: 14,
  draw: (x, y) => doc.paint(new Shape().rectangle(x, y - 4, 14, 8), stroke ? { fill, stroke, width: 0.5 } : { fill }),
});

/** The sample of a curve. */
export const stroke = (doc: PdfDocument, text: string, width: number): LegendEntry => ({
  text,
  width: 14,
  draw: (x, y) => doc.paint(new Shape().line([x, y, x + 14, y]), { stroke: CURVE, width }),
});

/** The sample of the target range, as `drawBackground` and `drawLimits` show it. */
export const targetSample = (doc: PdfDocument, unit: GlucoseUnit): LegendEntry => ({
  text: `Target ${targetText(unit)}`,
  width: 14,
  draw: (x, y) => {
    doc.paint(new Shape().rectangle(x, y - 4, 14, 8), { fill: TARGET_SHADE });
    const limits = new Shape().line([x, y - 4, x + 14, y - 4]).line([x, y + 4, x + 14, y + 4]);
    doc.paint(limits, { stroke: LIMIT, width: 0.6, dash: DASH });
  },
});
