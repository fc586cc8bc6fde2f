import { additionOf } from "../clinicians/create-clinician.ts";
import { refuseIfMember, requireMigrated } from "../clinicians/model/guards.ts";
import { type Clinician, toClinician } from "../clinicians/model/schema.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { newSecretKey } from "../../platform/core/ids.ts";
import { refuseTooManyMails } from "./model/guards.ts";
import { sendInvitation } from "./mail.ts";
import type { InviteInput } from "./model/schema.ts";
import { findAccountAt, putInvitation } from "./model/store.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

/**
 * Invites an address: the invitation, the clinician's record that waits for it and the mail are there together or not at
 * all. The account that has proved the address is remembered; who is a member already is refused.
 */
export async function inviteClinician(ctx: Ctx, clinicId: string, input: InviteInput): Promise<Clinician> {
  const emailKey = addressKey(input.email);
  const { clinic, account, creator } = await ctx.read({
    clinic: requireMigrated(clinicId),
    account: findAccountAt(emailKey),
    creator: ctx.users.find(ctx.caller.id),
  });
  const invitedUserId = account?.isVerified ? account.id : null;
  const invitation = {
    key: newSecretKey(),
    clinicId,
    email: input.email,
    emailKey,
    invitedUserId,
    creatorId: ctx.caller.id,
    clinicName: clinic.name,
    status: "pending",
    createdAt: ctx.now,
    modifiedAt: ctx.now,
    expiresAt: null,
  };
  const clinician = {
    id: ctx.newId(),
    clinicId,
    userId: null,
    inviteId: invitation.key,
    email: emailKey,
    name: null,
    roles: JSON.stringify(input.roles),
    isServiceAccount: 0,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  const callerName = ctx.caller.kind === "person" ? ctx.caller.name : undefined;
  return ctx.commit({
    clinicId,
    answer: toClinician(clinician),
    steps: [
      ...additionOf(clinician),
      ...(invitedUserId === null ? [] : [refuseIfMember(clinicId, invitedUserId)]),
      ...refuseTooManyMails(clinicId, emailKey, ctx.now),
      putInvitation(invitation),
    ],
    outbox: [sendInvitation(ctx, invitation, creator?.profile.fullName ?? callerName ?? null, account !== undefined)],
  });
}
