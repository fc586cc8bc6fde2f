import type { SweepWork } from "../cron/sweeps.ts";
import { askingOf } from "../db/read.ts";
import { recordAccesses } from "./consumer.ts";
import { forgetChanges, oldestChanges } from "./move-store.ts";

const ROWS_AT_ONCE = 1000;
/** The most of one run: ten bulk changes of a thousand patients. */
const TIMES_MAX = 10;

/**
 * Moves what changes have left in the records' database to the trail, once each: an entry's id is that of its row, and a
 * row is removed when its entry is written.
 */
export async function moveChanges({ db, trail }: SweepWork): Promise<void> {
  for (let times = 0; times < TIMES_MAX; times++) {
    const { changes } = await askingOf(db).read({ changes: oldestChanges(ROWS_AT_ONCE) });
    await recordAccesses(trail, changes);
    if (changes.length > 1) await db.batch([forgetChanges(changes.map(({ rowId }) => rowId))]);
    if (changes.length < ROWS_AT_ONCE) return;
  }
}
