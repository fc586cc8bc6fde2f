import { type Element, LEFT, type PdfDocument, RIGHT } from "../../../platform/formats/pdf/document.ts";
import { integer } from "../../ehr/model/number-formats.ts";
import { reportingPeriodOf } from "../../ehr/model/observations.ts";
import type { Period } from "../../summaries/schema.ts";
import { drawRanges } from "./bar.ts";
import {
  barShares,
  type Figure,
  type Kind,
  KIND_NAMES,
  lengthText,
  LIMITS_IN_MG_DL,
  mainFigures,
  partOf,
  type PeriodName,
  periodOf,
  PERIODS,
  rangeFigures,
  statisticOf,
} from "./figures.ts";
import { BAND, BODY, FACT_SIZES, HEADING, INK, LABEL, LEADING } from "./look.ts";
import type { Report } from "./report.ts";

const GAP = 28;
const PADDING = 10;
const HEADING_HEIGHT = 44;
const FIGURE_HEIGHT = 66;
const FIGURE_SIZE = 23;
const FACTS_HEIGHT = 44;
const CAPTION_HEIGHT = 26;

/** The page for a glance: the main period of CGM and BGM side by side, or of the one that there is over the whole width. */
export function overviewPages(report: Report): (() => void)[] {
  const { content, kinds } = report;
  const period = PERIODS.find((name) => kinds.some((kind) => periodOf(content.summary, kind, name)));
  return period === undefined ? [] : [() => drawOverview(report, period)];
}

function drawOverview(report: Report, period: PeriodName): void {
  const { sheet, content, kinds, unavailable } = report;
  const { doc } = sheet;
  const shown = kinds.flatMap((kind) => {
    const statistics = periodOf(content.summary, kind, period);
    return statistics ? [{ kind, statistics }] : [];
  });
  const y = sheet.addPage();
  const section = doc.group("Sect");
  drawFacts(report, period, section, y);
  const top = y + FACTS_HEIGHT;
  const width = shown.length === 1 ? RIGHT - LEFT : (RIGHT - LEFT - GAP) / 2;
  const bottoms = shown.map(({ kind, statistics }, i) => {
    const x = LEFT + i * (width + GAP);
    return drawKind(report, { kind, period, statistics, section, x, top, width, isAlone: shown.length === 1 });
  });
  const caption = `Small figures are changes since the previous ${lengthText(period)}; those of percentages are in percentage points.`;
  const isCompared = shown.some(({ kind, statistics }) =>
    figuresOf(report, kind, period, statistics).some(({ change }) => change),
  );
  const hasRanges = shown.some(({ statistics }) => rangeFigures(statistics).some(Boolean));
  const captions = [
    ...(isCompared ? [caption] : []),
    ...(hasRanges && report.unit === "mg/dL" ? [LIMITS_IN_MG_DL] : []),
    ...(unavailable.length > 0 ? [`Not available yet: ${unavailable.join(", ")}.`] : []),
  ];
  for (const [i, line] of captions.entries()) {
    const baseline = Math.max(...bottoms) + CAPTION_HEIGHT + i * LABEL.size * LEADING;
    doc.element("P", section, () => doc.text(line, LEFT, baseline, LABEL));
  }
}

const figuresOf = ({ unit }: Report, kind: Kind, name: PeriodName, statistics: Period): Figure[] => [
  ...mainFigures(kind, name, statistics, unit),
  ...rangeFigures(statistics).filter((figure) => figure !== undefined),
];

