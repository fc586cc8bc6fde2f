import type { MailSettings } from "../core/settings.ts";
import { DeliveryError } from "../core/delivery-error.ts";
import type { Mailer } from "./mailer.ts";

const TIMEOUT_MS = 20_000;

/** Error codes of the provider for which a retry is pointless. */
const FINAL = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
  "E_CONTENT_TOO_LARGE",
]);

/** Cloudflare Email Service. It does not deduplicate: if its response is lost, the mail may be sent twice. */
export const emailService = (email: SendEmail, { from, productName }: MailSettings): Mailer => ({
  async send({ to, subject, html, text }) {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => timeout.reject(new DeliveryError("timeout")), TIMEOUT_MS);
    try {
      const taken = email.send({ from: { email: from, name: productName }, to, subject, html, text });
      await Promise.race([taken, timeout.promise]);
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      const { code } = error as { code?: unknown };
      const reason = typeof code === "string" && /^E_[A-Z_]{1,60}$/.test(code) ? code : "provider_error";
      throw new DeliveryError(reason, { isFinal: FINAL.has(reason), cause: error });
    } finally {
      clearTimeout(timer);
    }
  },
});
