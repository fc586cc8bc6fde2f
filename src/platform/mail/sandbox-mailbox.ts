import type { MailSettings } from "../core/settings.ts";
import { DeliveryError } from "../core/delivery-error.ts";
import type { Mailer } from "./mailer.ts";

const TIMEOUT_MS = 10_000;

/** The mailbox of local development: no mail leaves the machine. Keeps one mail per reference. */
export const sandboxMailbox = (sandbox: Fetcher, { from, productName }: MailSettings): Mailer => ({
  async send(mail, reference) {
    let response: Response;
    try {
      response = await sandbox.fetch("http://sandbox/sandbox/mailbox", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ reference, from: `${productName} <${from}>`, ...mail }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
    } catch (cause) {
      throw new DeliveryError("sandbox_unreachable", { cause });
    }
    if (!response.ok) throw new DeliveryError(`sandbox_${response.status}`);
  },
});