/** What the whole report is about. */
function drawFacts(
  { sheet: { doc }, content, options, clock, unit }: Report,
  name: PeriodName,
  parent: Element,
  y: number,
) {
  const { startDate: start, endDate: end } = options;
  const period = start !== undefined && end !== undefined ? { start, end } : reportingPeriodOf(content.summary, name);
  const facts: readonly (readonly [x: number, label: string, value: string | undefined])[] = [
    [LEFT, "Reporting period", period && clock.period(period.start, period.end)],
    [LEFT + 306, "Time zone", clock.zone],
    [RIGHT - 66, "Glucose unit", unit],
  ];
  for (const [i, [x, label, value]] of facts.entries()) {
    if (value === undefined) continue;
    const width = (facts[i + 1]?.[0] ?? RIGHT + PADDING) - x - PADDING;
    const { size, lines } = doc.fitted(value, width, FACT_SIZES);
    doc.element("P", parent, () => {
      doc.text(label, x, y + 2, LABEL);
      for (const [n, line] of lines.entries()) doc.text(line, x, y + 16 + n * size * 1.2, { size, color: INK });
    });
  }
}

/** The statistics and the bar of one kind of data; returns where they end. */
function drawKind(
  { sheet: { doc }, content, clock, unit }: Report,
  it: {
    readonly kind: Kind;
    readonly period: PeriodName;
    readonly statistics: Period;
    readonly section: Element;
    readonly x: number;
    readonly top: number;
    readonly width: number;
    readonly isAlone: boolean;
  },
): number {
  const { kind, period, statistics, x, top, width } = it;
  const parent = doc.group("Sect", it.section);
  const { short, long } = KIND_NAMES[kind];
  doc.artifact(() => doc.rectangle(x, top, width, HEADING_HEIGHT, BAND));
  doc.element("H2", parent, () => {
    doc.text(short, x + PADDING, top + 19, HEADING);
    doc.text(long, x + PADDING + doc.widthOf(short, HEADING.size) + 8, top + 19, BODY);
  });
  const end = reportingPeriodOf(partOf(content.summary, kind), period)?.end;
  const days = integer(statisticOf(statistics, "daysWithData") ?? 0);
  const about = [
    end === undefined ? "" : `${lengthText(period)} to ${clock.dateTime(end)}`,
    days === "0" ? "" : `${days} ${days === "1" ? "day" : "days"} with data`,
  ].filter((text) => text !== "");
  const { size } = doc.fitted(about.join(" · "), width - 2 * PADDING, FACT_SIZES);
  if (about.length > 0) {
    doc.element("P", parent, () => doc.text(about.join(" · "), x + PADDING, top + 35, { ...LABEL, size }));
  }
  const figures = mainFigures(kind, period, statistics, unit);
  const ranges = { parent, unit, figures: rangeFigures(statistics), shares: barShares(statistics) };
  const y = top + HEADING_HEIGHT + 16;
  if (it.isAlone) {
    const half = (width - GAP) / 2;
    const figuresEnd = drawFigures(doc, figures, parent, { x: x + half + GAP, y, width: half });
    return Math.max(figuresEnd, drawRanges(doc, { ...ranges, x, y, width: half }));
  }
  drawFigures(doc, figures, parent, { x, y, width });
  // Side by side both bars begin at the same height.
  return drawRanges(doc, { ...ranges, x, y: y + 2 * FIGURE_HEIGHT + 4, width });
}

/** Two in a row. */
function drawFigures(
  doc: PdfDocument,
  figures: readonly Figure[],
  parent: Element,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): number {
  for (const [i, { label, value, unit, change }] of figures.entries()) {
    const left = x + (i % 2) * (width / 2);
    const top = y + Math.floor(i / 2) * FIGURE_HEIGHT;
    doc.element("P", parent, () => {
      doc.text(label, left, top + 8, LABEL);
      doc.text(value, left, top + 33, { size: FIGURE_SIZE, color: INK, isStrong: true });
      if (unit !== "") doc.text(unit, left + doc.widthOf(value, FIGURE_SIZE) + 5, top + 33, { size: 11, color: INK });
      if (change !== undefined) doc.text(change, left, top + 47, LABEL);
    });
  }
  return y + Math.ceil(figures.length / 2) * FIGURE_HEIGHT;
}
