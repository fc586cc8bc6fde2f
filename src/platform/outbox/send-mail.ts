import type { UserDirectory } from "../accounts/directory.ts";
import type { MailSettings } from "../core/settings.ts";
import type { Db } from "../db/client.ts";
import { askingOf } from "../db/read.ts";
import type { Mailer } from "../mail/mailer.ts";
import { renderMail } from "../mail/template.ts";
import type { Prepare } from "./prepared.ts";
import type { LeasedEntry } from "./store.ts";

export interface MailWork {
  readonly db: Db;
  readonly users: UserDirectory;
  readonly mailer: Mailer;
  readonly settings: MailSettings;
}

const ADDRESS = /^[^\s<>,;:"]+@[^\s<>,;:"]+$/;

/** Sends the mail of an entry to its recipient's current address, or returns why not. Throws DeliveryError. */
export async function sendMail(
  work: MailWork,
  prepare: Prepare,
  it: LeasedEntry,
): Promise<"sent" | { readonly skipped: string }> {
  const mail = await prepare({ db: work.db, users: work.users, now: Date.now() }, it);
  if ("skipped" in mail) return mail;
  const to = mail.to ?? it.recipientEmail ?? (await addressOf(work, it.recipientUserId));
  if (typeof to !== "string") return to;
  if (!ADDRESS.test(to)) return { skipped: "no_valid_address" };
  // The entry's id is the reference by which a provider can deduplicate.
  await work.mailer.send({ to, ...renderMail(mail.template, mail.variables, work.settings) }, it.id);
  return "sent";
}

async function addressOf({ db, users }: MailWork, userId: string | null): Promise<string | { skipped: string }> {
  if (userId === null) return { skipped: "no_recipient" };
  const { user } = await askingOf(db).read({ user: users.find(userId) });
  if (!user) return { skipped: "account_gone" };
  return user.email ?? { skipped: "account_without_address" };
}
