import { newObjectId } from "../../../platform/core/ids.ts";
import { refuseIfUnchanged } from "../../../platform/db/guard.ts";
import { askingOf } from "../../../platform/db/read.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import { insertJobsOfPage } from "../model/jobs-store.ts";
import { advanceRun, findOpenRun, finishRun, type OpenRun } from "./sync-store.ts";

/** Our choice: a page takes the database some tens of milliseconds, and its messages fill five batches. */
const PATIENTS_PER_PAGE = 500;

/** Another consumer has made this page, or the run was started again. */
class RunMoved extends Error {
  static override readonly name: string = "RunMoved";
}

/**
 * Makes the jobs for the next page of a clinic's subscribed patients. A clinic that is no longer connected gets none. The
 * entry of the next page goes behind the jobs of this one: a large clinic does not hold up orders and other clinics.
 */
export async function makeJobs(work: JobWork, runId: string): Promise<JobOutcome> {
  const { run } = await askingOf(work.db).read({ run: findOpenRun(runId, PATIENTS_PER_PAGE) });
  if (!run) return "done";
  const isOver = run.until === null || run.isConnected === 0;
  try {
    await work.db.batch([
      isOver ? finishRun(run, work.now) : advanceRun(run),
      refuseIfUnchanged(() => new RunMoved()),
      ...(isOver ? [] : jobsOfPage(work, run)),
    ]);
  } catch (error) {
    if (!(error instanceof RunMoved)) throw error;
    return "again";
  }
  return isOver ? "done" : "again";
}

function jobsOfPage({ now, outboxBatch }: JobWork, { clinicId, cursor, until, createdAt }: OpenRun) {
  const writer = { now, outboxBatch, newId: () => newObjectId(now) };
  return insertJobsOfPage(writer, clinicId, { after: cursor, until: until ?? cursor }, createdAt);
}
