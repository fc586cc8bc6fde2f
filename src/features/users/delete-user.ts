import { endClaim } from "../accounts/claims-store.ts";
import { revokeMailedTokens } from "../accounts/tokens-store.ts";
import { recordsOfOthers, recordsOfUser, removeReceivedInvitations } from "../clinicians/model/of-user-store.ts";
import { archiveMember } from "../clinicians/model/store.ts";
import { touchClinic } from "../clinics/model/guards.ts";
import { recount } from "../clinics/model/patient-counts-store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { forgetUser } from "../../platform/accounts/own-directory-store.ts";
import { destroyDataOf } from "../device-data/model/jobs-store.ts";
import { type Guard, refuseIfFound, refuseUnlessFound, type Step } from "../../platform/db/guard.ts";
import { cancelReceivedInvitations } from "../invites/model/of-user-store.ts";
import { cancelInvitationsOf } from "../patient-invites/model/store.ts";
import { removePatient, removeSharingPatients } from "../patients/model/store.ts";
import { recountSites } from "../sites/model/store.ts";
import { recountTags } from "../tags/model/store.ts";
import { type Link, linksOf } from "./model/links-store.ts";

/**
 * Takes a user whose account was deleted out of every clinic: as a patient, as a member even where no admin is left, and
 * with the invitations they have sent or received. A clinic that has no clinician record left loses the patients who
 * share their data with it; those in its custody stay. What is known of the account goes last, and its address is free.
 * One batch a clinic, so that a large one holds up no other; when it is interrupted the same request finishes it. Takes one
 * round trip and one for each clinic.
 */
export async function deleteUser(ctx: Ctx, userId: string): Promise<void> {
  const { links } = await ctx.read({ links: linksOf(userId) });
  if (links.length === 0) {
    const outbox = [destroyDataOf(ctx, userId)];
    await ctx.commit({
      clinicId: null,
      patientId: userId,
      answer: undefined,
      steps: [revokeMailedTokens(userId), forgetUser(userId)],
      outbox,
    });
    return;
  }
  for (const [i, link] of links.entries()) await leave(ctx, userId, link, i < links.length - 1);
}

async function leave(ctx: Ctx, userId: string, first: Link, isPartial: boolean): Promise<void> {
  const { clinicId } = first;
  let read: Link | undefined = first;
  await untilFresh(async () => {
    const link: Link = read ?? (await linkNow(ctx, userId, clinicId));
    read = undefined;
    await ctx.commit({
      clinicId,
      ...(link.isPatient ? { patientId: userId } : {}),
      answer: undefined,
      isPartial,
      steps: [
        ...refuseUnlessAsRead(userId, link),
        ...removePatient(clinicId, userId, null, ctx.now),
        removeReceivedInvitations(clinicId, userId),
        cancelReceivedInvitations(clinicId, userId, ctx.now),
        cancelInvitationsOf(clinicId, userId, ctx.now),
        endClaim(userId),
        revokeMailedTokens(userId),
        ...(link.isClinician ? leaveAsClinician(ctx, userId, link) : []),
        ...(isPartial ? [] : [forgetUser(userId)]),
      ],
      outbox: isPartial ? [] : [destroyDataOf(ctx, userId)],
    });
  });
}

function leaveAsClinician(ctx: Ctx, userId: string, { clinicId, hasOthers }: Link): readonly Step[] {
  const membership = [...archiveMember(clinicId, userId, null, ctx.now), touchClinic(clinicId, ctx.now)];
  if (hasOthers) return membership;
  return [
    ...membership,
    ...removeSharingPatients(ctx, clinicId),
    ...recount(clinicId),
    ...recountTags(clinicId),
    ...recountSites(clinicId),
  ];
}

async function linkNow(ctx: Ctx, userId: string, clinicId: string): Promise<Link> {
  const { links } = await ctx.read({ links: linksOf(userId, clinicId) });
  return links[0] ?? { clinicId, isPatient: false, isClinician: false, hasOthers: false };
}

/** Who works in the clinic decides what happens to its patients: it must still be as it was read. */
function refuseUnlessAsRead(userId: string, { clinicId, isClinician, hasOthers }: Link): readonly Guard[] {
  const stale = () => new StaleRead();
  if (!isClinician) return [refuseIfFound(recordsOfUser(clinicId, userId), stale)];
  const others = recordsOfOthers(clinicId, userId);
  return [hasOthers ? refuseUnlessFound(others, stale) : refuseIfFound(others, stale)];
}
