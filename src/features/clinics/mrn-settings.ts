import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { clinicNotFound } from "./model/guards.ts";
import type { MrnSettings } from "./model/settings-schema.ts";
import { findStoredSettings, setMrnSettings } from "./model/settings-store.ts";

/** The clinic's rules for MRNs. That none were ever set is a refusal: callers take it as no rules. */
export async function getMrnSettings(ctx: Ctx, clinicId: string): Promise<MrnSettings> {
  const { stored } = await ctx.read({ stored: findStoredSettings(clinicId) });
  if (!stored) throw clinicNotFound();
  if (stored.mrnRequired === null || stored.mrnUnique === null) throw notFound();
  return { required: stored.mrnRequired === 1, unique: stored.mrnUnique === 1 };
}

/** Replaces the clinic's rules for MRNs. Patients that break them are left alone until they are edited. */
export async function replaceMrnSettings(ctx: Ctx, clinicId: string, settings: MrnSettings): Promise<MrnSettings> {
  const { required, unique } = settings;
  return ctx.commit({
    clinicId,
    answer: { required, unique },
    steps: [setMrnSettings(clinicId, required, unique, ctx.now), refuseIfUnchanged(clinicNotFound)],
  });
}
