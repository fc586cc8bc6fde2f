import { type Element, LEFT, type PdfDocument, RIGHT } from "../../../platform/formats/pdf/document.ts";
import { Shape } from "../../../platform/formats/pdf/shape.ts";
import { MARK_KINDS } from "./chart-data.ts";
import type { ChartDay } from "./chart-days.ts";
import {
  addChartPage,
  type ChartReport,
  clockChangeNotes,
  drawNotes,
  largestFitting,
  notesHeight,
} from "./chart-page.ts";
import {
  AXIS,
  beyondScaleText,
  CURVE,
  drawBackground,
  drawGlucoseAxis,
  drawLegend,
  drawLimits,
  drawTimeAxis,
  HIGH_AREA,
  LOW_AREA,
  type Plot,
  scaleFor,
  stroke,
  swatch,
  TARGET,
  targetSample,
  xOf,
  yOf,
} from "./chart-plot.ts";
import { areasBeyond, besideEachOther, reduced } from "./chart-shapes.ts";
import { type DayReadings, segmentsOf, type Span } from "./chart-statistics.ts";
import { drawFingersticks, drawMarks, fingerstickSamples, MARK_WIDTH, markSamples } from "./chart-symbols.ts";
import { isAskedFor } from "./content.ts";
import { dayText } from "./local-days.ts";
import { INK, LABEL } from "./look.ts";
import type { Report } from "./report.ts";
import { dayInWords } from "./day-in-words.ts";

/** Nobody has as many on a day; bounds a page. */
export const DAY_FINGERSTICKS_MAX = 100;
const DAY_MARKS_MAX = 12;

const COLUMNS = 2;
const COLUMN_GAP = 20;
const PANEL_WIDTH = (RIGHT - LEFT - COLUMN_GAP * (COLUMNS - 1)) / COLUMNS;
const AXIS_WIDTH = 22;
const TITLE_HEIGHT = 13;
const MARKS_HEIGHT = 9;
const HOURS_HEIGHT = 9;
const PANEL_GAP = 7;
/** Two weeks side by side: each row is a weekday. */
const ROWS_MAX = 7;
const PANEL_HEIGHT_MIN = 70;
const PANEL_HEIGHT_MAX = 120;
const LEGEND_GAP = 4;
const NOTES_GAP = 2;
const HOURS_STEP = 360;
/** Of a reading without neighbors. */
const DOT_RADIUS = 1;
const TITLE = "Day by day";
const GAPS =
  "Sensor curves end where readings are missing for longer than three of their usual intervals (15 to 45 minutes).";
const TWICE = "the curve of the repeated time is drawn over that of the same time before.";

/** Pages with a small chart of each day, from top to bottom and then on the right. */
export function dayPages(report: Report): (() => void)[] {
  const { chartDays, options } = report;
  return chartDays && isAskedFor(options, "daily") ? [() => drawDays({ ...report, chartDays })] : [];
}

/** What all small charts have in common. */
interface Panels {
  readonly max: number;
  readonly hasMarks: boolean;
  readonly height: number;
}

function drawDays(report: ChartReport): void {
  const { sheet, unit, chartDays } = report;
  const { days } = chartDays;
  const highest = days.reduce(
    (max, { sensor, fingersticks }) => Math.max(max, highestOf(sensor.values), highestOf(fingersticks.values)),
    0,
  );
  const max = scaleFor(highest);
  const hasMarks = days.some(({ marks }) => marks.length > 0);
  const notes = [
    ...(days.some(({ sensor }) => sensor.times.length > 0) ? [GAPS] : []),
    ...clockChangeNotes(chartDays, TWICE),
    ...(highest > max ? [beyondScaleText(max, unit)] : []),
    ...tooManyNotes(days),
  ];
  const roomBelow = HOURS_HEIGHT + NOTES_GAP + notesHeight(report, notes);

  let height: number | undefined;
  for (let from = 0; from < days.length; ) {
    const { section, y: top } = addChartPage(report, from === 0 ? TITLE : `${TITLE}, continued`);
    const y = drawDayLegend(report, section, top) + LEGEND_GAP;
    const rowsOf = (of: number) => {
      let rows = 1;
      while (rows < ROWS_MAX && sheet.fits(y, (rows + 1) * of + roomBelow)) rows += 1;
      return rows;
    };
    const rows = Math.min(rowsOf(height ?? PANEL_HEIGHT_MIN), Math.ceil((days.length - from) / COLUMNS));
    height ??= largestFitting([PANEL_HEIGHT_MIN, PANEL_HEIGHT_MAX], (of) => sheet.fits(y, rows * of + roomBelow));
    const onPage = days.slice(from, from + rows * COLUMNS);
    for (const [i, day] of onPage.entries()) {
      drawDay(report, section, day, {
        left: LEFT + Math.floor(i / rows) * (PANEL_WIDTH + COLUMN_GAP),
        top: y + (i % rows) * height,
        panels: { max, hasMarks, height },
        hasHours: i % rows === rows - 1 || i === onPage.length - 1,
      });
    }
    drawNotes(report, section, notes, y + rows * height - PANEL_GAP + HOURS_HEIGHT + NOTES_GAP);
    from += onPage.length;
  }
}

const highestOf = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);

const tooManyNotes = (days: readonly ChartDay[]): string[] => [
  ...(days.some(({ fingersticks }) => fingersticks.times.length > DAY_FINGERSTICKS_MAX)
    ? [`Of more than ${DAY_FINGERSTICKS_MAX} fingersticks on a day, the first ${DAY_FINGERSTICKS_MAX} are drawn.`]
    : []),
  ...(days.some(({ marks }) => marks.length > DAY_MARKS_MAX)
    ? [`Of more than ${DAY_MARKS_MAX} site changes on a day, the first ${DAY_MARKS_MAX} are drawn.`]
    : []),
];

