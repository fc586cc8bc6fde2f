import type { Page } from "playwright-core";
import { DEMO_EHR } from "./demo-data.ts";
import { INK_MIN, inkOf } from "./ink.ts";
import { baseUrl, check, expect } from "./trial.ts";

/** An order is worked on after its answer, by a queue; the report is made and sent after the figures. */
const REPORT_WITHIN_MS = 60_000;
const DRAWN_WITHIN_MS = 20_000;
const FULL_WIDTH_MIN = 900;

const { firstName, lastName, mrn } = DEMO_EHR.patient;
const PATIENT = `${firstName} ${lastName}`;

/** Sends an order as an EHR does, and reads what the EHR gets for it. */
export async function useEhr(page: Page): Promise<void> {
  let orderId = "";
  const rowOf = (message: string) => page.getByRole("row").filter({ hasText: orderId }).filter({ hasText: message });

  await check("an order of an EHR is sent with three clicks", async () => {
    await page.goto(`${baseUrl}/sandbox/`);
    await page.getByRole("link", { name: "Orders and results of an EHR (Redox)" }).click();
    await page.getByRole("button", { name: "Send the order" }).click();
    await page.getByRole("heading", { level: 1, name: "What the EHR got" }).waitFor();
    orderId = new URL(page.url()).searchParams.get("order") ?? "";
    expect(/^order-[0-9a-f]{8}$/.test(orderId), true, "an order in the address");
  });
  await check("result, figures and report come to the list, which is not loaded again", async () => {
    const loadedAt = await page.evaluate<number>("performance.timeOrigin");
    for (const message of ["Results / New", "Flowsheet / New", "Notes / New"]) {
      await rowOf(message).waitFor({ timeout: REPORT_WITHIN_MS });
      expect(await rowOf(message).count(), 1, `messages ${message}`);
      expect((await rowOf(message).textContent())?.includes(PATIENT), true, `the patient of ${message}`);
    }
    expect(await page.evaluate<number>("performance.timeOrigin"), loadedAt, "the time the list was loaded");
  });
  await check("the result is said in a sentence", async () => {
    await rowOf("Results / New").getByRole("link").click();
    const sentence = `Matching the patient for the order ${orderId}, ${DEMO_EHR.procedureCodes.enableSummaryReports} succeeded`;
    await page.getByText(`${sentence}: Patient was successfully matched.`).waitFor();
    await page.getByRole("link", { name: "Back to the messages" }).click();
  });
  await check("the figures are a table", async () => {
    await rowOf("Flowsheet / New").getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "Flowsheet / New" }).waitFor();
    const average = page.getByRole("row").filter({ hasText: "AVERAGE_CGM" });
    expect(/^\d+\.\d{4} mg\/dL$/.test((await average.getByRole("cell").last().innerText()).trim()), true, "an average");
    await page.getByRole("link", { name: "Back to the messages" }).click();
  });
  await check("the report is drawn on the page, with its text", () => readReport(page, rowOf("Notes / New")));
  await check("the report can be opened full size, also in a small window", async () => {
    const before = page.viewportSize();
    await page.setViewportSize({ width: 360, height: 800 });
    await page.getByRole("link", { name: "Open full size" }).click();
    await page.locator('#report.full[data-state="shown"]').waitFor({ timeout: DRAWN_WITHIN_MS });
    const [width, overflow] = await page.evaluate<[number, number]>(
      "[document.querySelector('#report canvas').clientWidth, document.documentElement.scrollWidth - innerWidth]",
    );
    expect(width >= FULL_WIDTH_MIN, true, `a page of full width (${width} pixels)`);
    expect(overflow, 0, "pixels of the page beside the window");
    if (before) await page.setViewportSize(before);
  });
  await check("a failure is set with the fields that it has", async () => {
    await page.goto(`${baseUrl}/sandbox/redox`);
    await page.getByText("Set a failure").click();
    await page.getByLabel("What happens").selectOption({ label: "Answered late" });
    expect(await page.getByLabel("Status (400 to 599)").isVisible(), false, "whether a status is asked for");
    await page.getByLabel("To what").selectOption({ label: "Access token" });
    await page.getByRole("button", { name: "Make it fail" }).click();
    await page.getByText("The next access token: answered 5000 ms later").waitFor();
    await page.getByRole("button", { name: "Let everything go well again" }).click();
    await page.getByText("Nothing is set").waitFor();
  });
}

async function readReport(page: Page, row: ReturnType<Page["getByRole"]>): Promise<void> {
  await row.getByRole("link").click();
  await page.locator('#report[data-state="shown"]').waitFor({ timeout: DRAWN_WITHIN_MS });
  await page.getByRole("img", { name: /^Page 1 of \d+, as it looks$/ }).waitFor();
  const ink = await page.evaluate<number>(inkOf("#report canvas"));
  expect(ink > INK_MIN, true, `ink on the first page (${ink} dark pixels)`);
  const text = await page.locator("#report .text").first().innerText();
  for (const part of [PATIENT, mrn]) expect(text.includes(part), true, `${part} in the text of the first page`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download report.pdf" }).click(),
  ]);
  expect(download.suggestedFilename(), "report.pdf", "name of the file");
  expect(await download.failure(), null, "failure of the download");
}
