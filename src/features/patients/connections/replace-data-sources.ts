import { auditAcrossClinics } from "../../../platform/audit/audit-store.ts";
import { adjustSourceCounters } from "../../clinics/model/patient-counts-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { type DataSource, storedDataSources } from "../model/schema.ts";
import { clinicsWithPatient, setDataSources } from "../model/store.ts";

/**
 * Gives all of a user's records, in whatever clinics, this list of data sources in place of theirs: one batch, with the
 * numbers of every clinic and an audit row for each record. Nothing happens for a user who is nobody's patient.
 */
export async function replaceDataSources(ctx: Ctx, userId: string, sources: readonly DataSource[]): Promise<void> {
  await ctx.commit({
    clinicId: null,
    answer: undefined,
    steps: [
      ...adjustSourceCounters(userId, -1),
      setDataSources(userId, storedDataSources(sources), ctx.now),
      ...adjustSourceCounters(userId, 1),
    ],
    audit: [auditAcrossClinics(ctx, clinicsWithPatient(userId))],
  });
}
