import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { hasChromium, startChromium } from "../scripts/chromium.ts";
import { localKeys } from "../scripts/local-keys.ts";
import { makeLink, type Named } from "../scripts/local-links.ts";
import { openLocalDatabase } from "../scripts/local-database.ts";
import { localState, type LocalState, ROOT } from "../scripts/local-state.ts";
import { PDFJS_LIBRARY, PDFJS_WORKER } from "../src/features/ehr/viewer/assets.ts";
import { seededClinics } from "./data.ts";
import { type Server, serve } from "./server.ts";
import { GOALS } from "./goals.ts";

/** What this part is called among the scenarios, and the state it works on below the bench's own. */
export const VIEWER_NAME = "viewer";
export const VIEWER_PARTS = ["viewer"] as const;
const RATIO_MAX = GOALS.viewerTime.limit;
const BYTES_RATIO_MAX = GOALS.viewerBytes.limit;
/** A browser is less even than a server. */
export const VIEWER_PAIRS = 21;
const WARM_UP_PAIRS = 3;
const DRAWN_WITHIN_MS = 20_000;
const PATIENTS = 1_000;
/** What both call the moment at which the first page is drawn. */
const DRAWN = "first page drawn";
/** The first page of the viewer has so many pixels a point in a window of this size. */
const WINDOW = { width: 1280, height: 800 };
const PIXELS_PER_POINT = (1.25 * 96) / 72;

const SETTINGS = {
  enabled: true,
  provider: "xealth",
  sourceId: "bench-health",
  procedureCodes: { createAccountAndEnableReports: "bench" },
  mrnIdType: "MRN",
  scheduledReports: { cadence: "DISABLED", onUploadEnabled: false },
  tags: {},
  flowsheets: { icode: false },
};

interface Opened {
  readonly ms: number;
  readonly bytes: number;
}

export interface ViewerFigures {
  readonly viewerMs: number;
  readonly bareMs: number;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly viewerBytes: number;
  readonly bareBytes: number;
  readonly reportBytes: number;
  readonly pairs: number;
  readonly missed: readonly string[];
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/**
 * The time from the viewer's request to its first drawn page, for a stored report, against a page that does nothing but
 * draw the first page of the same file with pdf.js; both from the same server, each in a browser context of its own: no
 * cache of either is warm. In pairs that begin with the one and the other in turn.
 */
export async function benchViewer(
  base: string,
  pairCount: number,
  tell: (line: string) => void,
): Promise<ViewerFigures> {
  if (!hasChromium) throw new Error("the viewer needs Chromium: set CHROMIUM to where it is");
  const state = localState(path.join(base, VIEWER_PARTS[0]));
  const [clinic] = await seededClinics(state, [PATIENTS], tell);
  const link = prepare(state, clinic!.clinicId);
  const assets = path.join(state.directory, "assets");
  rmSync(assets, { recursive: true, force: true });
  cpSync(path.join(ROOT, "public", "v1"), path.join(assets, "v1"), { recursive: true });
  cpSync(path.join(ROOT, "public", "_headers"), path.join(assets, "_headers"));
  // The first request makes and stores the report.
  const reportBytes = await served(state, assets, async ({ url }) =>
    writeBare(assets, await reportOf(`${url}${link}`)),
  );
  const browser = await startChromium();
  try {
    const pairs = await served(state, assets, ({ url }) => pairsOf(browser, url, link, pairCount));
    const figures = figuresOf(pairs, reportBytes);
    tell(`${figures.ratio.toFixed(2)}  ${VIEWER_NAME}`);
    return figures;
  } finally {
    await browser.close();
  }
}

/** Lets the EHR of a clinic have ordered the reports of a patient with data, and makes a link to them. */
function prepare(state: LocalState, clinicId: string): string {
  const database = openLocalDatabase(state, { readOnly: false });
  try {
    database.prepare("UPDATE clinics SET ehr_settings = ? WHERE id = ?").run(JSON.stringify(SETTINGS), clinicId);
    const named = database
      .prepare(
        `SELECT clinic_id AS clinicId, user_id AS userId FROM patients
         WHERE clinic_id = ? AND cgm_summary_id IS NOT NULL AND bgm_summary_id IS NOT NULL ORDER BY key LIMIT 1`,
      )
      .get(clinicId) as unknown as Named;
    return makeLink(database, "", named);
  } finally {
    database.close();
  }
}

async function served<T>(state: LocalState, assets: string, use: (server: Server) => Promise<T>): Promise<T> {
  const keys = await localKeys(state);
  const server = await serve("product", state, keys.jwks, {
    vars: {
      XEALTH_ENABLED: "true",
      XEALTH_BEARER_TOKEN: "bench",
      XEALTH_CLIENT_ID: "bench",
      XEALTH_CLIENT_SECRET: "bench",
      APPLICATION_URL: "http://localhost",
      SUPPORT_EMAIL: "support@bench.example",
    },
    r2_buckets: [{ binding: "REPORTS", bucket_name: "bench-reports" }],
    assets: { directory: assets, binding: "ASSETS" },
  });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function reportOf(url: string): Promise<Buffer> {
  const response = await fetch(url);
  const page = await response.text();
  const [, base64] = /id="report">([^<]+)</.exec(page) ?? [];
  if (!response.ok || base64 === undefined) throw new Error(`the viewer answered ${response.status}: ${page}`);
  return Buffer.from(base64, "base64");
}

/** Writes the page to compare with, and the file that it opens; how large that is. */
async function writeBare(assets: string, report: Buffer): Promise<number> {
  const folder = path.join(assets, "bare");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "report.pdf"), report);
  writeFileSync(
    path.join(folder, "index.html"),
    '<!doctype html><meta charset="utf-8"><title>Bare</title><link rel="icon" href="data:,"><canvas></canvas><script type="module" src="bare.js"></script>',
  );
  writeFileSync(
    path.join(folder, "bare.js"),
    `import { getDocument, GlobalWorkerOptions } from "${PDFJS_LIBRARY}";
GlobalWorkerOptions.workerSrc = "${PDFJS_WORKER}";
const pdf = await getDocument({ url: "report.pdf" }).promise;
const page = await pdf.getPage(1);
const viewport = page.getViewport({ scale: ${PIXELS_PER_POINT} });
const canvas = document.querySelector("canvas");
canvas.width = Math.floor(viewport.width);
canvas.height = Math.floor(viewport.height);
await page.render({ canvas, viewport }).promise;
performance.mark("${DRAWN}");
canvas.className = "drawn";
`,
  );
  return report.length;
}

