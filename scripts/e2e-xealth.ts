import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import type { Page } from "playwright-core";
import { DEMO_HOSPITAL } from "./demo-data.ts";
import { INK_MIN, inkOf } from "./ink.ts";
import { baseUrl, check, expect } from "./trial.ts";

/** An order is worked on after its answer, by a queue. */
const ENROLLED_WITHIN_MS = 30_000;
const POLL_MS = 500;
const DRAWN_WITHIN_MS = 20_000;

const { patient } = DEMO_HOSPITAL;
const KNOWN = `${patient.firstName} ${patient.lastName}`;
const TAG = "School plan";

interface Exchange {
  readonly path: string;
  readonly request: { readonly formData?: { readonly userInput?: unknown } };
  readonly status: number;
  readonly response: {
    readonly preorderFormInfo?: { readonly formId: string; readonly formSchema: object };
    readonly present?: boolean;
  };
}

/** Uses the EHR that shows the service as a program: orders it, lists it, opens its report, cancels it. */
export async function useChart(page: Page): Promise<void> {
  const open = (query = "") => page.goto(`${baseUrl}/sandbox/xealth${query}`);
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  /** The calls of the service that pressing something leads to. */
  const said = async (act: () => Promise<void>): Promise<readonly Exchange[]> => {
    const answered = page.waitForResponse(
      (it) => it.request().method() === "POST" && it.url().startsWith(`${baseUrl}/sandbox/xealth/`),
    );
    await act();
    return ((await (await answered).json()) as { exchanges: Exchange[] }).exchanges;
  };
  const isEnrolled = async () => (await said(() => press("List the programs")))[0]?.response.present;
  const untilEnrolled = async (expected: boolean) => {
    const until = Date.now() + ENROLLED_WITHIN_MS;
    while ((await isEnrolled()) !== expected) {
      if (Date.now() > until) throw new Error(`the program is ${expected ? "not there" : "still there"}`);
      await page.waitForTimeout(POLL_MS);
    }
  };
  const order = async () => (await said(() => press("Order the program")))[0]?.response.preorderFormInfo;
  const isPlaced = () => page.getByText(/^The order order-[0-9a-f]{8} is placed\./).waitFor();
  const boxes = page.locator("#form").getByRole("checkbox");

  let schema: object = {};
  await check("an order for a new child asks for a parent or guardian", async () => {
    await page.goto(`${baseUrl}/sandbox/`);
    await page.getByRole("link", { name: "A chart in an EHR (Xealth)" }).click();
    await page.getByRole("link", { name: "a new child" }).click();
    const form = await order();
    expect(form?.formId, "guardian_enrollment_form", "form");
    schema = form?.formSchema ?? {};
    await page.getByRole("group", { name: /^Add Kit Newcomer \d+ to / }).waitFor();
    const focused = await page.evaluate<string>("document.activeElement.textContent");
    expect(focused, "The form of the order", "what has the focus");
  });
  await check("the form is not sent without the names", async () => {
    await press("Submit");
    const missing = "document.querySelector('#form input:invalid').validity.valueMissing";
    expect(await page.evaluate<boolean>(missing), true, "whether a value is missing");
    await page.getByLabel("Parent/Guardian First Name").waitFor();
  });
  await check("data providers can be chosen once there is an e-mail address", async () => {
    const before = await boxes.count();
    await page.getByLabel("Parent/Guardian Email").fill("gus.guardian@mail.example");
    expect(await boxes.count(), before + 2, "boxes with an address");
    await page.getByLabel("Parent/Guardian Email").fill("");
    expect(await boxes.count(), before, "boxes without an address");
    await page.getByLabel("Parent/Guardian Email").fill("gus.guardian@mail.example");
  });
  await check("the form is filled in and sent with the keyboard, and what is sent is valid by it", async () => {
    await page.getByLabel("Parent/Guardian First Name").focus();
    await page.keyboard.type("Gus");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Guardian");
    for (const name of ["Connect with Dexcom", TAG]) {
      await page.getByLabel(name).focus();
      await page.keyboard.press("Space");
      expect(await page.getByLabel(name).isChecked(), true, name);
    }
    await page.getByLabel("Parent/Guardian Last Name").focus();
    const [exchange] = await said(() => page.keyboard.press("Enter"));
    expect(exchange?.status, 200, "status");
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const isValid = ajv.validate(schema, exchange?.request.formData?.userInput);
    expect(isValid, true, `what was entered: ${ajv.errorsText()}`);
    await isPlaced();
  });
  await check("the child is enrolled, with the connection that was chosen", async () => {
    await untilEnrolled(true);
    await page.locator(".card").getByText("Cloud Connections: Dexcom (pending)").waitFor();
  });

  await check("an address that somebody has leads to an error form, which can only be closed", async () => {
    await open("?patient=adult");
    const own = await page.getByLabel("E-mail", { exact: true }).inputValue();
    expect((await order())?.formId, "patient_enrollment_form", "form");
    expect(await page.getByLabel("Patient's Email").inputValue(), own, "address of the chart");
    await page.getByLabel("Patient's Email").fill(patient.email);
    const [refused] = await said(() => press("Submit"));
    expect(refused?.response.preorderFormInfo?.formId, "error_form", "form");
    await page.getByText("The order can’t be placed: the form says why.").waitFor();
    const paragraphs = await page.locator("#form p").allInnerTexts();
    expect(paragraphs.filter(Boolean).length, 4, "paragraphs");
    expect(await page.locator("#form").getByRole("button").count(), 0, "buttons of the form");
    await press("Close the form");
    await page.getByText("Nothing was ordered.").waitFor();
    expect(await isEnrolled(), false, "enrolled");
  });

  await check("a patient the clinic knows is enrolled without a form", async () => {
    await open();
    expect(await isEnrolled(), false, "enrolled before");
    expect(await order(), undefined, "form");
    await isPlaced();
    await untilEnrolled(true);
    await page.locator(".card.alert").getByText("There is something new").waitFor();
  });
  await check("the report opens in a frame, with its first page", () => readReport(page));
  await check("the alert is over once the report was opened, and the link's token is nowhere to be read", async () => {
    await untilEnrolled(true);
    await page.locator(".card:not(.alert)").getByText("Last Viewed by You: 20").waitFor();
    const text = (await page.locator("main").textContent()) ?? "";
    expect(text.includes("restricted_token=…"), true, "the link without its token");
    expect(/restricted_token=\w/.test(text), false, "a token");
  });
  await check("a cancelled order ends the program", async () => {
    const row = page.getByRole("row").filter({ hasText: KNOWN });
    await row.getByRole("button", { name: "Cancel" }).click();
    await row.getByText("Cancelled").waitFor();
    await untilEnrolled(false);
  });
  await check("events delivered again, or the cancel before the order, do not bring it back", async () => {
    await said(() => press("Deliver the last notification again"));
    const [first] = await said(() => press("Order and cancel, delivered in the wrong order"));
    expect(first?.path, "/v1/xealth/preorder", "first call");
    await isPlaced();
    await said(() => press("Deliver the last notification again"));
    // Events are worked on in their order: those before are done when this one is.
    await open("?patient=adult");
    await order();
    await press("Submit");
    await isPlaced();
    await untilEnrolled(true);
    await open();
    expect(await isEnrolled(), false, "enrolled");
  });
}

async function readReport(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Open the report" }).click();
  const frame = page.frameLocator(`iframe[title="Report of ${KNOWN}"]`);
  await frame.getByText(KNOWN).first().waitFor({ timeout: DRAWN_WITHIN_MS });
  const until = Date.now() + DRAWN_WITHIN_MS;
  let ink = 0;
  while (ink <= INK_MIN && Date.now() < until) {
    await page.waitForTimeout(POLL_MS);
    ink = (await page.frame({ url: /viewer\.html/ })?.evaluate<number>(inkOf("canvas"))) ?? 0;
  }
  expect(ink > INK_MIN, true, `ink on the first page (${ink} dark pixels)`);
}