function drawDayLegend(
  { sheet: { doc }, unit, chartDays: { days } }: ChartReport,
  section: Element,
  top: number,
): number {
  const kinds = MARK_KINDS.filter((kind) => days.some(({ marks }) => marks.some((mark) => mark.kind === kind)));
  const hasSensor = days.some(({ sensor }) => sensor.times.length > 0);
  const hasFingersticks = days.some(({ fingersticks }) => fingersticks.times.length > 0);
  const entries = [
    ...(hasSensor
      ? [stroke(doc, "Sensor", 0.9), swatch(doc, "Sensor high", HIGH_AREA), swatch(doc, "Sensor low", LOW_AREA)]
      : []),
    targetSample(doc, unit),
    ...(hasFingersticks ? fingerstickSamples(doc) : []),
    ...markSamples(doc, kinds),
  ];
  let bottom = top;
  doc.element("P", section, () => {
    bottom = drawLegend(doc, entries, { left: LEFT, right: RIGHT, top });
  });
  return bottom;
}

interface PanelPlace {
  readonly left: number;
  readonly top: number;
  readonly panels: Panels;
  /** Whether the hours stand below it: they do below the last one of a column. */
  readonly hasHours: boolean;
}

function drawDay(
  { sheet: { doc }, unit }: ChartReport,
  section: Element,
  it: ChartDay,
  { left, top, panels, hasHours }: PanelPlace,
): void {
  const title = dayText(it.day);
  doc.element("H3", section, () => {
    doc.text(title, left + AXIS_WIDTH, top + 9, { size: 8.5, color: INK, isStrong: true });
    if (it.hours === 24) return;
    const change = `${it.hours} hours: clocks set ${it.hours < 24 ? "forward" : "back"}`;
    doc.text(change, left + PANEL_WIDTH, top + 9, { ...LABEL, size: 7.5, align: "right" });
  });
  const marksHeight = panels.hasMarks ? MARKS_HEIGHT : 0;
  const plot: Plot = {
    left: left + AXIS_WIDTH,
    top: top + TITLE_HEIGHT,
    width: PANEL_WIDTH - AXIS_WIDTH,
    height: panels.height - TITLE_HEIGHT - marksHeight - PANEL_GAP,
    max: panels.max,
  };
  const bottom = plot.top + plot.height;
  const segments = segmentsOf(it.sensor);
  const draw = () => {
    drawBackground(doc, plot, HOURS_STEP);
    drawSensor(doc, plot, it.sensor, segments);
    drawLimits(doc, plot);
    drawFingersticks(
      doc,
      it.fingersticks.values
        .slice(0, DAY_FINGERSTICKS_MAX)
        .map((value, i) => ({ x: xOf(plot, it.fingersticks.minutes[i]!), y: yOf(plot, value), value })),
    );
    if (it.marks.length > 0) drawDayMarks(doc, plot, it, bottom + MARKS_HEIGHT / 2 + 0.5);
    if (it.sensor.times.length + it.fingersticks.times.length === 0) {
      doc.text("No readings", plot.left + plot.width / 2, plot.top + plot.height * 0.3, { ...AXIS, align: "center" });
    }
    drawGlucoseAxis(doc, plot, unit);
    if (hasHours) drawTimeAxis(doc, plot, HOURS_STEP, bottom + marksHeight + 7.5);
  };
  const alt = dayInWords(it, segments, unit);
  const bbox = [left, plot.top, left + PANEL_WIDTH, bottom + marksHeight + HOURS_HEIGHT] as const;
  doc.element("Figure", section, draw, { alt, bbox });
}

/** The curve of a day, and the areas between it and the target range. */
function drawSensor(doc: PdfDocument, plot: Plot, sensor: DayReadings, segments: readonly Span[]): void {
  const curves = new Shape();
  const dots = new Shape();
  const [lowAreas, highAreas] = [new Shape(), new Shape()];
  const [low, high] = [yOf(plot, TARGET.low), yOf(plot, TARGET.high)];
  for (const { from, to } of segments) {
    const points: number[] = [];
    for (let i = from; i < to; i++) points.push(xOf(plot, sensor.minutes[i]!), yOf(plot, sensor.values[i]!));
    const curve = reduced(points);
    if (curve.length === 2) {
      dots.circle(curve[0]!, curve[1]!, DOT_RADIUS);
      continue;
    }
    curves.line(curve);
    for (const area of areasBeyond(curve, low, "below")) lowAreas.polygon(area);
    for (const area of areasBeyond(curve, high, "above")) highAreas.polygon(area);
  }
  doc.paint(highAreas, { fill: HIGH_AREA });
  doc.paint(lowAreas, { fill: LOW_AREA });
  doc.paint(curves, { stroke: CURVE, width: 0.9 });
  doc.paint(dots, { fill: CURVE });
}

function drawDayMarks(doc: PdfDocument, plot: Plot, { marks }: ChartDay, y: number): void {
  // Tubing is primed minutes before the cannula: at their own places one would hide the other.
  const shown = marks.slice(0, DAY_MARKS_MAX).toSorted((a, b) => a.minute - b.minute);
  const places = shown.map(({ minute }) => xOf(plot, minute));
  const xs = besideEachOther(places, MARK_WIDTH, plot.left + plot.width - MARK_WIDTH / 2);
  drawMarks(
    doc,
    shown.map(({ kind }, i) => ({ kind, x: xs[i]! })),
    y,
  );
}
