import type { Ctx } from "../../platform/context/context.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { clinicNotFound } from "./model/guards.ts";
import { setTier } from "./model/settings-store.ts";

/** Moves a clinic to a tier. Its patient limits stay stored, whether or not they hold in the new tier. */
export async function changeTier(ctx: Ctx, clinicId: string, tier: string): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [setTier(clinicId, tier, ctx.now), refuseIfUnchanged(clinicNotFound)],
  });
}
