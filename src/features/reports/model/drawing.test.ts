import { expect, test } from "vitest";
import { readPdf } from "../../../../test/pdf.ts";
import { sampleCharts } from "../../../../test/chart-samples.ts";
import { sampleContent, sampleOptions } from "../../../../test/reports.ts";
import { shortDigestOf } from "../../../platform/core/states.ts";
import { DRAWING } from "./drawing.ts";
import { reportRenderer } from "./renderer.ts";

/** All texts of a report and where they are, to a tenth of a point, and what its figures are said to show. */
async function seen(bgUnits: "mg/dL" | "mmol/L"): Promise<string> {
  const content = sampleContent({ charts: sampleCharts() });
  const { pages } = await readPdf(new Uint8Array(await reportRenderer.render(content, sampleOptions({ bgUnits }))));
  const tenths = (points: number) => Math.round(points * 10);
  const texts = pages.map(({ boxes, alts }) => [
    boxes.map(({ text, left, right, baseline }) => [text, tenths(left), tenths(right), tenths(baseline)]),
    alts,
  ]);
  return shortDigestOf(JSON.stringify(texts));
}

test("a report looks as this number of drawing says; where it does not, raise DRAWING and write what is seen now", async () => {
  expect([DRAWING, await seen("mg/dL"), await seen("mmol/L")]).toEqual([
    2,
    "G26-Ya-tGGfEfHmqhnpmJw",
    "d9FBNkgpnbysXXJP0y-g_A",
  ]);
}, 60_000);
