import type { Ctx } from "../../platform/context/context.ts";
import { type PatientInvitation, toPatientInvitation } from "./model/schema.ts";
import { creatorsOfPending, listPending } from "./model/store.ts";

/** What waits for the clinic's answer, newest first, expired invitations included: they can still be accepted. */
export async function listInvitations(ctx: Ctx, clinicId: string): Promise<PatientInvitation[]> {
  const { invitations, creators } = await ctx.read({
    invitations: listPending(clinicId),
    creators: ctx.users.findAll(creatorsOfPending(clinicId)),
  });
  const creatorOf = new Map(creators.map((user) => [user.id, user]));
  const ids = [...new Set(invitations.map(({ creatorId }) => creatorId))];
  if (ids.length > 0) ctx.auditRead(clinicId, ids);
  return invitations.map((row) => toPatientInvitation(row, creatorOf.get(row.creatorId)));
}
