import { type Element, LEFT, RIGHT } from "../../../platform/formats/pdf/document.ts";
import type { ChartDays } from "./chart-days.ts";
import { dateText } from "./local-days.ts";
import { HEADING, LABEL, LEADING } from "./look.ts";
import type { Report } from "./report.ts";

/** A report that has device data. */
export interface ChartReport extends Report {
  readonly chartDays: ChartDays;
}

/** Below it comes what the page shows. */
const HEADING_HEIGHT = 34;

/** Adds a page with a heading and what it is about: its days, the zone and the unit. Returns where its content begins. */
export function addChartPage(
  { sheet, clock, unit, chartDays: { days, isCut }, kinds, unavailable }: ChartReport,
  title: string,
): { readonly section: Element; readonly y: number } {
  const { doc } = sheet;
  const y = sheet.addPage();
  const section = doc.group("Sect");
  doc.element("H2", section, () => doc.text(title, LEFT, y + 10, HEADING));
  const about = [
    `${dateText(days[0]!.day)} – ${dateText(days.at(-1)!.day)}`,
    ...(isCut ? [`the last ${days.length} days of the period`] : []),
    clock.zone,
    unit,
    // Said on the overview where there is one.
    ...(kinds.length === 0 && unavailable.length > 0 ? [`Not available yet: ${unavailable.join(", ")}`] : []),
  ];
  const { size } = doc.fitted(about.join(" · "), RIGHT - LEFT, [
    [LABEL.size, 1],
    [7, 1],
  ]);
  doc.element("P", section, () => doc.text(about.join(" · "), LEFT, y + 24, { ...LABEL, size }));
  return { section, y: y + HEADING_HEIGHT };
}

const lineHeight = LABEL.size * LEADING;

/** The height of notes below charts. */
export const notesHeight = ({ sheet: { doc } }: Report, notes: readonly string[]): number =>
  notes.reduce((sum, note) => sum + doc.linesOf(note, LABEL.size, RIGHT - LEFT).length * lineHeight, 0);

/** Draws what a reader has to know about a chart, from `y` on. */
export function drawNotes({ sheet: { doc } }: Report, section: Element, notes: readonly string[], y: number): void {
  let baseline = y;
  for (const note of notes) {
    doc.element("P", section, () => {
      for (const line of doc.linesOf(note, LABEL.size, RIGHT - LEFT))
        doc.text(line, LEFT, (baseline += lineHeight), LABEL);
    });
  }
}

/** The largest height, in whole points, with which everything has room; the smallest where none is small enough. */
export function largestFitting(
  [min, max]: readonly [min: number, max: number],
  fits: (height: number) => boolean,
): number {
  let height = max;
  while (height > min && !fits(height)) height -= 1;
  return height;
}

/** `1 day`, `3 days`. */
export const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

/** What is said of days on which clocks change; nothing where they don't. */
export const clockChangeNotes = ({ days }: ChartDays, ofLonger: string): string[] => [
  ...(days.some(({ hours }) => hours > 24) ? [`Clocks were set back: ${ofLonger}`] : []),
  ...(days.some(({ hours }) => hours < 24)
    ? ["Clocks were set forward: the time that they skipped has no readings on that day."]
    : []),
];
