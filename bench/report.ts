import { readFileSync } from "node:fs";
import path from "node:path";
import fontkit from "@pdf-lib/fontkit";
import { PDFDocument, rgb } from "pdf-lib";
import { ROOT } from "../scripts/local-state.ts";
import { type ReportContent } from "../src/features/reports/model/content.ts";
import { rendererWith } from "../src/features/reports/model/renderer.ts";
import { PAGE, PdfDocument } from "../src/platform/formats/pdf/document.ts";
import { bgmPeriod, cgmPeriod, sampleBgm, sampleCgm, sampleContent, sampleOptions } from "../test/reports.ts";
import { GOALS } from "./goals.ts";

/** What this part is called among the scenarios. */
export const REPORT_NAME = "ehr report";
/** CPU of our renderer through that of pdf-lib, which has no structure for readers that don't see the page. */
const RATIO_MAX = GOALS.reportCpu.limit;
const BYTES_MAX = GOALS.reportBytes.limit * 1024;
const PAGES = 5;
const ROUNDS = 9;
const WARM_UP_ROUNDS = 4;
const REPORTS_A_ROUND = 20;
const FONT = path.join(ROOT, "node_modules", "dejavu-fonts-ttf", "ttf", "DejaVuSans.ttf");

type Color = readonly [number, number, number];
/** What was drawn on a page, in points from the top left. */
type Drawing =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly x: number;
      readonly y: number;
      readonly size: number;
      readonly color: Color;
    }
  | { readonly kind: "rectangle"; readonly box: readonly [number, number, number, number]; readonly color: Color }
  | { readonly kind: "path"; readonly points: readonly number[]; readonly width: number; readonly color: Color };

