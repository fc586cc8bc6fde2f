import { type Color, type Element, LEFT, RIGHT } from "../../../platform/formats/pdf/document.ts";
import type { ChartDay } from "./chart-days.ts";
import { addChartPage, type ChartReport, clockChangeNotes, drawNotes, notesHeight } from "./chart-page.ts";
import { HIGH, LOW } from "./chart-plot.ts";
import { isAskedFor } from "./content.ts";
import { type GlucoseUnit, glucoseText, LIMITS_IN_MG_DL } from "./figures.ts";
import { clockText, dayText } from "./local-days.ts";
import { INK, LABEL, LINE, TABLE } from "./look.ts";
import type { Report } from "./report.ts";

/** The parts of a day, each to the beginning of the next. Our choice. */
const PARTS = [
  { title: "Night", from: 0 },
  { title: "Morning", from: 5 * 60 },
  { title: "Midday", from: 11 * 60 },
  { title: "Evening", from: 17 * 60 },
] as const;
/** Bounds the pages: six for 31 days. What is more in a part of a day is counted. */
const CELL_READINGS_MAX = 6;

/** mmol/L, as summaries count: the ends of a range belong to the one nearer the target. */
const MARKS: readonly { readonly isTrue: (value: number) => boolean; readonly text: string; readonly color: Color }[] =
  [
    { isTrue: (value) => value < 3, text: "Very low", color: LOW },
    { isTrue: (value) => value < 3.9, text: "Low", color: LOW },
    { isTrue: (value) => value > 13.9, text: "Very high", color: HIGH },
    { isTrue: (value) => value > 10, text: "High", color: HIGH },
  ];

const DATE_WIDTH = 72;
const PART_WIDTH = (RIGHT - LEFT - DATE_WIDTH) / PARTS.length;
/** Where the parts of a reading are in its cell: its value ends there, and what is said of it begins. */
const VALUE_RIGHT = 58;
const MARK_LEFT = 63;
const LINE_HEIGHT = 11.5;
const ROW_PADDING = 5;
const HEAD_HEIGHT = TABLE.rowHeight + 9;
const TEXT_SIZE = 9;
const NOTES_GAP = 2;
const TITLE = "Fingersticks";
const DECIDED = "Low: below 3.9 mmol/L; very low: below 3.0. High: above 10.0; very high: above 13.9.";
const REPEATED = "readings of the repeated time stand after those of the same time before.";

/** A line of a cell: a reading, or how many are left out. */
type CellLine = { readonly minute: number; readonly value: number } | { readonly text: string };

/** The log of fingersticks: a table with a row for each day on which there are any. */
export function fingerstickPages(report: Report): (() => void)[] {
  const { chartDays, options } = report;
  const hasAny = chartDays?.days.some(({ fingersticks }) => fingersticks.times.length > 0);
  return chartDays && hasAny && isAskedFor(options, "bgLog") ? [() => drawLog({ ...report, chartDays })] : [];
}

function drawLog(report: ChartReport): void {
  const { sheet, unit, chartDays } = report;
  const rows = chartDays.days
    .filter(({ fingersticks }) => fingersticks.times.length > 0)
    .map((day) => ({ day, cells: cellsOf(day, unit) }));
  const isCut = rows.some(({ cells }) => cells.some((lines) => lines.length > CELL_READINGS_MAX));
  const empty = chartDays.days.length - rows.length;
  const notes = [
    DECIDED,
    ...(unit === "mg/dL" ? [LIMITS_IN_MG_DL] : []),
    ...(empty === 0 ? [] : ["Days without fingersticks are left out."]),
    ...(isCut
      ? [
          `Of more than ${CELL_READINGS_MAX} in a part of a day, the first ${CELL_READINGS_MAX} are listed; the others are counted.`,
        ]
      : []),
    ...clockChangeNotes(chartDays, REPEATED),
  ];
  let { section, y } = addChartPage(report, TITLE);
  const { doc } = sheet;
  const table = doc.group("Table", section);
  y = drawHead(report, table, y);
  for (const { day, cells } of rows) {
    const height = Math.max(...cells.map((lines) => lines.length)) * LINE_HEIGHT + ROW_PADDING;
    if (!sheet.fits(y, height)) {
      const page = addChartPage(report, `${TITLE}, continued`);
      y = drawHead(report, table, page.y);
    }
    drawRow(report, table, day, cells, y);
    y += height;
    const bottom = y;
    doc.artifact(() => doc.path([LEFT, bottom, RIGHT, bottom], LINE, 0.5));
  }
  if (!sheet.fits(y, notesHeight(report, notes) + NOTES_GAP)) y = sheet.addPage();
  drawNotes(report, section, notes, y + NOTES_GAP);
}

