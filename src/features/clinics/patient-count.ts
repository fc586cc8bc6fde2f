import type { Ctx } from "../../platform/context/context.ts";
import { recountSites } from "../sites/model/store.ts";
import { recountTags } from "../tags/model/store.ts";
import { clinicNotFound, refuseUnlessClinic } from "./model/guards.ts";
import { findPatientTotals, listProviderCounts, type ProviderCountRow, recount } from "./model/patient-counts-store.ts";
import type { PatientCount } from "./model/settings-schema.ts";

/** How many patients the clinic has, from the numbers kept beside it. */
export async function getPatientCount(ctx: Ctx, clinicId: string): Promise<PatientCount> {
  const { totals, entries } = await ctx.read({
    totals: findPatientTotals(clinicId),
    entries: listProviderCounts(clinicId),
  });
  if (!totals) throw clinicNotFound();
  return entries.length > 0 ? { ...totals, providers: providersOf(entries) } : totals;
}

/**
 * Recounts the clinic's patients, also those of its tags and sites. Every write keeps the numbers exact: this corrects
 * what came in another way.
 */
export async function refreshPatientCount(ctx: Ctx, clinicId: string): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [refuseUnlessClinic(clinicId), ...recount(clinicId), ...recountTags(clinicId), ...recountSites(clinicId)],
  });
}

function providersOf(entries: readonly ProviderCountRow[]): NonNullable<PatientCount["providers"]> {
  const byProvider = Map.groupBy(entries, (entry) => entry.provider);
  return Object.fromEntries(
    [...byProvider].map(([provider, ofProvider]) => [
      provider,
      {
        total: ofProvider.reduce((total, { n }) => total + n, 0),
        states: Object.fromEntries(ofProvider.map(({ state, n }) => [state, n])),
      },
    ]),
  );
}
