import { clinicianNotFound } from "../clinicians/guards.ts";
import { findInvited } from "../clinicians/store.ts";
import type { Ctx } from "../core/context.ts";
import { noMatchingInvite } from "./guards.ts";
import { type Confirmation, toConfirmation } from "./schema.ts";
import { findPending } from "./store.ts";

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
