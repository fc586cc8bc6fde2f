import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { baseUrl, check, expect } from "./trial.ts";
import { checkLooks, checkPolicies, watch } from "./watched-browser.ts";

const { resolve } = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync(resolve("../package.json"), "utf8")) as { version: string };
const { paths } = JSON.parse(readFileSync(resolve("../public/openapi.json"), "utf8")) as {
  paths: Record<string, Record<string, { operationId?: string; summary?: string }>>;
};
const PAGES: readonly { readonly path: string; readonly isShown: (page: Page) => Promise<void> }[] = [
  {
    path: "/",
    async isShown(page) {
      await page.getByText(`Version ${version}`).waitFor();
      for (const name of ["API reference", "OpenAPI description", "Health", "Sandbox"]) {
        expect(await page.getByRole("link", { name }).isVisible(), true, `the link ${name}`);
      }
    },
  },
  { path: "/v1/nothing", isShown: (page) => page.getByRole("heading", { name: "There is nothing here" }).waitFor() },
  { path: "/docs", isShown: referenceIsShown },
];

export async function referenceIsShown(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1, name: "Clinics Edge" }).waitFor();
  await page
    .getByRole("button", { name: /^Test Request/ })
    .first()
    .waitFor({ state: "attached" });
}

/** Under which title the reference shows an operation. */
const titleOf = (operationId: string): string => {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  return operations.find((operation) => operation.operationId === operationId)?.summary ?? operationId;
};

/** Opens an operation to try it: the dialog that sends it. */
export async function openOperation(page: Page, operationId: string, request: string) {
  await page
    .getByRole("link", { name: titleOf(operationId) })
    .first()
    .click();
  await page
    .getByRole("button", { name: /^Test Request/ })
    .filter({ hasText: `(${request})` })
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Value", { exact: true }).first().waitFor();
  return dialog;
}

/** Shows the start, the page of an unknown address and the reference, as narrow as a telephone and in the dark, too. */
export async function usePages(browser: Browser): Promise<void> {
  const { open: opened, ...seen } = watch(browser);
  for (const { path, isShown } of PAGES) {
    await checkLooks(opened, path, async (page) => {
      await page.goto(`${baseUrl}${path}`);
      await isShown(page);
    });
  }
  await check("one click signs in to the reference, an operation is tried, and no token is kept", async () => {
    const page = await opened();
    await page.goto(`${baseUrl}/docs`);
    await referenceIsShown(page);
    const names = await page.getByLabel("Sign in as").getByRole("option").allTextContents();
    expect(names.join("; ").includes("Jill Jellyfish, patient"), true, "the demo patient among those who can sign in");
    await page.getByLabel("Sign in as").selectOption("service");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signed in: Sandbox, backend service").waitFor();
    const dialog = await openOperation(page, "ListClinics", "get /v1/clinics");
    const answered = page.waitForResponse((it) => it.url().includes("/v1/clinics"));
    await dialog.getByRole("button", { name: /^Send/ }).first().click();
    expect((await answered).status(), 200, "status");
    const kept = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])";
    expect(/eyJ/.test(await page.evaluate<string>(kept)), false, "a token in the browser's storage");
    expect((await page.evaluate<object[]>("indexedDB.databases()")).length, 0, "databases of the browser");
    await page.context().close();
  });
  await check("where there is no sandbox nothing of a local server is shown", async () => {
    const page = await opened();
    await page.route(`${baseUrl}/sandbox/**`, (route) => route.fulfill({ status: 400, json: { code: 400 } }));
    await page.goto(`${baseUrl}/docs`);
    await referenceIsShown(page);
    expect(await page.locator("#sign-in").isVisible(), false, "the sign-in");
    await page.goto(baseUrl);
    await page.getByText(`Version ${version}`).waitFor();
    expect(await page.getByRole("link", { name: "Sandbox" }).isVisible(), false, "the link to the sandbox");
    await page.context().close();
  });
  await check("the reference is searched with the keyboard", async () => {
    const page = await opened();
    await page.goto(`${baseUrl}/docs`);
    await referenceIsShown(page);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("MergeClinic");
    await page
      .getByRole("option", { name: titleOf("MergeClinic") })
      .first()
      .waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: titleOf("MergeClinic"), exact: true }).waitFor();
    await page.context().close();
  });
  await checkPolicies(seen);
}
