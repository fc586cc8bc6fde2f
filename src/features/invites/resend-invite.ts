import { clinicianNotFound, refuseUnlessInvited, requireMigrated } from "../clinicians/model/guards.ts";
import { emailOfInvited, findInvited } from "../clinicians/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { duplicate } from "../../platform/core/errors.ts";
import { untilFresh } from "../../platform/core/stale.ts";
import { refuseIfFound } from "../../platform/db/guard.ts";
import { refuseTooManyMails } from "./model/guards.ts";
import { sendInvitation } from "./mail.ts";
import { type Confirmation, toConfirmation } from "./model/schema.ts";
import { findAccountAt, findPending, pendingElsewhere, putInvitation, lastMailed } from "./model/store.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

const keyIsTaken = () => duplicate("an invitation to another clinic has this key");

/**
 * Sends the mail again and brings the invitation up to date; who made it stays its creator. Where there is a clinician's
 * record only, as CreateClinician makes it, the invitation is made now.
 */
export function resendInvite(ctx: Ctx, clinicId: string, inviteId: string): Promise<Confirmation> {
  ctx.answerStandsWhile(() => lastMailed(clinicId, inviteId));
  return untilFresh(async () => {
    const { clinic, invited, found, account, caller } = await ctx.read({
      clinic: requireMigrated(clinicId),
      invited: findInvited(clinicId, inviteId),
      found: findPending(inviteId),
      account: findAccountAt(emailOfInvited(clinicId, inviteId)),
      caller: ctx.users.find(ctx.caller.id),
    });
    if (!invited) throw clinicianNotFound();
    const known = found?.clinicId === clinicId ? found : undefined;
    const email = invited.email ?? "";
    const emailKey = addressKey(email);
    const isSameAddress = known?.emailKey === emailKey;
    const callerName = caller?.profile.fullName ?? (ctx.caller.kind === "person" ? ctx.caller.name : undefined) ?? null;
    const invitation = {
      key: inviteId,
      clinicId,
      email: isSameAddress ? known.email : email,
      emailKey,
      invitedUserId: account?.isVerified ? account.id : isSameAddress ? known.invitedUserId : null,
      creatorId: known?.creatorId ?? ctx.caller.id,
      creatorName: known ? known.creatorName : callerName,
      clinicName: clinic.name,
      status: "pending",
      createdAt: known?.createdAt ?? ctx.now,
      modifiedAt: ctx.now,
      expiresAt: null,
    };
    return ctx.commit({
      clinicId,
      answer: toConfirmation(invitation),
      steps: [
        refuseUnlessInvited(clinicId, inviteId),
        refuseIfFound(pendingElsewhere(clinicId, inviteId), keyIsTaken),
        ...refuseTooManyMails(clinicId, emailKey, ctx.now),
        putInvitation(invitation),
      ],
      outbox: [sendInvitation(ctx, invitation, invitation.creatorName, account !== undefined)],
    });
  });
}
