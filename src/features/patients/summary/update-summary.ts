import { auditAcrossClinics } from "../../../platform/audit/audit-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { refuseUnlessFound } from "../../../platform/db/guard.ts";
import { insertJobsOfUser } from "../../ehr/model/jobs-store.ts";
import { triggersSync } from "../../summaries/compute/reasons.ts";
import type { PatientSummary } from "../../summaries/schema.ts";
import { NothingConcerned, unlessNothingConcerned } from "../model/nothing-concerned.ts";
import { ofUser, recordsWhere, removeSummaries, replaceSummaries } from "./summary-store.ts";

/**
 * Gives all records of a user the summary they have now, in one batch: each type that comes with an id replaces what
 * was there, another stays. Without a summary both are removed. After an upload the EHRs that have ordered the numbers get
 * them. Says whether the user has any record.
 */
export function updateSummary(ctx: Ctx, userId: string, summary: PatientSummary | undefined): Promise<boolean> {
  const { cgmStats, bgmStats } = summary ?? {};
  const given = {
    ...(cgmStats?.id !== undefined && { cgm: cgmStats }),
    ...(bgmStats?.id !== undefined && { bgm: bgmStats }),
  };
  return unlessNothingConcerned(() =>
    ctx.commit({
      clinicId: null,
      answer: undefined,
      steps: [
        refuseUnlessFound(recordsWhere(ofUser(userId)), () => new NothingConcerned()),
        auditAcrossClinics(ctx, recordsWhere(ofUser(userId))),
        ...(summary ? replaceSummaries(userId, given, ctx.now) : removeSummaries(userId, ctx.now)),
      ],
      audit: [],
      outbox: Object.values(given).some(triggersSync) ? insertJobsOfUser(ctx, userId) : [],
    }),
  );
}
