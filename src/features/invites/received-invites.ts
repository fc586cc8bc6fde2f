import { auditChange } from "../../platform/audit/audit-store.ts";
import type { Person } from "../../platform/auth/caller.ts";
import { touchClinic } from "../clinics/model/guards.ts";
import { refuseIfMember, refuseUnlessMigrated } from "../clinicians/model/guards.ts";
import { type Clinician, toClinician } from "../clinicians/model/schema.ts";
import { associateInvited, findInvited, invitedAsRead, removeInvited } from "../clinicians/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseUnlessFound } from "../../platform/db/guard.ts";
import { countGuess } from "../../platform/limits/guesses-store.ts";
import { emailIsNotVerified, mayNotAccept, noMatchingInvite, nothingFound, touchIfInvited } from "./model/guards.ts";
import { acceptanceBy, type Confirmation, DONE, toConfirmation, verifiedEmailOf } from "./model/schema.ts";
import {
  bindPending,
  clinicOfPending,
  endInvitation,
  findPending,
  invitationWithKey,
  type InvitationRow,
  listPendingOf,
  pendingAsRead,
  restrictedAsRead,
} from "./model/store.ts";

/** Whether the invitation is the person's: by their account, or by an address they have proved to be theirs. */
const isMeantFor = (invitation: InvitationRow, person: Person): boolean =>
  invitation.invitedUserId === person.id || invitation.emailKey === verifiedEmailOf(person);

/** Refuses an invitation that is to the person's address as long as the address is not proved to be theirs. */
function refuseUnproved(invitation: InvitationRow, person: Person): void {
  if (!isMeantFor(invitation, person) && invitation.emailKey === person.email) throw emailIsNotVerified();
}

/** The invitations a person may answer, newest first, each with whether they may accept it. From now on they are theirs. */
export async function listReceivedInvites(ctx: Ctx, person: Person): Promise<Confirmation[]> {
  const verifiedEmail = verifiedEmailOf(person);
  const { pending } = await ctx.read({ pending: listPendingOf(person.id, verifiedEmail, ctx.now) });
  if (pending.length === 0) throw nothingFound();
  const answer = pending.map((it) => ({ ...toConfirmation(it), restrictions: acceptanceBy(person, it.restrictions) }));
  const clinicsOfUnbound = new Set(pending.filter((it) => it.invitedUserId === null).map((it) => it.clinicId));
  if (verifiedEmail === undefined || clinicsOfUnbound.size === 0) return answer;
  return ctx.commit({
    clinicId: null,
    answer,
    steps: [bindPending(person.id, verifiedEmail)],
    audit: [...clinicsOfUnbound].map((clinicId) => auditChange(ctx, clinicId)),
  });
}

/** Makes the invited person a member, with the roles they were invited to, once: a second acceptance finds no invitation. */
export const acceptInvite = (ctx: Ctx, person: Person, inviteId: string): Promise<Clinician> =>
  untilFresh(async () => {
    const { invitation, invited, account } = await ctx.read({
      guess: countGuess(ctx, invitationWithKey(inviteId)),
      invitation: findPending(inviteId),
      invited: findInvited(clinicOfPending(inviteId), inviteId),
      account: ctx.users.find(person.id),
    });
    if (!invitation || !invited) throw noMatchingInvite();
    refuseUnproved(invitation, person);
    if (!isMeantFor(invitation, person)) throw noMatchingInvite();
    if (invitation.expiresAt !== null && invitation.expiresAt <= ctx.now) throw noMatchingInvite();
    if (!acceptanceBy(person, invitation.restrictions).canAccept) throw mayNotAccept();
    const { clinicId } = invitation;
    const name = account?.profile.fullName ?? person.name ?? invited.name;
    const member = { ...invited, userId: person.id, inviteId: null, name, updatedAt: ctx.now };
    return ctx.commit({
      clinicId,
      answer: toClinician(member),
      steps: [
        refuseUnlessFound(pendingAsRead(invitation), noMatchingInvite),
        refuseUnlessFound(invitedAsRead(invited), () => new StaleRead()),
        refuseUnlessFound(restrictedAsRead(clinicId, invitation.restrictions), () => new StaleRead()),
        ...refuseUnlessMigrated(clinicId),
        refuseIfMember(clinicId, person.id),
        associateInvited(member),
        endInvitation(clinicId, inviteId, "completed", ctx.now),
        touchClinic(clinicId, ctx.now),
      ],
    });
  });

/** Turns an invitation down. One that is not there, not pending or not meant for the person is left as it is. */
export async function dismissInvite(ctx: Ctx, person: Person, inviteId: string): Promise<typeof DONE> {
  const { invitation } = await ctx.read({
    guess: countGuess(ctx, invitationWithKey(inviteId)),
    invitation: findPending(inviteId),
  });
  if (invitation) refuseUnproved(invitation, person);
  const mine = invitation && isMeantFor(invitation, person) ? invitation : undefined;
  return ctx.commit({
    clinicId: mine?.clinicId ?? null,
    answer: DONE,
    steps: mine
      ? [
          touchIfInvited(mine.clinicId, inviteId, ctx.now),
          removeInvited(mine.clinicId, inviteId),
          endInvitation(mine.clinicId, inviteId, "declined", ctx.now),
        ]
      : [],
  });
}
