import { newObjectId } from "../../../platform/core/ids.ts";
import { refuseIfUnchanged } from "../../../platform/db/guard.ts";
import { askingOf } from "../../../platform/db/read.ts";
import type { JobOutcome, JobWork } from "../../../platform/outbox/registry.ts";
import { insertJobsOfPage } from "../model/jobs-store.ts";
import { advanceRun, findOpenRun, finishRun } from "./sync-store.ts";

/** Our choice: a page takes the database some tens of milliseconds, and its messages fill five batches. */
const PATIENTS_PER_PAGE = 500;

/** Another consumer has made this page. */
class PageMade extends Error {}

/** Makes the jobs for the next page of a clinic's subscribed patients. A clinic that is no longer connected gets none. */
export async function makeJobs(work: JobWork, runId: string): Promise<JobOutcome> {
  const { run } = await askingOf(work.db).read({ run: findOpenRun(runId, PATIENTS_PER_PAGE) });
  if (!run) return "done";
  if (run.until === null || run.isConnected === 0) return { done: true, finishing: [finishRun(runId, work.now)] };
  const writer = { now: work.now, outboxBatch: work.outboxBatch, newId: () => newObjectId(work.now) };
  const page = { after: run.cursor, until: run.until };
  try {
    await work.db.batch([
      advanceRun(run, run.until),
      refuseIfUnchanged(() => new PageMade()),
      ...insertJobsOfPage(writer, run.clinicId, page, run.createdAt),
    ]);
  } catch (error) {
    if (!(error instanceof PageMade)) throw error;
  }
  return "again";
}
