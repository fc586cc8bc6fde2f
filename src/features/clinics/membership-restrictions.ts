import type { Ctx } from "../../platform/context/context.ts";
import { parsedJson, storedJson } from "../../platform/core/wire.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { clinicNotFound } from "./model/guards.ts";
import type { MembershipRestrictions } from "./model/settings-schema.ts";
import { findStoredSettings, setMembershipRestrictions } from "./model/settings-store.ts";

type Restrictions = NonNullable<MembershipRestrictions["restrictions"]>;

/** Who may accept an invitation to the clinic; empty when anybody may. */
export async function listMembershipRestrictions(ctx: Ctx, clinicId: string): Promise<MembershipRestrictions> {
  const { stored } = await ctx.read({ stored: findStoredSettings(clinicId) });
  if (!stored) throw clinicNotFound();
  return answerWith(parsedJson<Restrictions>(stored.membershipRestrictions) ?? []);
}

/** Replaces the restrictions, in the order given; those who are members already stay members. */
export async function replaceMembershipRestrictions(
  ctx: Ctx,
  clinicId: string,
  { restrictions = [] }: MembershipRestrictions,
): Promise<MembershipRestrictions> {
  const kept = restrictions.map(({ emailDomain, requiredIdp }) =>
    requiredIdp ? { emailDomain, requiredIdp } : { emailDomain },
  );
  return ctx.commit({
    clinicId,
    answer: answerWith(kept),
    steps: [
      setMembershipRestrictions(clinicId, kept.length > 0 ? storedJson(kept) : null, ctx.now),
      refuseIfUnchanged(clinicNotFound),
    ],
  });
}

const answerWith = (restrictions: Restrictions): MembershipRestrictions =>
  restrictions.length > 0 ? { restrictions } : {};
