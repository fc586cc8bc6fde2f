import type { Browser, Page } from "playwright-core";
import { hasChromium, startChromium } from "./chromium.ts";
import { commandLine, refuse } from "./command-line.ts";
import { openOperation, referenceIsShown, usePages } from "./e2e-pages.ts";
import { useEvents } from "./e2e-events.ts";
import { useEhr } from "./e2e-redox.ts";
import { useViewer } from "./e2e-viewer.ts";
import { useWorkspace } from "./e2e-workspace.ts";
import { useChart } from "./e2e-xealth.ts";
import { localVariable } from "./local-state.ts";
import { baseUrl, check, expect, finish, startServer, stopServer } from "./trial.ts";

const USAGE = `Starts a server on an empty state directory and uses it in a browser as a person does: looks at the start and the API
reference, wide and narrow, light and dark; signs in, creates a clinic from the reference, reads the mail about it, sends an order
as an EHR does and reads what the EHR gets, reads what a receiver of events is told, and opens charts in an EHR: fills in the form of an order, lists programs, opens a
report. Works in the workspace: filters and sorts patients, makes a report, merges two records of a patient and a clinic and undoes
both. Opens reports by their links and turns their pages, prints and downloads them. Prints a line for each check; ends with 1 when one of them failed.

  npm run e2e [-- --only PART]

  --only PART   one of: pages, sandbox, workspace, viewer

Needs Chromium: at one of the usual places, or where the environment variable CHROMIUM says. Without it nothing is
checked.`;

const PARTS = { pages: usePages, sandbox: useIt, workspace: useWorkspace, viewer: useViewer };
const { only } = commandLine(USAGE, { only: { type: "string" } });
if (only !== undefined && !Object.hasOwn(PARTS, only)) refuse(`--only: there is no part ${only}`, USAGE);

const MAIL_WITHIN_MS = 30_000;
const POLL_MS = 500;

if (!hasChromium) {
  console.log("skipped the browser checks: there is no Chromium here (set CHROMIUM to where it is)");
  process.exit(0);
}

const webApp = localVariable("WEB_APP_URL");
const OWNER = { userId: "7c7c7c7c7c", email: "owner@e2e.example", name: "Olga Owner" };
/** A name that would do something if a page took it for markup. */
const CLINIC = { name: "E2E <b>Clinic</b>", preferredBgUnits: "mg/dL", country: "US" };

let server: Awaited<ReturnType<typeof startServer>> | undefined;
if (!(await check("the server starts", async () => void (server = await startServer())))) finish();

let browser: Browser | undefined;
const isOpen = await check("the browser starts", async () => {
  browser = await startChromium();
});
if (isOpen && browser) {
  for (const [name, use] of Object.entries(PARTS)) if (only === undefined || only === name) await use(browser);
}
await browser?.close();
await check("the server stops", () => stopServer(server!.child));
finish();

