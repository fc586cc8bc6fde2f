import { LEFT, newDocument, type PdfDocument, RIGHT } from "../../../platform/formats/pdf/document.ts";
import { openFont, type PdfFont } from "../../../platform/formats/pdf/font.ts";
import { observationsOf } from "../../ehr/model/observations.ts";
import { chartDaysOf } from "./chart-days.ts";
import { clockOf } from "./clock.ts";
import {
  type ReportContent,
  type ReportOptions,
  type ReportRenderer,
  type ReportSection,
  unavailableOf,
} from "./content.ts";
import { type Kind, partOf, periodOf, PERIODS, unitOf } from "./figures.ts";
import { INK } from "./look.ts";
import { dayPages } from "./page-days.ts";
import { fingerstickPages } from "./page-fingersticks.ts";
import { overviewPages } from "./page-overview.ts";
import { patternPages } from "./page-pattern.ts";
import { periodPages } from "./page-period.ts";
import type { Report } from "./report.ts";
import { REPORT_TITLE, sheetOf } from "./sheet.ts";

/** The kinds of data a section is about. */
const KINDS_OF: Readonly<Partial<Record<ReportSection, readonly Kind[]>>> = {
  basics: ["cgm", "bgm"],
  agpCGM: ["cgm"],
  agpBGM: ["bgm"],
};
/** In the order of their pages: what draws each of them; nothing where there is nothing to draw. */
const PARTS: readonly ((report: Report) => readonly (() => void)[])[] = [
  overviewPages,
  patternPages,
  dayPages,
  fingerstickPages,
  periodPages,
];
const NO_DATA = "Insufficient data for patient to generate any report.";
const NOT_AVAILABLE = "These sections are not available yet";
const USUAL_LETTERS = "–·\u2212";

/** Our own renderer. The font and what it takes to draw are loaded with the first report. */
export const reportRenderer: ReportRenderer = rendererWith(async () => {
  const { dejaVuSans } = await import("../../../platform/formats/pdf/dejavu.ts");
  return dejaVuSans();
});

/** Draws reports with the font that `fontBytes` gives: it is asked once, for the first report. */
export function rendererWith(fontBytes: () => Promise<Uint8Array>): ReportRenderer {
  let font: Promise<PdfFont> | undefined;
  const opened = () => {
    font ??= fontBytes().then(openFont);
    font.catch(() => {
      font = undefined;
    });
    return font;
  };
  return {
    render: async (content, options) => {
      const doc = await newDocument({
        font: await opened(),
        title: REPORT_TITLE,
        id: content.id,
        createdAt: content.generatedAt,
        usualLetters: USUAL_LETTERS,
      });
      drawReport(doc, content, options);
      return doc.bytes();
    },
  };
}

function drawReport(doc: PdfDocument, content: ReportContent, options: ReportOptions): void {
  const clock = clockOf(options.tzName);
  const sheet = sheetOf(doc, content, clock);
  const report: Report = {
    sheet,
    content,
    options,
    clock,
    unit: unitOf(options.bgUnits),
    kinds: kindsOf(content, options),
    chartDays: chartDaysOf(content.charts, options, clock),
    unavailable: unavailableOf(options),
  };
  const pages = PARTS.flatMap((pagesOf) => pagesOf(report));
  if (pages.length === 0) pages.push(() => drawReason(report));
  for (const draw of pages) draw();
  sheet.drawFooters();
}

/** Why nothing is drawn. */
function drawReason({ sheet, content, options, chartDays, unavailable }: Report): void {
  const { doc } = sheet;
  const isOnlyUnavailable = unavailable.length > 0 && unavailable.length === new Set(options.reports).size;
  const hasData = chartDays !== undefined || kindsOf(content, { ...options, reports: ["all"] }).length > 0;
  const reason = isOnlyUnavailable && hasData ? `${NOT_AVAILABLE}: ${unavailable.join(", ")}.` : NO_DATA;
  let y = sheet.addPage();
  doc.element("P", doc.group("Sect"), () => {
    for (const line of doc.linesOf(reason, 12, RIGHT - LEFT)) doc.text(line, LEFT, (y += 15), { size: 12, color: INK });
  });
}

/** Data without the dates that say when it was measured is not reported: EHRs don't get it either. */
function kindsOf({ summary }: ReportContent, options: ReportOptions): Kind[] {
  const asked = options.reports.includes("all")
    ? (["cgm", "bgm"] as const)
    : options.reports.flatMap((section) => (section === "all" ? [] : (KINDS_OF[section] ?? [])));
  return (["cgm", "bgm"] as const).filter(
    (kind) =>
      asked.includes(kind) &&
      PERIODS.some((name) => periodOf(summary, kind, name)) &&
      observationsOf(partOf(summary, kind), options).length > 0,
  );
}
