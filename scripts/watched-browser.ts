import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { baseUrl, check, expect } from "./trial.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Axe's gravest two of four degrees. */
const GRAVE = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + " " + target)))`;
const WIDTHS = [1440, 390];
const SCHEMES = ["light", "dark"] as const;
const BREADTH_BESIDE = "document.documentElement.scrollWidth - innerWidth";
/** 0 is black, 255 white. */
const BACKGROUND = "Number(/\\d+/.exec(getComputedStyle(document.body).backgroundColor)[0])";

type Open = (options?: BrowserContextOptions) => Promise<Page>;

interface Seen {
  /** What the console of a page complained about; a status is no complaint. */
  readonly complaints: readonly string[];
  /** Whom pages asked beside the server. */
  readonly elsewhere: ReadonlySet<string>;
}

/** Opens pages, each in a context of its own that is closed with it, and keeps what they do wrong. */
export function watch(browser: Browser): Seen & { readonly open: Open } {
  const elsewhere = new Set<string>();
  const complaints: string[] = [];
  const open: Open = async (options = {}) => {
    const context = await browser.newContext(options);
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== baseUrl) elsewhere.add(origin);
    });
    context.on("console", (message) => {
      const isAboutStatus = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isAboutStatus) complaints.push(message.text());
    });
    context.on("weberror", (error) => complaints.push(error.error().message));
    return context.newPage();
  };
  return { open, elsewhere, complaints };
}

/** Shows a page on a desk and as narrow as a telephone, in the light and in the dark, each with axe. */
export async function checkLooks(open: Open, name: string, show: (page: Page) => Promise<void>): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      await check(`${name} is shown ${width} pixels wide, ${colorScheme}, and axe finds nothing grave`, async () => {
        const page = await open({ viewport: { width, height: 900 }, colorScheme });
        await show(page);
        expect(await page.evaluate<number>(BREADTH_BESIDE), 0, "pixels beside the window");
        expect((await page.evaluate<number>(BACKGROUND)) < 128, colorScheme === "dark", "a dark background");
        await page.evaluate(AXE);
        expect(JSON.stringify(await page.evaluate<string[]>(GRAVE)), "[]", "what axe finds");
        await page.context().close();
      });
    }
  }
}

export async function checkPolicies({ complaints, elsewhere }: Seen): Promise<void> {
  await check("no page broke its policy, and nobody else was asked", async () => {
    expect(JSON.stringify(complaints), "[]", "errors in the console");
    expect(JSON.stringify([...elsewhere]), "[]", "other origins");
  });
}
