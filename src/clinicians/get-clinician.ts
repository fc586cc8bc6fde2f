import type { Ctx } from "../core/context.ts";
import { clinicianNotFound } from "./guards.ts";
import { type Clinician, toClinician } from "./schema.ts";
import { findMember } from "./store.ts";

/** A member of the clinic. Invitations have no user id, so none is ever found here. */
export async function getClinician(ctx: Ctx, clinicId: string, userId: string): Promise<Clinician> {
  const { member } = await ctx.read({ member: findMember(clinicId, userId) });
  if (!member) throw clinicianNotFound();
  return toClinician(member);
}
