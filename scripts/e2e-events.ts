import type { Page } from "playwright-core";
import { baseUrl, check, expect } from "./trial.ts";

/** The cron takes events to the outbox every minute. */
const TOLD_WITHIN_MS = 100_000;
const POLL_MS = 1000;

/** Reads what the receiver of the sandbox was told of the demo clinic. */
export async function useEvents(page: Page): Promise<void> {
  await check("a report of the demo clinic is told to the receiver of events, with a good signature", async () => {
    const row = page.getByRole("row").filter({ hasText: "report.ready" }).first();
    for (const until = Date.now() + TOLD_WITHIN_MS; ; await page.waitForTimeout(POLL_MS)) {
      await page.goto(`${baseUrl}/sandbox/events`);
      if ((await row.count()) > 0) break;
      if (Date.now() > until) throw new Error("no event came");
    }
    const [, named, , signature] = await row.getByRole("cell").allTextContents();
    expect(Object.keys(JSON.parse(named!) as object).join(), "clinicId,patientId,reportId", "what it names");
    expect(signature?.startsWith("good"), true, "signature");
  });
}
