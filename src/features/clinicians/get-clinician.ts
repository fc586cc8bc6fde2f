import type { Ctx } from "../../platform/context/context.ts";
import { clinicianNotFound } from "./model/guards.ts";
import { type Clinician, toClinician } from "./model/schema.ts";
import { findMember } from "./model/store.ts";

/** A member of the clinic. Invitations have no user id, so none is ever found here. */
export async function getClinician(ctx: Ctx, clinicId: string, userId: string): Promise<Clinician> {
  const { member } = await ctx.read({ member: findMember(clinicId, userId) });
  if (!member) throw clinicianNotFound();
  return toClinician(member);
}
