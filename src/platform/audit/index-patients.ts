import type { SweepWork } from "../cron/sweeps.ts";
import { askingOf } from "../db/read.ts";
import { accessesAfter } from "./accesses-store.ts";
import { postingsOf, RANGE_SIZE } from "./postings.ts";
import { addPostings, advance, mergeRange, readProgress } from "./postings-store.ts";

/** Below this the rows of all buckets would be written for too few accesses; until then they are read directly. */
const INDEXED_TOGETHER_MIN = 160;
const INDEXED_TOGETHER_MAX = 1000;
const TIMES_MAX = 10;

/** Lets postings lead from patients to the accesses that have arrived. Each batch is done whole or not at all. */
export async function indexPatients({ trail }: Pick<SweepWork, "trail">): Promise<void> {
  let { indexed, merged, newest } = (await askingOf(trail).read({ progress: readProgress() })).progress;
  for (let times = 0; times < TIMES_MAX && newest - indexed >= INDEXED_TOGETHER_MIN; times++) {
    const { accesses } = await askingOf(trail).read({ accesses: accessesAfter(indexed, INDEXED_TOGETHER_MAX) });
    const last = accesses.at(-1)!.seq;
    await trail.batch([...advance("indexed", indexed, last), ...addPostings(postingsOf(accesses))]);
    indexed = last;
  }
  // Of a range whose accesses have all arrived.
  if ((merged + 1) * RANGE_SIZE <= indexed + 1)
    await trail.batch([...advance("merged", merged, merged + 1), ...mergeRange(merged)]);
}