async function useIt(browser: Browser): Promise<void> {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const asked = new Set<string>();
  const complaints: string[] = [];
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http")) asked.add(origin);
  });
  context.on("console", (message) => {
    // These checks look into the mail's frame with scripts of their own, and the frame says that it runs none.
    const isOfFrame = message.text().startsWith("Blocked script execution in 'about:srcdoc'");
    if (message.type() === "error" && !isOfFrame) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  // The web application is another product: what matters is that a mail leads there.
  await context.route(`${webApp}/**`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>Web application</title>" }),
  );
  const page = await context.newPage();

  let token = "";
  await check("a person signs in at the sandbox and copies the token", async () => {
    token = await signIn(page);
  });
  await check("the token goes into the API reference", () => authorize(page, token));
  await check("a clinic is created with Test Request", () => createClinic(page));
  await check("the mail about it comes to the mailbox", () => openMail(page));
  await check("the mail shows the clinic's name as text, in a frame that runs nothing", async () => {
    const frame = page.frameLocator("iframe");
    expect(await frame.locator("h1").textContent(), "Your clinic is ready", "heading");
    expect((await frame.locator("body").textContent())?.includes(CLINIC.name), true, "the name as it was given");
    expect(await frame.locator("b").count(), 0, "elements made from the name");
    expect(
      await page.locator("iframe").getAttribute("sandbox"),
      "allow-popups allow-popups-to-escape-sandbox",
      "sandbox",
    );
    const look = "getComputedStyle(document.querySelector('p a')).backgroundColor";
    const background = await page.frames().at(-1)?.evaluate<string>(look);
    expect(background, "rgb(20, 50, 74)", "background of the button");
  });
  await check("the link in the mail leads to the web application", async () => {
    const [opened] = await Promise.all([
      context.waitForEvent("page"),
      page.frameLocator("iframe").getByRole("link", { name: "Sign in" }).click(),
    ]);
    await opened.waitForLoadState();
    expect(opened.url(), `${webApp}/login`, "address");
    expect(await opened.title(), "Web application", "title");
  });
  await useEhr(page);
  await useChart(page);
  await useEvents(page);
  await check("no page broke its policy, and nobody else was asked", async () => {
    expect(JSON.stringify(complaints), "[]", "errors in the console");
    const others = [...asked].filter((origin) => origin !== baseUrl && origin !== webApp);
    expect(JSON.stringify(others), "[]", "other origins");
  });
}

async function signIn(page: Page): Promise<string> {
  await page.goto(`${baseUrl}/sandbox/login`);
  await page.getByLabel("Somebody else:").check();
  await page.getByLabel("User id (ten hex digits, or a UUID)").fill(OWNER.userId);
  await page.getByLabel("Address").fill(OWNER.email);
  await page.getByLabel("Name", { exact: true }).fill(OWNER.name);
  await page.getByRole("button", { name: "Get a token" }).click();
  const token = await page.getByLabel("Session token").inputValue();
  // The button does nothing before the page's script is there.
  await page.waitForLoadState();
  await page.bringToFront();
  await page.getByRole("button", { name: "Copy" }).click();
  // A browser that does not let the page have its clipboard gets the token selected instead.
  const told = page.getByText(/^(Copied\.|The token is selected)/);
  await told.waitFor();
  if ((await told.textContent()) === "Copied.") {
    expect(await page.evaluate<string>("navigator.clipboard.readText()"), token, "what was copied");
  } else {
    const selected = "(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))";
    expect(await page.evaluate<string>(`${selected}(document.getElementById("token"))`), token, "what is selected");
  }
  return token;
}

async function authorize(page: Page, token: string): Promise<void> {
  await page.goto(`${baseUrl}/docs`);
  await referenceIsShown(page);
  await page.getByLabel("Value", { exact: true }).first().fill(token);
}

async function createClinic(page: Page): Promise<void> {
  const dialog = await openOperation(page, "CreateClinic", "post /v1/clinics");
  await dialog.getByRole("textbox").and(dialog.locator(".cm-content")).fill(JSON.stringify(CLINIC));
  const answered = page.waitForResponse((it) => it.request().method() === "POST" && it.url().endsWith("/v1/clinics"));
  await dialog.getByRole("button", { name: /^Send/ }).first().click();
  expect((await answered).status(), 200, "status");
  await dialog.getByText("200 OK").first().waitFor();
}

async function openMail(page: Page): Promise<void> {
  const row = page.getByRole("row").filter({ hasText: OWNER.email });
  const until = Date.now() + MAIL_WITHIN_MS;
  for (;;) {
    await page.goto(`${baseUrl}/sandbox/mailbox`);
    if ((await row.count()) > 0) break;
    if (Date.now() > until) throw new Error("no mail came");
    await page.waitForTimeout(POLL_MS);
  }
  expect(await row.count(), 1, "mails");
  await row.getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "New Clinics Edge Clinic account created" }).waitFor();
}
