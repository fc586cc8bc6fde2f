import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { VIEWER_PATH } from "../src/features/ehr/viewer/link.ts";
import { DEMO_HOSPITAL } from "./demo-data.ts";
import { openLocalDatabase } from "./local-database.ts";
import { makeLink, type Named } from "./local-links.ts";
import { baseUrl, check, expect, state } from "./trial.ts";

const DRAWN_WITHIN_MS = 20_000;
/** A page with a title and some lines of text has more drops of ink than that, a blank one none. */
const INK_MIN = 500;
const TOKEN = /restricted_token=([\w-]+)/;
/** An EHR that is not configured. Nobody has it: the browser is answered here. */
const FOREIGN_ORIGIN = "http://foreign.example";

const { firstName, lastName, mrn } = DEMO_HOSPITAL.patient;
const PATIENT = `${firstName} ${lastName}`;

/** Opens reports as a care provider does, whose EHR shows them in a frame. */
export async function useViewer(browser: Browser): Promise<void> {
  const database = openLocalDatabase(state, { readOnly: false });
  const patient = database
    .prepare(
      `SELECT clinic_id AS clinicId, user_id AS userId FROM patients
       WHERE mrn = ? AND clinic_id IN (SELECT id FROM clinics WHERE name = ?)`,
    )
    .get(mrn, DEMO_HOSPITAL.clinicName) as Named | undefined;
  if (!patient) throw new Error("the demo data lacks the patient of the hospital");
  const link = (lifetimeMs?: number) => makeLink(database, baseUrl, patient, lifetimeMs);
  const complaints: string[] = [];
  const opened = async (options: Parameters<Browser["newContext"]>[0] = {}): Promise<BrowserContext> => {
    const context = await browser.newContext(options);
    context.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    context.on("weberror", (error) => complaints.push(error.error().message));
    return context;
  };
  const context = await opened();
  const page = await context.newPage();
  const sent: { url: string; referer: string | undefined }[] = [];
  page.on("request", (request) => sent.push({ url: request.url(), referer: request.headers().referer }));

  await check("a report is opened by its link: the first page is drawn, its text can be found", async () => {
    await page.goto(link());
    await whole(page);
    expect((await inkOf(page)) > INK_MIN, true, "ink on the first page");
    const text = await page.locator(".page .text").first().innerText();
    for (const part of [PATIENT, mrn]) expect(text.includes(part), true, `${part} in the text of the first page`);
    expect((await page.title()).includes(lastName), false, "the patient's name in the title");
    await page.locator("#told", { hasText: /^The report has \d+ pages\.$/ }).waitFor();
  });
  await check("its token stays in no address, and goes nowhere a second time", async () => {
    expect(page.url(), `${baseUrl}${VIEWER_PATH}`, "address");
    const [first, ...others] = sent;
    expect(TOKEN.test(first?.url ?? ""), true, "the token in the first request");
    expect(others.length >= 4, true, "further requests");
    expect(JSON.stringify(others.filter(({ url }) => TOKEN.test(url))), "[]", "further requests with the token");
    expect(JSON.stringify(sent.filter(({ referer }) => referer)), "[]", "requests that say where they come from");
    const names = await page.evaluate<string>("JSON.stringify(history.state) + document.referrer + document.title");
    expect(TOKEN.test(names), false, "the token in the page");
  });
  await check("a screen reader gets headings, tables and what the figures show", async () => {
    expect((await page.getByRole("table").count()) > 0, true, "tables");
    expect((await page.getByRole("heading", { level: 2 }).count()) > 0, true, "headings");
    expect((await page.locator('.structure [role="img"][aria-label]').count()) > 0, true, "figures with a text");
    expect(await page.getByRole("button", { name: "Next page" }).count(), 1, "buttons for the next page");
  });
  await check("pages are turned with the keyboard", async () => {
    const number = page.getByRole("textbox", { name: "Page" });
    const at = async (expected: string, by: string) => expect(await number.inputValue(), expected, `page after ${by}`);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await at("2", "the button");
    await page.locator("#told", { hasText: "Page 2 of" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await at("3", "the arrow");
    await page.keyboard.press("PageUp");
    await at("2", "Page Up");
    await number.fill("99");
    await number.press("Enter");
    await at((await page.locator("#count").textContent())!, "a number that is too large");
    await page.locator(".page").last().and(page.locator(".drawn")).waitFor({ timeout: DRAWN_WITHIN_MS });
    await number.fill("nothing");
    await number.press("Enter");
    await number.fill("1");
    await number.press("Enter");
    await at("1", "a number");
    await page.locator("#view").focus();
    await page.keyboard.press("End");
    await until(async () => (await number.inputValue()) !== "1", "another page");
  });
  await check("the size is changed, and pages are drawn again as sharp", async () => {
    const width = () => page.evaluate<number>("document.querySelector('.page').clientWidth");
    const before = await width();
    await page.getByRole("button", { name: "Zoom out" }).click();
    expect((await width()) < before, true, "a smaller page");
    for (let i = 0; i < 4; i++) await page.getByRole("button", { name: "Zoom in" }).click();
    expect((await width()) > before, true, "a larger page");
    const sharp =
      "[...document.querySelectorAll('.page.drawn canvas')].some((it) => it.width >= it.clientWidth * devicePixelRatio - 1)";
    await until(() => page.evaluate<boolean>(sharp), "a sharp page");
    await page.getByRole("button", { name: "Fit width" }).click();
    const room = await page.evaluate<number>("document.getElementById('view').clientWidth");
    expect(
      Math.abs(room - 16 - (await width())) <= 1,
      true,
      `a page as wide as the window (${await width()} of ${room})`,
    );
  });
  await check("the file is downloaded under a name that says nothing of the patient", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download" }).click(),
    ]);
    expect(/^glucose-report-\d{4}-\d\d-\d\d\.pdf$/.test(download.suggestedFilename()), true, "name of the file");
    expect(
      readFileSync(await download.path())
        .subarray(0, 5)
        .toString(),
      "%PDF-",
      "beginning of the file",
    );
  });
  await check("all pages are printed, sharp, and without the tools", async () => {
    await page.evaluate("window.print = () => { window.isPrinting = true; }");
    await page.keyboard.press("Control+p");
    await until(() => page.evaluate<boolean>("window.isPrinting === true"), "printing");
    const count = Number(await page.locator("#count").textContent());
    expect(await page.locator(".page.drawn").count(), count, "pages that are drawn");
    const narrowest = "Math.min(...[...document.querySelectorAll('.page canvas')].map((it) => it.width))";
    expect((await page.evaluate<number>(narrowest)) >= 1600, true, "200 dots an inch");
    const printed = (await page.pdf()).toString("latin1");
    expect([...printed.matchAll(/\/Type\s*\/Page\b/g)].length, count, "printed pages");
    expect(printed.includes("/Type /Font"), false, "text of the tools on paper");
  });
  await page.close();

  await check("it fits a window of 360 pixels", async () => {
    const narrow = await (await opened({ viewport: { width: 360, height: 640 } })).newPage();
    await narrow.goto(link());
    await whole(narrow);
    const overflow = "document.documentElement.scrollWidth - innerWidth";
    const inside = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.getElementById('view'))";
    expect(await narrow.evaluate<number>(overflow), 0, "pixels beside the window");
    expect(await narrow.evaluate<number>(inside), 0, "pixels beside the view");
    expect(await narrow.getByRole("link", { name: "Download" }).isVisible(), true, "whether the tools are seen");
    expect((await inkOf(narrow)) > INK_MIN, true, "ink on the first page");
    await narrow.context().close();
  });
  await check("links that are forged, expired or incomplete lead to a page that says what to do", async () => {
    const plain = await context.newPage();
    const cases: [string, number, string][] = [
      [link().replace(TOKEN, "restricted_token=forged"), 401, "This link does not work any more"],
      [link(-1), 401, "This link does not work any more"],
      [`${baseUrl}${VIEWER_PATH}`, 400, "This link is incomplete"],
    ];
    for (const [url, status, title] of cases) {
      expect((await plain.goto(url))?.status(), status, title);
      await plain.getByRole("heading", { level: 1, name: title }).waitFor();
      await plain.getByText("Open the report again from the patient's chart in the EHR.").first().waitFor();
    }
    await plain.close();
    // The browser tells of every refused document.
    complaints.splice(0, complaints.length, ...complaints.filter((it) => !it.startsWith("Failed to load resource")));
  });
  await check("a frame of a configured origin shows the report, and a page of a refusal, too", async () => {
    const frame = await framed(context, baseUrl, link());
    await whole(frame);
    expect((await inkOf(frame)) > INK_MIN, true, "ink on the first page");
    const refused = await framed(context, baseUrl, link(-1));
    await refused.getByRole("heading", { level: 1, name: "This link does not work any more" }).waitFor();
    complaints.splice(0, complaints.length, ...complaints.filter((it) => !it.startsWith("Failed to load resource")));
  });
  await check("a frame of any other origin is refused by the browser", async () => {
    const before = complaints.length;
    await framed(context, FOREIGN_ORIGIN, link());
    const [, frame] = context.pages().at(-1)!.frames();
    // What a browser shows instead of a page that it refuses.
    await until(async () => frame?.url() === "chrome-error://chromewebdata/", "an error of the browser");
    expect(await frame!.locator("#view").count(), 0, "viewers in the frame");
    complaints.splice(before);
  });
  await check("a report that can't be read leads to words and not to a blank page", async () => {
    const broken = await context.newPage();
    await broken.route(`${baseUrl}${VIEWER_PATH}?**`, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/(id="report">)[^<]*/, "$1bm90IGEgUERG");
      await route.fulfill({ response, body });
    });
    await broken.goto(link());
    await broken.getByRole("alert").getByText("This browser can't show the report.").waitFor();
    expect(await broken.getByRole("link", { name: "Download" }).isVisible(), true, "whether it can be downloaded");
    await broken.close();
  });
  await check("without JavaScript the page says what it needs", async () => {
    const plain = await (await opened({ javaScriptEnabled: false })).newPage();
    await plain.goto(link());
    await plain.locator("noscript p", { hasText: "The report is drawn with JavaScript" }).waitFor();
    expect(await plain.locator("#told").isVisible(), false, "whether it says that it opens the report");
    await plain.context().close();
  });
  await check("no page of the viewer broke its policy", async () => {
    expect(JSON.stringify(complaints), "[]", "errors in the console");
  });
  database.close();
  await context.close();
}

async function whole(page: Page | FrameLocator): Promise<void> {
  await page.locator('#view[aria-busy="false"]').waitFor({ timeout: DRAWN_WITHIN_MS });
  expect(await page.locator("#failure").textContent(), "", "what went wrong");
}

/** How many pixels of the first page are dark. */
const inkOf = (page: Page | FrameLocator): Promise<number> =>
  page.locator(".page canvas").first().evaluate(INK_OF_CANVAS);

// oxlint-disable-next-line typescript/no-explicit-any -- it runs in the browser, whose types are not known here
function INK_OF_CANVAS(canvas: any): number {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 127 && data[i] + data[i + 1] + data[i + 2] < 384) dark += 1;
  }
  return dark;
}

/** A page of an origin that shows an address in a frame. */
async function framed(context: BrowserContext, origin: string, url: string): Promise<FrameLocator> {
  const page = await context.newPage();
  const escaped = url.replaceAll("&", "&amp;");
  const body = `<!doctype html><title>Chart</title><iframe title="Report" src="${escaped}" width="800" height="600"></iframe>`;
  await page.route(`${origin}/chart`, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(`${origin}/chart`);
  return page.frameLocator("iframe");
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + DRAWN_WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${what} was expected`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
