import { CLINICIAN_INVITATION } from "./model/mails.ts";
import { NAMELESS_ADMIN } from "../clinicians/model/rules.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { insertOutboxEntry } from "../../platform/outbox/store.ts";
import { type InvitationRow, mailKey } from "./model/store.ts";

/** The mail that tells the invited address; `hasAccount` says where its link leads. */
export const sendInvitation = (ctx: Ctx, invitation: InvitationRow, creatorName: string | null, hasAccount: boolean) =>
  insertOutboxEntry(ctx, {
    kind: CLINICIAN_INVITATION,
    uniqueKey: mailKey(invitation.key, ctx.now),
    clinicId: invitation.clinicId,
    recipient: { email: invitation.email },
    variables: {
      ClinicName: invitation.clinicName,
      CreatorName: creatorName ?? NAMELESS_ADMIN,
      Email: invitation.email,
      WebPath: hasAccount ? "login" : "signup/clinician",
    },
  });
