import { auditAcrossClinics } from "../../../platform/audit/audit-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { refuseUnlessFound } from "../../../platform/db/guard.ts";
import { NothingConcerned, unlessNothingConcerned } from "../model/nothing-concerned.ts";
import { recordsWhere, removeSummary, withSummary } from "./summary-store.ts";

/**
 * Takes a summary from every record that has it, in all clinics and in one batch; the records count as unchanged. Says
 * whether any record had it.
 */
export const deleteSummary = (ctx: Ctx, summaryId: string): Promise<boolean> =>
  unlessNothingConcerned(() =>
    ctx.commit({
      clinicId: null,
      answer: undefined,
      steps: [
        refuseUnlessFound(recordsWhere(withSummary(summaryId)), () => new NothingConcerned()),
        auditAcrossClinics(ctx, recordsWhere(withSummary(summaryId))),
        ...removeSummary(summaryId),
      ],
      audit: [],
    }),
  );