export interface ReportFigures {
  readonly ourMs: number;
  readonly pdfLibMs: number;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly bytes: number;
  readonly pdfLibBytes: number;
  readonly missed: readonly string[];
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** CPU of drawing reports of five pages, each of a patient not seen before, against the same texts and shapes with pdf-lib. */
export async function benchReport(tell: (line: string) => void): Promise<ReportFigures> {
  const font = new Uint8Array(readFileSync(FONT));
  const renderer = rendererWith(() => Promise.resolve(font));
  // It has a font of its own, so that what it learns does not help the one that is measured.
  const recorder = rendererWith(() => Promise.resolve(font));
  let bytes = 0;
  let pdfLibBytes = 0;
  let n = 0;
  const round = async (oursFirst: boolean) => {
    const contents = Array.from({ length: REPORTS_A_ROUND }, () => contentOf(n++));
    const recordings: Drawing[][][] = [];
    for (const content of contents) {
      recordings.push(await recorded(() => recorder.render(content, sampleOptions())));
    }
    if (recordings.some((pages) => pages.length !== PAGES)) throw new Error(`reports have ${PAGES} pages`);
    const ours = async () => {
      for (const content of contents) bytes = (await renderer.render(content, sampleOptions())).length;
    };
    const theirs = async () => {
      for (const pages of recordings) pdfLibBytes = (await drawnWithPdfLib(font, pages)).length;
    };
    const [first, second] = oursFirst ? [ours, theirs] : [theirs, ours];
    const times = [await cpuOf(first), await cpuOf(second)] as const;
    const [ourMs, pdfLibMs] = oursFirst ? times : times.toReversed();
    return { ourMs: ourMs / REPORTS_A_ROUND, pdfLibMs: pdfLibMs / REPORTS_A_ROUND };
  };
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await round(i % 2 === 0);
  const pairs: Awaited<ReturnType<typeof round>>[] = [];
  for (let i = 0; i < ROUNDS; i++) pairs.push(await round(i % 2 === 0));
  const ratios = pairs.map((pair) => pair.ourMs / pair.pdfLibMs);
  const ratio = median(ratios);
  const figures = {
    ourMs: median(pairs.map(({ ourMs }) => ourMs)),
    pdfLibMs: median(pairs.map(({ pdfLibMs }) => pdfLibMs)),
    ratio,
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    bytes,
    pdfLibBytes,
    missed: [...(ratio > RATIO_MAX ? ["CPU"] : []), ...(bytes > BYTES_MAX ? ["bytes"] : [])],
  };
  tell(`${ratio.toFixed(2)}  ${REPORT_NAME}`);
  return figures;
}

/** Different names and numbers each time, as patients have them. */
function contentOf(n: number): ReportContent {
  // Multiples of an irrational number, without their whole part, are spread evenly.
  const spread = (k: number) => ((n * 7 + k) * Math.SQRT2) % 1;
  const high = 0.1 + spread(1) / 5;
  const low = spread(2) / 20;
  const shares = [low / 5, low, 1 - 1.2 * low - 1.4 * high, high, 0.4 * high] as const;
  const more = (k: number) => ({
    averageGlucoseMmol: 7 + spread(k),
    standardDeviation: 2 + spread(k + 1),
    coefficientOfVariation: 0.3 + spread(k + 2) / 10,
    daysWithData: 10 + Math.floor(4 * spread(k + 3)),
  });
  const periods = (of: typeof cgmPeriod) =>
    Object.fromEntries(["1d", "7d", "14d", "30d"].map((name, i) => [name, of(shares, more(10 * i))]));
  return sampleContent({
    patient: { fullName: `Jill${n} Jellyfish${n}`, birthDate: "1987-02-03", mrn: `MRN-${100_000 + n}` },
    summary: {
      cgmStats: { ...sampleCgm, periods: periods(cgmPeriod) },
      bgmStats: { ...sampleBgm, periods: periods(bgmPeriod) },
    },
  });
}

/** What is drawn meanwhile, page by page. */
async function recorded(draw: () => Promise<unknown>): Promise<Drawing[][]> {
  const pages: Drawing[][] = [];
  let page: Drawing[] = [];
  // oxlint-disable-next-line typescript/unbound-method -- each is called with its document
  const { addPage, onEachPage, text, rectangle, path } = PdfDocument.prototype;
  PdfDocument.prototype.addPage = function () {
    pages.push((page = []));
    addPage.call(this);
  };
  PdfDocument.prototype.onEachPage = function (draw) {
    onEachPage.call(this, (number, count) => {
      page = pages[number - 1]!;
      draw(number, count);
    });
  };
  PdfDocument.prototype.text = function (line, x, y, style) {
    const { size, color = [0, 0, 0], align } = style;
    const start = align === "right" ? x - this.widthOf(line, size) : x;
    page.push({ kind: "text", text: line, x: start, y, size, color });
    text.call(this, line, x, y, style);
  };
  PdfDocument.prototype.rectangle = function (x, y, width, height, color) {
    page.push({ kind: "rectangle", box: [x, y, width, height], color });
    rectangle.call(this, x, y, width, height, color);
  };
  PdfDocument.prototype.path = function (points, color, width) {
    page.push({ kind: "path", points, width, color });
    path.call(this, points, color, width);
  };
  try {
    await draw();
  } finally {
    Object.assign(PdfDocument.prototype, { addPage, onEachPage, text, rectangle, path });
  }
  return pages;
}

async function drawnWithPdfLib(fontBytes: Uint8Array, pages: readonly (readonly Drawing[])[]): Promise<Uint8Array> {
  const doc = await PDFDocument.create();
  doc.registerFontkit(fontkit);
  const font = await doc.embedFont(fontBytes, { subset: true });
  const colorOf = ([red, green, blue]: Color) => rgb(red / 255, green / 255, blue / 255);
  for (const drawings of pages) {
    const page = doc.addPage([PAGE.width, PAGE.height]);
    for (const it of drawings) {
      const color = colorOf(it.color);
      if (it.kind === "text") {
        page.drawText(it.text, { x: it.x, y: PAGE.height - it.y, size: it.size, font, color });
      } else if (it.kind === "rectangle") {
        const [x, y, width, height] = it.box;
        page.drawRectangle({ x, y: PAGE.height - y - height, width, height, color });
      } else {
        for (let i = 2; i < it.points.length; i += 2) {
          const [x1, y1, x2, y2] = it.points.slice(i - 2, i + 2);
          page.drawLine({
            start: { x: x1!, y: PAGE.height - y1! },
            end: { x: x2!, y: PAGE.height - y2! },
            thickness: it.width,
            color,
          });
        }
      }
    }
  }
  return doc.save();
}

/** In milliseconds. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The figures as lines. */
export const describeReport = (it: ReportFigures): string =>
  [
    `${PAGES} pages of a report against the same with pdf-lib (≤ ${RATIO_MAX}, ≤ ${BYTES_MAX / 1024} KB)`,
    `${it.ratio.toFixed(2)}  (${it.lowest.toFixed(2)}–${it.highest.toFixed(2)})  ${it.ourMs.toFixed(2)} ms, ${it.pdfLibMs.toFixed(2)} ms; ${(it.bytes / 1024).toFixed(1)} KB, ${(it.pdfLibBytes / 1024).toFixed(1)} KB`,
    it.missed.length === 0 ? "ok" : `MISSED  ${it.missed.join("; ")}`,
  ].join("\n");
