import { askingOf } from "../../platform/db/read.ts";
import type { Prepare } from "../../platform/outbox/prepared.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";
import { clinicianInvitation } from "./model/mails.ts";
import { findPending, invitationOfMail } from "./model/store.ts";

/** The mail of an invitation, as long as that waits at the address: none once it was answered, withdrawn or sent elsewhere. */
export const prepareInvitationMail: Prepare = async ({ db }, { uniqueKey, recipientEmail, variables }) => {
  const { invitation } = await askingOf(db).read({ invitation: findPending(invitationOfMail(uniqueKey)) });
  if (invitation?.emailKey !== addressKey(recipientEmail ?? "")) return { skipped: "invitation_over" };
  return { template: clinicianInvitation, variables: JSON.parse(variables) as Record<string, string> };
};