type Pair = Readonly<Record<"viewer" | "bare", Opened>>;

async function pairsOf(browser: Browser, url: string, link: string, count: number): Promise<Pair[]> {
  const addresses = { viewer: `${url}${link}`, bare: `${url}/bare/` };
  const pairs: Pair[] = [];
  for (let i = 0; i < WARM_UP_PAIRS + count; i++) {
    const order = i % 2 === 0 ? (["viewer", "bare"] as const) : (["bare", "viewer"] as const);
    const pair: Partial<Record<keyof Pair, Opened>> = {};
    for (const which of order) pair[which] = await opened(browser, addresses[which]);
    if (i >= WARM_UP_PAIRS) pairs.push(pair as Pair);
  }
  return pairs;
}

/** Opens an address in a context of its own: when the first page was drawn, and what was transferred until then. */
async function opened(browser: Browser, url: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: WINDOW });
  try {
    const page = await context.newPage();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator(".drawn").first().waitFor({ timeout: DRAWN_WITHIN_MS });
    const { ms, resources } = await page.evaluate<{ ms: number; resources: [string, number][] }>(
      `({
        ms: performance.getEntriesByName(${JSON.stringify(DRAWN)})[0].startTime,
        resources: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
          .map((it) => [it.name, it.transferSize]),
      })`,
    );
    if (!resources.some(([name]) => name.endsWith(PDFJS_WORKER))) throw new Error("the worker's bytes are not counted");
    return { ms, bytes: resources.reduce((sum, [, size]) => sum + size, 0) };
  } finally {
    await context.close();
  }
}

function figuresOf(pairs: readonly Pair[], reportBytes: number): ViewerFigures {
  const ratios = pairs.map(({ viewer, bare }) => viewer.ms / bare.ms);
  const ratio = median(ratios);
  const viewerBytes = median(pairs.map(({ viewer }) => viewer.bytes));
  const bareBytes = median(pairs.map(({ bare }) => bare.bytes));
  return {
    viewerMs: median(pairs.map(({ viewer }) => viewer.ms)),
    bareMs: median(pairs.map(({ bare }) => bare.ms)),
    ratio,
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    viewerBytes,
    bareBytes,
    reportBytes,
    pairs: pairs.length,
    missed: [
      ...(ratio > RATIO_MAX ? ["time"] : []),
      ...(viewerBytes > BYTES_RATIO_MAX * bareBytes ? ["transferred bytes"] : []),
    ],
  };
}

/** The figures as lines. */
export const describeViewer = (it: ViewerFigures): string =>
  [
    `first page of a stored report in the viewer against a bare page with pdf.js (≤ ${RATIO_MAX}, ≤ ${BYTES_RATIO_MAX} × the bytes)`,
    `${it.ratio.toFixed(2)}  (${it.lowest.toFixed(2)}–${it.highest.toFixed(2)})  ${it.viewerMs.toFixed(0)} ms, ${it.bareMs.toFixed(0)} ms`,
    `${(it.viewerBytes / it.bareBytes).toFixed(3)}  ${(it.viewerBytes / 1024).toFixed(0)} KB, ${(it.bareBytes / 1024).toFixed(0)} KB; a report of ${(it.reportBytes / 1024).toFixed(1)} KB`,
    it.missed.length === 0 ? "ok" : `MISSED  ${it.missed.join("; ")}`,
  ].join("\n");
