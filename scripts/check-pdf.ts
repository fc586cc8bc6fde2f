import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BAR_HEIGHT, BAR_WIDTH, RANGE_COLORS } from "../src/features/reports/model/bar.ts";
import type { ReportContent } from "../src/features/reports/model/content.ts";
import { rendererWith } from "../src/features/reports/model/renderer.ts";
import { LEFT, PAGE } from "../src/platform/formats/pdf/document.ts";
import { cgmPeriod, sampleCgm, sampleContent, sampleOptions, samplePatient, type Shares } from "../test/reports.ts";
import { commandLine } from "./command-line.ts";
import { ROOT } from "./local-state.ts";

const USAGE = `Draws reports and looks at their pages as pictures: what extracted text can't show. Prints a line for each check;
ends with 1 when one of them failed.

  npm run check:pdf -- [--keep DIRECTORY]

  --keep DIRECTORY   leave the reports there

Needs pdftoppm on the PATH (poppler-utils). Without it nothing is checked.`;

const { keep } = commandLine(USAGE, { keep: { type: "string" } });

if (spawnSync("pdftoppm", ["-v"]).error) {
  console.log("skipped the checks of reports as pictures: there is no pdftoppm here (install poppler-utils)");
  process.exit(0);
}

/** Pixels of a point. */
const SCALE = 2;
const FONT = path.join(ROOT, "node_modules", "dejavu-fonts-ttf", "ttf", "DejaVuSans.ttf");
const renderer = rendererWith(() => Promise.resolve(new Uint8Array(readFileSync(FONT))));
const directory = mkdtempSync(path.join(tmpdir(), "clinics-edge-pdf-"));
if (keep !== undefined) mkdirSync(keep, { recursive: true });
let failed = 0;

/** A page as pixels, three bytes each. */
class Picture {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Buffer;

  /** Takes a binary portable pixmap. */
  constructor(ppm: Buffer) {
    const [head, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.subarray(0, 64).toString("latin1"))!;
    this.width = Number(width);
    this.height = Number(height);
    this.#pixels = ppm.subarray(head.length);
  }

