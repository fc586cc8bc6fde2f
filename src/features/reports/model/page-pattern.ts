import { type Element, LEFT, type PdfDocument, RIGHT } from "../../../platform/formats/pdf/document.ts";
import { Shape } from "../../../platform/formats/pdf/shape.ts";
import type { ChartDay } from "./chart-days.ts";
import {
  addChartPage,
  type ChartReport,
  clockChangeNotes,
  counted,
  drawNotes,
  largestFitting,
  notesHeight,
} from "./chart-page.ts";
import {
  beyondScaleText,
  CURVE,
  drawBackground,
  drawGlucoseAxis,
  drawLegend,
  drawLimits,
  drawTimeAxis,
  INNER_BAND,
  LEGEND_HEIGHT,
  type LegendEntry,
  OUTER_BAND,
  type Plot,
  scaleFor,
  stroke,
  swatch,
  TARGET,
  targetSample,
  xOf,
  yOf,
} from "./chart-plot.ts";
import { type Bin, type BinRule, binsOf, runsOf } from "./chart-statistics.ts";
import { drawFingersticks, fingerstickSamples } from "./chart-symbols.ts";
import { isAskedFor, type ReportSection } from "./content.ts";
import { type GlucoseUnit, glucoseText } from "./figures.ts";
import { clockText } from "./local-days.ts";
import { BODY, TITLE } from "./look.ts";
import { DAY_FINGERSTICKS_MAX } from "./page-days.ts";
import type { Report } from "./report.ts";

/** Of which readings a pattern is drawn, and when there are enough of them. */
interface Subject {
  readonly section: ReportSection;
  readonly readings: "sensor" | "fingersticks";
  readonly title: string;
  /** What one reading is called. */
  readonly reading: string;
  readonly rule: BinRule;
  /** Why a part of the chart is blank. */
  readonly blank: string;
}

type Named = Pick<Subject, "title" | "readings" | "reading">;

/** Our choice. A 5th percentile of fewer than twenty readings would lie between the lowest two of them. */
const SUBJECTS: readonly Subject[] = [
  {
    section: "agpCGM",
    readings: "sensor",
    title: "Sensor glucose",
    reading: "sensor reading",
    rule: { minutes: 30, daysMin: 5, readingsMin: 10, outerReadingsMin: 20 },
    blank:
      "Sensor: a half hour with fewer than 10 readings (20 for the outer band) or readings from fewer than 5 days is blank.",
  },
  {
    section: "agpBGM",
    readings: "fingersticks",
    title: "Fingersticks",
    reading: "fingerstick",
    rule: { minutes: 180, daysMin: 5, readingsMin: 5, outerReadingsMin: Infinity },
    blank: "Fingersticks: three hours with fewer than 5 of them, or of fewer than 5 days, have no box.",
  },
];
const PERCENTILES = "Percentiles are interpolated linearly between the two nearest readings.";
const REPEATED = "readings of the repeated time count with those of the same time before.";

interface Pattern {
  readonly subject: Subject;
  readonly days: readonly ChartDay[];
  readonly bins: readonly Bin[];
}

const TITLE_OF_PAGE = "Pattern of the day";
const HEAD_HEIGHT = 28;
const AXIS_HEIGHT = 14;
const AXIS_WIDTH = 26;
const GAP = 14;
const NOTES_GAP = 2;
const PLOT_HEIGHT_MIN = 130;
const PLOT_HEIGHT_MAX = 190;
const ONLY_PLOT_HEIGHT_MAX = 300;
const HOURS_STEP = 180;

/** A page of what a day usually looks like, where enough days have enough readings to say it. */
export function patternPages(report: Report): (() => void)[] {
  const { chartDays, options } = report;
  if (!chartDays) return [];
  const { days } = chartDays;
  const patterns = SUBJECTS.filter(({ section }) => isAskedFor(options, section))
    .map((subject) => ({
      subject,
      days,
      bins: binsOf(
        days.map((day) => day[subject.readings]),
        subject.rule,
      ),
    }))
    .filter(({ bins }) => bins.some(({ middle }) => middle));
  return patterns.length === 0 ? [] : [() => drawPatterns({ ...report, chartDays }, patterns)];
}

