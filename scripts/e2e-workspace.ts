import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { baseUrl, check, expect } from "./trial.ts";
import { checkLooks, checkPolicies, watch } from "./watched-browser.ts";

const WORKSPACE = `${baseUrl}/sandbox/workspace`;
/** Other pages of the sandbox, which share its look. */
const OTHERS = [
  "/sandbox/",
  "/sandbox/login",
  "/sandbox/mailbox",
  "/sandbox/events",
  "/sandbox/redox",
  "/sandbox/redox/messages",
  "/sandbox/xealth",
];
const SHOWN_WITHIN_MS = 15_000;
const POLL_MS = 100;
const MERGED_WITHIN_MS = 60_000;

async function open(page: Page): Promise<void> {
  await page.goto(WORKSPACE);
  await page.getByRole("heading", { name: "Patients of Harbor Endocrine" }).waitFor();
  await rowsOf(page).first().waitFor();
}

async function openView(page: Page, name: "Duplicates" | "TIDE" | "Merge"): Promise<void> {
  await open(page);
  await page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name }).click();
}

async function openPatient(page: Page, name: string): Promise<void> {
  await open(page);
  await page.getByRole("searchbox").fill(name);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

async function openPlan(page: Page, clinic: string): Promise<void> {
  await openView(page, "Merge");
  await page.getByLabel("Which clinic").selectOption({ label: clinic });
  await page.getByRole("heading", { name: "What would happen" }).waitFor();
}

const ENTERED_TWICE = "Ingrid Sørensen and Ingrid Sorensen";

async function openDuplicates(page: Page): Promise<void> {
  await openView(page, "Duplicates");
  await page.getByText("2 pairs.").waitFor();
}

async function openPair(page: Page): Promise<void> {
  await openDuplicates(page);
  await page.getByRole("link", { name: `Compare and merge ${ENTERED_TWICE}` }).click();
  await page.getByRole("table", { name: "What comes from where" }).waitFor();
}

const rowsOf = (page: Page): Locator => page.locator("tbody").getByRole("row");
const counted = (page: Page, count: number) => page.getByText(new RegExp(`^${count} patients?$`)).waitFor();
const namesOf = (page: Page): Promise<string[]> => rowsOf(page).getByRole("link").allTextContents();

/** Waits for what can't be waited for by a locator; the pages' policy forbids scripts that wait inside them. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + SHOWN_WITHIN_MS; Date.now() < end; await sleep(POLL_MS)) if (await isSo()) return;
  throw new Error(`not shown: ${what}`);
}

/** The parts of a bar in percent, as they are read out. */
async function barsOf(page: Page, part: string): Promise<number[]> {
  const labels = await rowsOf(page)
    .getByRole("img")
    .evaluateAll((bars) => bars.map((bar) => bar.getAttribute("aria-label") ?? ""));
  return labels.map((label) => Number(new RegExp(`(?:^|, )${part} ([\\d.]+) %`).exec(label)?.[1]));
}

/** Works in the workspace as people of a clinic do: a front end on the client, in a browser. */
export async function useWorkspace(browser: Browser): Promise<void> {
  const { open: opened, ...seen } = watch(browser);
  const page = await opened();

  await check("the first clinic of the first person is shown, a page at a time", async () => {
    await open(page);
    await counted(page, 17);
    expect(await rowsOf(page).count(), 10, "patients of the first page");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("Page 2 of 2").waitFor();
    await until("seven patients", async () => (await rowsOf(page).count()) === 7);
  });
  await check("patients are filtered by tags and by what their sensors say", async () => {
    await open(page);
    await page.getByLabel("Pregnancy").check();
    await counted(page, 2);
    await page.getByLabel("Pregnancy").uncheck();
    await page.getByLabel("Show").selectOption("Less than 70 % in range");
    await until("patients with less than 70 % in range alone", async () => {
      const shares = await barsOf(page, "in range");
      return shares.length > 0 && shares.every((it) => it < 70);
    });
  });
  await check("the list is sorted by a click on a column, and the other way round by a second", async () => {
    await open(page);
    const column = page.getByRole("columnheader", { name: "Time in range" });
    for (const [order, sign] of [
      ["ascending", 1],
      ["descending", -1],
    ] as const) {
      await column.getByRole("button").click();
      await until(`percent in range, ${order}`, async () => {
        if ((await column.getAttribute("aria-sort")) !== order) return false;
        const shares = (await barsOf(page, "in range")).filter((it) => !Number.isNaN(it));
        return shares.length > 0 && shares.join() === shares.toSorted((a, b) => sign * (a - b)).join();
      });
    }
  });
  await check("a name is found, whatever accents it is typed with, and no address has what was typed", async () => {
    await open(page);
    await page.getByRole("searchbox").fill("Angstrom");
    await counted(page, 1);
    expect((await namesOf(page)).join(), "Zoë Ångström", "who is found");
    expect(/ngstr/i.test(page.url()), false, "the name in the address");
  });
  await check("TIDE shows who needs attention first, by category", async () => {
    await openView(page, "TIDE");
    const first = page.getByRole("region").or(page.locator("section")).first();
    await first.getByRole("link", { name: "Zoë Ångström" }).waitFor();
    const headings = await page.getByRole("heading", { level: 2 }).allTextContents();
    expect(headings.length, 8, `categories (${headings.join("; ")})`);
    expect(headings[0]?.startsWith("More than 1 % below"), true, "the first category");
  });
  await check("a patient is shown with summaries, device data and reports", async () => {
    await openPatient(page, "Noor van Dijk");
    await page.getByRole("rowheader", { name: "Sensor, 14 days" }).waitFor();
    await page.getByRole("img", { name: /^\d+ readings and \d+ boluses in 3 days/ }).waitFor();
    expect((await page.locator(".chart circle").count()) > 500, true, "readings of three days");
    await page.getByRole("button", { name: /^Report of/ }).waitFor();
  });
  await check("the sensor's summary is shown as FHIR, with each resource as it is", async () => {
    const resources = page.getByRole("table", { name: "As FHIR" });
    await resources.getByRole("row", { name: /^Days of wear \d+ days/ }).waitFor();
    await resources.getByText("GMI as JSON").click();
    await resources.getByText('"code": "97506-0"').waitFor();
    await page.getByLabel("Period").last().selectOption("7d");
    await resources.getByRole("row", { name: /^Panel/ }).waitFor();
  });
  await check("an admin is shown who has seen the record", async () => {
    const seen = page.getByRole("table", { name: "Who has seen this record" });
    await until("an entry of who looks now", async () => {
      if ((await seen.getByRole("cell", { name: "Ana Ruiz" }).count()) > 0) return true;
      await page.reload();
      await page.getByRole("heading", { name: "Who has seen this record" }).waitFor();
      return false;
    });
  });
  await check("the report that was made is a PDF", async () => {
    const reports = page.getByRole("button", { name: /^Report of/ });
    const before = await reports.count();
    await page.getByRole("button", { name: "Make a report" }).click();
    await reports.nth(before).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), reports.first().click()]);
    expect(
      /^report-\d{4}-\d\d-\d\d\.pdf$/.test(download.suggestedFilename()),
      true,
      "a name that says nothing of the patient",
    );
    expect(
      readFileSync(await download.path())
        .subarray(0, 5)
        .toString("latin1"),
      "%PDF-",
      "how the file begins",
    );
  });
  await check("a tag is given and taken again", async () => {
    const tag = page.getByLabel("New onset");
    for (const isChecked of [true, false]) {
      await tag.click();
      await until("the record with its change", async () => (await tag.isChecked()) === isChecked);
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "Noor van Dijk" }).waitFor();
      expect(await tag.isChecked(), isChecked, "the tag after the page was loaded again");
    }
  });
  await check("two records are compared, and what could be overlooked has to be agreed with", async () => {
    await openPair(page);
    await page.getByRole("row", { name: /^MRN – HE-1009 HE-1009 from the record that goes/ }).waitFor();
    const merge = page.getByRole("button", { name: "Merge the two" });
    expect(await merge.isEnabled(), true, "the button, in the direction that was suggested");
    await page.getByRole("link", { name: "Swap the two" }).click();
    const risk = page.getByRole("checkbox", { name: /^The device data of the record that goes stay/ });
    await risk.waitFor();
    expect(await merge.isDisabled(), true, "the button before it was agreed");
    await risk.check();
    expect(await merge.isEnabled(), true, "the button after it was agreed");
    expect(/s.rensen/i.test(decodeURIComponent(page.url())), false, "a name in the address");
  });
  await check("a pair that no list has is found from a patient's page", async () => {
    await openPatient(page, "Noor van Dijk");
    await page.getByLabel(/^Merge another record into this one/).fill("nowak");
    await page
      .getByRole("list", { name: "Records to merge into this one" })
      .getByRole("link", { name: "Łucja Nowak" })
      .click();
    await page.getByRole("checkbox", { name: /^They share fewer than two/ }).waitFor();
    expect(/nowak/i.test(page.url()), false, "what was typed in the address");
  });
  await check("a plan that is out of date is shown as it is now, and nothing is merged", async () => {
    await openPair(page);
    const second = await opened();
    await openPatient(second, "Ingrid Sorensen");
    await second.getByLabel("New onset").click();
    await until("the tag", () => second.getByLabel("New onset").isChecked());
    await second.context().close();
    await page.getByRole("button", { name: "Merge the two" }).click();
    await page.getByRole("alert").getByText("This is the plan as it is now").waitFor();
    await page.getByText("New onset (added)").waitFor();
  });
  await check("two records are merged, the old id says where, and both are there again after an undo", async () => {
    await openPair(page);
    await page.getByLabel("take this name").check();
    await page.getByRole("row", { name: /^Name .* Ingrid Sorensen from the record that goes/ }).waitFor();
    await page.getByRole("button", { name: "Merge the two" }).click();
    await page.getByText(/^Undo until \d/).waitFor();
    expect(await page.evaluate<string>("document.activeElement.textContent"), "Merged", "what has the focus");
    await page.getByRole("link", { name: "old id" }).click();
    await page.getByRole("heading", { name: "This record was merged" }).waitFor();
    await page.getByText("It is part of").getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "Ingrid Sorensen" }).waitFor();
    await page.getByText("HE-1009").first().waitFor();
    await page.getByRole("button", { name: "What would an undo restore?" }).click();
    await page.getByText("Name of the record that stayed").waitFor();
    await page.getByRole("button", { name: "Undo the merge" }).click();
    await page.getByRole("heading", { level: 1, name: "Ingrid Sørensen" }).waitFor();
    await page.getByText(/undone on \d/).waitFor();
    await openDuplicates(page);
  });
  await check("a pair that is two people leaves the list, and comes back when that is taken back", async () => {
    await openDuplicates(page);
    const pair = page.getByRole("region", { name: "Hiroshi Tanaka and Tanaka Hiroshi" });
    await pair.getByRole("button", { name: "Not the same person" }).click();
    await page.getByText("Hiroshi Tanaka and Tanaka Hiroshi are marked as two people.").waitFor();
    await page.getByText("1 pair.").waitFor();
    await page.getByLabel("Show").selectOption("Those said not to be the same person");
    await pair.getByRole("button", { name: "May be the same person" }).click();
    await page.getByText("No pairs.").waitFor();
    await openDuplicates(page);
  });
  await check("who is no admin sees the pairs, and is told who can merge them", async () => {
    await open(page);
    await page
      .getByLabel("Signed in as")
      .selectOption({ label: "Bo Lind, member of Harbor Endocrine, admin of Bayview" });
    await page
      .getByRole("navigation", { name: "Workspace" })
      .getByRole("combobox")
      .selectOption({ label: "Harbor Endocrine" });
    await page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name: "Duplicates" }).click();
    await page.getByRole("link", { name: `Compare and merge ${ENTERED_TWICE}` }).click();
    await page.getByRole("alert").getByText("Only admins of the clinic can merge records.").waitFor();
  });
  await check("a merge that would be refused says why, and can't be started", async () => {
    await openPlan(page, "Clinique du Lac");
    await page.getByRole("alert").getByText("Glucose Units").waitFor();
    expect(await page.getByRole("button", { name: /^Merge Clinique/ }).isDisabled(), true, "the button");
  });
  await check("a merge is planned, made and undone", async () => {
    await openPlan(page, "Bayview Endocrine");
    await page.getByRole("row", { name: /Tariq Haddad BV-3001 Moves/ }).waitFor();
    await page.getByRole("button", { name: "Merge Bayview Endocrine into Harbor Endocrine" }).click();
    await page.getByText("Merged.").waitFor({ timeout: MERGED_WITHIN_MS });
    // It has what was merged as soon as it is opened again.
    const second = await opened();
    await open(second);
    await counted(second, 20);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor({ timeout: MERGED_WITHIN_MS });
    await second.reload();
    await counted(second, 17);
    await second.context().close();
  });
  await check("somebody else is signed in and sees other clinics", async () => {
    await open(page);
    await page.getByLabel("Signed in as").selectOption({ label: "Chloé Martel, admin of Clinique du Lac" });
    await page.getByRole("heading", { name: "Patients of Clinique du Lac" }).waitFor();
    await page
      .getByRole("cell", { name: /mmol\/L/ })
      .first()
      .waitFor();
  });
  await check("no token is kept by the browser", async () => {
    const kept = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])";
    expect(/eyJ/.test(await page.evaluate<string>(kept)), false, "a token in the browser's storage");
  });
  await page.context().close();

  await checkLooks(opened, "the workspace", open);
  await checkLooks(opened, "TIDE", (it) =>
    openView(it, "TIDE").then(() => it.getByRole("heading", { level: 2 }).first().waitFor()),
  );
  await checkLooks(opened, "a patient", async (it) => {
    await openPatient(it, "Noor van Dijk");
    await it.getByRole("img", { name: /readings/ }).waitFor();
  });
  await checkLooks(opened, "the list of possible duplicates", openDuplicates);
  await checkLooks(opened, "two records side by side", async (it) => {
    await openPair(it);
    await it.getByRole("link", { name: "Swap the two" }).click();
    await it.getByText("agree with each of these").waitFor();
  });
  await checkLooks(opened, "the plan of a merge", (it) => openPlan(it, "Bayview Endocrine"));
  for (const path of OTHERS) {
    await checkLooks(opened, path, async (it) => {
      await it.goto(`${baseUrl}${path}`);
      await it.getByRole("heading", { level: 1 }).waitFor();
    });
  }
  await checkPolicies(seen);
}
