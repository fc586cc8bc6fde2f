import { clinicianNotFound } from "../clinicians/model/guards.ts";
import { findInvited } from "../clinicians/model/store.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { noMatchingInvite } from "./model/guards.ts";
import { type Confirmation, toConfirmation } from "./model/schema.ts";
import { findPending } from "./model/store.ts";

/** A pending invitation of the clinic. */
export async function getInvite(ctx: Ctx, clinicId: string, inviteId: string): Promise<Confirmation> {
  const { invited, invitation } = await ctx.read({
    invited: findInvited(clinicId, inviteId),
    invitation: findPending(inviteId),
  });
  if (!invited) throw clinicianNotFound();
  if (invitation?.clinicId !== clinicId) throw noMatchingInvite();
  return toConfirmation(invitation);
}