  at(x: number, y: number): readonly [number, number, number] {
    const i = 3 * (y * this.width + x);
    return [this.#pixels[i]!, this.#pixels[i + 1]!, this.#pixels[i + 2]!];
  }

  isInk(x: number, y: number): boolean {
    return this.at(x, y).some((part) => part < 200);
  }

  /** The pixels with ink in a rectangle given in points. */
  ink(left = 0, top = 0, right: number = PAGE.width, bottom: number = PAGE.height): [x: number, y: number][] {
    const found: [number, number][] = [];
    for (let y = Math.round(top * SCALE); y < bottom * SCALE; y++) {
      for (let x = Math.round(left * SCALE); x < right * SCALE; x++) if (this.isInk(x, y)) found.push([x, y]);
    }
    return found;
  }
}

async function picturesOf(name: string, content: ReportContent): Promise<Picture[]> {
  const bytes = await renderer.render(content, sampleOptions());
  const file = path.join(directory, `${name}.pdf`);
  writeFileSync(file, bytes);
  if (keep !== undefined) writeFileSync(path.join(keep, `${name}.pdf`), bytes);
  const { status, stdout, stderr } = spawnSync("pdftoppm", ["-r", String(72 * SCALE), file], { maxBuffer: 2 ** 28 });
  if (status !== 0 || stderr.length > 0) throw new Error(`pdftoppm: ${stderr.toString()}`);
  const pages: Picture[] = [];
  // Without a name for its output, it writes all pages one after the other.
  const size = PAGE.width * SCALE * PAGE.height * SCALE * 3;
  for (let at = 0; at < stdout.length; ) {
    const head = /^P6\s+\d+\s+\d+\s+255\s/.exec(stdout.subarray(at, at + 64).toString("latin1"))![0].length;
    pages.push(new Picture(stdout.subarray(at, at + head + size)));
    at += head + size;
  }
  return pages;
}

async function check(what: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    console.log(`ok      ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function expect(isTrue: boolean, problem: string): void {
  if (!isTrue) throw new Error(problem);
}

const NAMES: Readonly<Record<string, string>> = {
  short: "Jill Jellyfish",
  long: "Maximiliana Wolfeschlegelstein ".repeat(8).trim(),
  wide: "W".repeat(256),
  accents: "Nguyễn Ấậ X\u0302ena Éa Ǻ",
  scripts: "Ёлка Ωνάση דוד محمد 李",
};

for (const [kind, name] of Object.entries(NAMES)) {
  await check(`every page has text, within the margins: ${kind}`, async () => {
    const patient = { ...samplePatient(name), mrn: name.slice(0, 64) };
    const pages = await picturesOf(kind, sampleContent({ patient, clinicName: name }));
    expect(pages.length === 5, `${pages.length} pages`);
    for (const [i, page] of pages.entries()) {
      const ink = page.ink();
      expect(ink.length > 0.005 * page.width * page.height, `page ${i + 1} is blank`);
      // Letters such as J reach a little out of their box.
      const margin = (PAGE.margin - 2) * SCALE;
      const outside = ink.find(
        ([x, y]) => x < margin || y < margin || x >= page.width - margin || y >= page.height - margin,
      );
      expect(outside === undefined, `page ${i + 1} has ink in its margin, at ${outside?.join()}`);
    }
  });
}

const ALL_SHARES: readonly Shares[] = [
  [0.004, 0.021, 0.684, 0.211, 0.08],
  [0.2, 0.2, 0.2, 0.2, 0.2],
  [0, 0, 1, 0, 0],
  [0.01, 0.01, 0.01, 0.01, 0.96],
  [0.9, 0, 0.05, 0, 0.05],
];
for (const [i, shares] of ALL_SHARES.entries()) {
  await check(
    `the bar is drawn to scale: ${shares.map((share) => `${Number((share * 100).toFixed(1))}%`).join(", ")}`,
    async () => {
      const summary = { cgmStats: { ...sampleCgm, periods: { "14d": cgmPeriod(shares) } } };
      const [page] = await picturesOf(`bar-${i}`, sampleContent({ summary }));
      const middle = Math.round((LEFT + BAR_WIDTH / 2) * SCALE);
      const measured = RANGE_COLORS.map((color) => {
        let pixels = 0;
        for (let y = 0; y < page!.height; y++) {
          if (page!.at(middle, y).every((part, k) => Math.abs(part - color[k]!) <= 12)) pixels += 1;
        }
        return pixels / SCALE;
      });
      for (const [k, share] of shares.toReversed().entries()) {
        // Where two colors meet, a pixel may have some of both.
        const isRight = Math.abs(measured[k]! - share * BAR_HEIGHT) <= 1.5;
        expect(isRight, `${measured[k]} points for ${share} of ${BAR_HEIGHT}`);
      }
    },
  );
}

await check("accents are drawn above capitals, composed or not", async () => {
  // The first letter of a name, and the room above it.
  const nameOf = async (name: string) => {
    const [page] = await picturesOf("accent", sampleContent({ patient: samplePatient(name) }));
    return page!.ink(LEFT - 1, PAGE.margin - 6, LEFT + 10, PAGE.margin + 18);
  };
  const topOf = (ink: readonly [number, number][]) => Math.min(...ink.map(([, y]) => y));
  const [plain, composed, decomposed, uncomposed, unmarked] = await Promise.all(
    ["E", "É", "E\u0301", "X\u0302", "X"].map(nameOf),
  );
  expect(topOf(composed!) < topOf(plain!) - SCALE, "É has no accent above it");
  expect(JSON.stringify(composed) === JSON.stringify(decomposed), "É differs from E with an accent");
  expect(topOf(uncomposed!) < topOf(unmarked!) - SCALE, "X̂ has no accent above it");
});

rmSync(directory, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;
