import type { Ctx } from "../../../platform/context/context.ts";
import { Refusal } from "../../../platform/core/errors.ts";
import { refuseUnlessFound } from "../../../platform/db/guard.ts";
import { insertJobsOfUser, startRuns } from "../model/jobs-store.ts";
import { connectedClinic } from "./sync-store.ts";

const noMatchingClinic = () => new Refusal("notFound", "not found: couldn't find a matching clinic");

/**
 * Records a sync of all patients of a clinic whose EHR has ordered it; jobs for them are made in the background. A sync
 * that is under way absorbs another one. Refuses a clinic that Redox doesn't connect (404).
 */
export const syncClinic = (ctx: Ctx, clinicId: string): Promise<void> =>
  ctx.commit({
    clinicId,
    answer: undefined,
    steps: [refuseUnlessFound(connectedClinic(clinicId), noMatchingClinic)],
    outbox: startRuns(ctx, connectedClinic(clinicId)),
  });

/** Records a job for each of the user's records whose clinic wants reports after uploads; none is no refusal. */
export const syncPatient = (ctx: Ctx, userId: string): Promise<void> =>
  ctx.commit({
    clinicId: null,
    patientId: userId,
    answer: undefined,
    steps: [],
    outbox: insertJobsOfUser(ctx, userId),
  });
