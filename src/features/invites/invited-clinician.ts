import { touchClinic } from "../clinics/model/guards.ts";
import {
  clinicianNotFound,
  refuseIfMember,
  refuseUnlessInvited,
  refuseUnlessMigrated,
  requireMigrated,
} from "../clinicians/model/guards.ts";
import { type Clinician, toClinician } from "../clinicians/model/schema.ts";
import { associateInvited, findInvited, invitedAsRead, removeInvited } from "../clinicians/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseUnlessFound } from "../../platform/db/guard.ts";
import { endInvitation } from "./model/store.ts";

/** The record of a pending invitation. */
export async function getInvitedClinician(ctx: Ctx, clinicId: string, inviteId: string): Promise<Clinician> {
  const { invited } = await ctx.read({ invited: findInvited(clinicId, inviteId) });
  if (!invited) throw clinicianNotFound();
  return toClinician(invited);
}

/** Makes a user the member an invitation was meant for. Whether the address is theirs is for the calling service to know. */
export const associateClinician = (ctx: Ctx, clinicId: string, inviteId: string, userId: string): Promise<Clinician> =>
  untilFresh(async () => {
    const { invited, account } = await ctx.read({
      migrated: requireMigrated(clinicId),
      invited: findInvited(clinicId, inviteId),
      account: ctx.users.find(userId),
    });
    if (!invited) throw clinicianNotFound();
    const name = account?.profile.fullName ?? invited.name;
    const member = { ...invited, userId, inviteId: null, name, updatedAt: ctx.now };
    return ctx.commit({
      clinicId,
      answer: toClinician(member),
      steps: [
        ...refuseUnlessMigrated(clinicId),
        refuseUnlessInvited(clinicId, inviteId),
        refuseUnlessFound(invitedAsRead(invited), () => new StaleRead()),
        refuseIfMember(clinicId, userId),
        associateInvited(member),
        endInvitation(clinicId, inviteId, "completed", ctx.now),
        touchClinic(clinicId, ctx.now),
      ],
    });
  });

/** Removes the record of a pending invitation, and cancels the invitation. */
export async function deleteInvitedClinician(ctx: Ctx, clinicId: string, inviteId: string): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      ...refuseUnlessMigrated(clinicId),
      refuseUnlessInvited(clinicId, inviteId),
      removeInvited(clinicId, inviteId),
      endInvitation(clinicId, inviteId, "canceled", ctx.now),
      touchClinic(clinicId, ctx.now),
    ],
  });
}