function drawPatterns(report: ChartReport, patterns: readonly Pattern[]): void {
  const { sheet, unit, chartDays } = report;
  const scales = patterns.map(scaleOf);
  const notes = [
    ...patterns.map(({ subject }) => subject.blank),
    PERCENTILES,
    ...clockChangeNotes(chartDays, REPEATED),
    ...new Set(
      patterns.flatMap((pattern, i) => (highestOf(pattern) > scales[i]! ? [beyondScaleText(scales[i]!, unit)] : [])),
    ),
  ];
  let { section, y } = addChartPage(report, TITLE_OF_PAGE);
  // Legends take two rows at most.
  const totalOf = (height: number) => HEAD_HEIGHT + 2 * LEGEND_HEIGHT + height + AXIS_HEIGHT + GAP;
  const height = largestFitting(
    [PLOT_HEIGHT_MIN, patterns.length === 1 ? ONLY_PLOT_HEIGHT_MAX : PLOT_HEIGHT_MAX],
    (of) => sheet.fits(y, patterns.length * totalOf(of) + notesHeight(report, notes)),
  );
  for (const [i, pattern] of patterns.entries()) {
    if (!sheet.fits(y, totalOf(height))) ({ section, y } = addChartPage(report, `${TITLE_OF_PAGE}, continued`));
    y = drawPattern(report, section, pattern, { y, height, max: scales[i]! }) + GAP;
  }
  if (!sheet.fits(y, notesHeight(report, notes))) y = sheet.addPage();
  drawNotes(report, section, notes, y - GAP + NOTES_GAP);
}

/** The highest value that is drawn. */
function highestOf({ subject, days, bins }: Pattern): number {
  if (subject.readings === "sensor")
    return Math.max(...bins.map(({ outer, middle }) => outer?.p95 ?? middle?.p75 ?? 0));
  return days.reduce((highest, { fingersticks: { values } }) => values.reduce((a, b) => Math.max(a, b), highest), 0);
}

const scaleOf = (pattern: Pattern): number => scaleFor(highestOf(pattern));

function drawPattern(
  { sheet: { doc }, unit }: ChartReport,
  section: Element,
  { subject, days, bins }: Pattern,
  it: { readonly y: number; readonly height: number; readonly max: number },
): number {
  const parent = doc.group("Sect", section);
  doc.element("H3", parent, () => doc.text(subject.title, LEFT, it.y + 9, TITLE));
  doc.element("P", parent, () => doc.text(basisText(subject, days), LEFT, it.y + 22, BODY));
  const isSensor = subject.readings === "sensor";
  const target = targetSample(doc, unit);
  const entries: readonly LegendEntry[] = isSensor
    ? [
        stroke(doc, "Median", 1.8),
        swatch(doc, "25th to 75th percentile", INNER_BAND),
        swatch(doc, "5th to 95th percentile", OUTER_BAND),
        target,
      ]
    : [
        stroke(doc, "Median of three hours", 1.8),
        swatch(doc, "25th to 75th percentile", OUTER_BAND, INNER_BAND),
        target,
        ...fingerstickSamples(doc),
      ];
  let top = it.y + HEAD_HEIGHT;
  doc.element("P", parent, () => {
    top = drawLegend(doc, entries, { left: LEFT + AXIS_WIDTH, right: RIGHT, top });
  });
  const plot: Plot = {
    left: LEFT + AXIS_WIDTH,
    top: top + 4,
    width: RIGHT - LEFT - AXIS_WIDTH,
    height: it.height,
    max: it.max,
  };
  const bottom = plot.top + plot.height;
  const draw = () => {
    drawBackground(doc, plot, HOURS_STEP);
    if (isSensor) drawBands(doc, plot, bins);
    else drawBoxes(doc, plot, bins);
    drawLimits(doc, plot);
    if (isSensor) drawMedian(doc, plot, bins);
    else
      drawFingersticks(
        doc,
        days.flatMap((day) => placesOf(plot, day)),
      );
    drawGlucoseAxis(doc, plot, unit);
    drawTimeAxis(doc, plot, HOURS_STEP, bottom + 9);
  };
  const alt = patternText(subject, days, bins, unit);
  doc.element("Figure", parent, draw, { alt, bbox: [LEFT, plot.top, RIGHT, bottom + AXIS_HEIGHT] });
  return bottom + AXIS_HEIGHT;
}

const placesOf = (plot: Plot, { fingersticks: { minutes, values } }: ChartDay) =>
  values.slice(0, DAY_FINGERSTICKS_MAX).map((value, i) => ({ x: xOf(plot, minutes[i]!), y: yOf(plot, value), value }));

/** `Based on 3912 sensor readings from 14 days.` */
function basisText({ readings, reading }: Named, days: readonly ChartDay[]): string {
  const counts = days.map((day) => day[readings].values.length).filter((count) => count > 0);
  const count = counts.reduce((sum, it) => sum + it, 0);
  return `Based on ${counted(count, reading)} from ${counted(counts.length, "day")}.`;
}

/** The line through values of neighboring bins, level at both of its ends. */
function lineThrough(plot: Plot, bins: readonly Bin[], valueOf: (bin: Bin) => number): number[] {
  const point = (minute: number, bin: Bin) => [xOf(plot, minute), yOf(plot, valueOf(bin))];
  return [
    ...point(bins[0]!.from, bins[0]!),
    ...bins.flatMap((bin) => point((bin.from + bin.to) / 2, bin)),
    ...point(bins.at(-1)!.to, bins.at(-1)!),
  ];
}

