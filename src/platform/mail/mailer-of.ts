import { log } from "../core/log.ts";
import type { Bindings, Settings } from "../core/settings.ts";
import { emailService } from "./email-service.ts";
import type { Mailer } from "./mailer.ts";
import { sandboxMailbox } from "./sandbox-mailbox.ts";

let isMissingLogged = false;

/** The mailer of this deployment; undefined when none is configured: mails then wait in the outbox. */
export function mailerOf(
  { SANDBOX, EMAIL }: Pick<Bindings, "SANDBOX" | "EMAIL">,
  { mail, isProduction }: Settings,
): Mailer | undefined {
  if (mail && SANDBOX && !isProduction) return sandboxMailbox(SANDBOX, mail);
  if (mail && EMAIL) return emailService(EMAIL, mail);
  if (!isMissingLogged) log("warn", "no mailer: mails wait in the outbox", {});
  isMissingLogged = true;
  return undefined;
}