/** The lines of each part of a day. */
function cellsOf({ fingersticks: { minutes, values } }: ChartDay, unit: GlucoseUnit): CellLine[][] {
  const readings = minutes.map((minute, i) => ({ minute, value: values[i]! }));
  return PARTS.map(({ from }, i) => {
    const to = PARTS[i + 1]?.from ?? Infinity;
    const all = readings.filter(({ minute }) => minute >= from && minute < to);
    const rest = all.slice(CELL_READINGS_MAX).map(({ value }) => value);
    if (rest.length === 0) return all;
    const ends = [Math.min, Math.max].map((end) =>
      glucoseText(
        rest.reduce((a, b) => end(a, b)),
        unit,
      ),
    );
    return [...all.slice(0, CELL_READINGS_MAX), { text: `${rest.length} more, ${ends.join("–")}` }];
  });
}

const leftOf = (part: number) => LEFT + DATE_WIDTH + part * PART_WIDTH;

function drawHead({ sheet: { doc } }: ChartReport, table: Element, y: number): number {
  const row = doc.group("TR", table);
  const bottom = y + HEAD_HEIGHT;
  doc.element("TH", row, () => doc.text("Date", LEFT, y + 11, TABLE.title), { scope: "Column" });
  for (const [i, { title, from }] of PARTS.entries()) {
    const hours = `${clockText(from)}–${clockText(PARTS[i + 1]?.from ?? 24 * 60)}`;
    doc.element(
      "TH",
      row,
      () => {
        doc.text(title, leftOf(i), y + 11, TABLE.title);
        doc.text(hours, leftOf(i), y + 21, { ...LABEL, size: 7.5 });
      },
      { scope: "Column" },
    );
  }
  doc.artifact(() => doc.path([LEFT, bottom, RIGHT, bottom], LINE, 0.8));
  return bottom;
}

function drawRow(
  { sheet: { doc }, unit }: ChartReport,
  table: Element,
  { day }: ChartDay,
  cells: readonly (readonly CellLine[])[],
  y: number,
): void {
  const row = doc.group("TR", table);
  const baselineOf = (line: number) => y + ROW_PADDING / 2 + LINE_HEIGHT * (line + 0.5) + TEXT_SIZE * 0.36;
  doc.element("TH", row, () => doc.text(dayText(day), LEFT, baselineOf(0), { size: TEXT_SIZE, color: INK }), {
    scope: "Row",
  });
  for (const [i, lines] of cells.entries()) {
    const left = leftOf(i);
    doc.element("TD", row, () => {
      for (const [n, line] of lines.entries()) {
        const baseline = baselineOf(n);
        if ("text" in line) {
          doc.text(line.text, left, baseline, LABEL);
          continue;
        }
        const mark = MARKS.find(({ isTrue }) => isTrue(line.value));
        doc.text(clockText(line.minute), left, baseline, LABEL);
        const style = { size: TEXT_SIZE, color: mark?.color ?? INK, isStrong: mark !== undefined };
        doc.text(glucoseText(line.value, unit), left + VALUE_RIGHT, baseline, { ...style, align: "right" });
        if (mark) doc.text(mark.text, left + MARK_LEFT, baseline, { size: 8, color: mark.color });
      }
    });
  }
}