function reversed(points: readonly number[]): number[] {
  const back: number[] = [];
  for (let i = points.length - 2; i >= 0; i -= 2) back.push(points[i]!, points[i + 1]!);
  return back;
}

function drawBands(doc: PdfDocument, plot: Plot, bins: readonly Bin[]): void {
  const band = (has: (bin: Bin) => unknown, low: (bin: Bin) => number, high: (bin: Bin) => number) => {
    const shape = new Shape();
    for (const { from, to } of runsOf(bins.length, (i) => Boolean(has(bins[i]!)))) {
      const run = bins.slice(from, to);
      shape.polygon([...lineThrough(plot, run, high), ...reversed(lineThrough(plot, run, low))]);
    }
    return shape;
  };
  const outer = band(
    (bin) => bin.outer,
    (bin) => bin.outer!.p5,
    (bin) => bin.outer!.p95,
  );
  doc.paint(outer, { fill: OUTER_BAND });
  const inner = band(
    (bin) => bin.middle,
    (bin) => bin.middle!.p25,
    (bin) => bin.middle!.p75,
  );
  doc.paint(inner, { fill: INNER_BAND });
}

function drawMedian(doc: PdfDocument, plot: Plot, bins: readonly Bin[]): void {
  const shape = new Shape();
  for (const { from, to } of runsOf(bins.length, (i) => bins[i]!.middle !== undefined)) {
    shape.line(lineThrough(plot, bins.slice(from, to), (bin) => bin.middle!.p50));
  }
  doc.paint(shape, { stroke: CURVE, width: 1.8 });
}

const BOX_MARGIN = 6;

function drawBoxes(doc: PdfDocument, plot: Plot, bins: readonly Bin[]): void {
  const boxes = new Shape();
  const medians = new Shape();
  for (const { from, to, middle } of bins) {
    if (!middle) continue;
    const [left, right] = [xOf(plot, from) + BOX_MARGIN, xOf(plot, to) - BOX_MARGIN];
    const [top, median, bottom] = [middle.p75, middle.p50, middle.p25].map((value) => yOf(plot, value));
    boxes.rectangle(left, top!, right - left, bottom! - top!);
    medians.line([left, median!, right, median!]);
  }
  doc.paint(boxes, { fill: OUTER_BAND, stroke: INNER_BAND, width: 0.8 });
  doc.paint(medians, { stroke: CURVE, width: 1.8 });
}

/** What a chart of a pattern shows, in words. */
export function patternText(
  subject: Named,
  days: readonly ChartDay[],
  bins: readonly Bin[],
  unit: GlucoseUnit,
): string {
  const filled = bins.flatMap(({ from, to, middle }) => (middle ? [{ from, to, median: middle.p50 }] : []));
  const lowest = filled.reduce((a, b) => (b.median < a.median ? b : a));
  const highest = filled.reduce((a, b) => (b.median > a.median ? b : a));
  const at = ({ from, to, median }: (typeof filled)[number]) =>
    `${glucoseText(median, unit)} (${clockText(from)}–${clockText(to)})`;
  const times = (isTrue: (bin: Bin) => boolean | undefined) =>
    runsOf(bins.length, (i) => isTrue(bins[i]!) === true)
      .map(({ from, to }) => `${clockText(bins[from]!.from)}–${clockText(bins[to - 1]!.to)}`)
      .join(", ");
  const [low, high] = [glucoseText(TARGET.low, unit), glucoseText(TARGET.high, unit)];
  const facts: readonly (readonly [string, string])[] = [
    [`Median below ${low}`, times(({ middle }) => middle && middle.p50 < TARGET.low) || "never"],
    [`Median above ${high}`, times(({ middle }) => middle && middle.p50 > TARGET.high) || "never"],
    [`A quarter of readings or more below ${low}`, times(({ middle }) => middle && middle.p25 < TARGET.low) || "never"],
    [
      `A quarter of readings or more above ${high}`,
      times(({ middle }) => middle && middle.p75 > TARGET.high) || "never",
    ],
    ...(subject.readings === "sensor"
      ? ([
          [
            `One reading in twenty or more below ${low}`,
            times(({ outer }) => outer && outer.p5 < TARGET.low) || "never",
          ],
          [
            `One reading in twenty or more above ${high}`,
            times(({ outer }) => outer && outer.p95 > TARGET.high) || "never",
          ],
        ] as const)
      : []),
    ["Too few readings to say anything", times(({ middle }) => !middle) || "never"],
  ];
  return [
    `${subject.title} by time of day in ${unit}. ${basisText(subject, days)}`,
    `Lowest median ${at(lowest)}, highest median ${at(highest)}.`,
    ...facts.map(([what, when]) => `${what}: ${when}.`),
  ].join(" ");
}
