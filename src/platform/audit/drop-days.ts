import { settingsOf } from "../core/settings.ts";
import type { SweepWork } from "../cron/sweeps.ts";
import { askingOf } from "../db/read.ts";
import { dayToDrop, dropAccesses, findAccessUpTo, recordDrop } from "./days-store.ts";
import { dayBefore } from "./days.ts";
import { rangeOf } from "./postings.ts";
import { dropRangesBefore } from "./postings-store.ts";
import { dropSeals } from "./seals-store.ts";
import { auditDays } from "./settings.ts";

const DROPPED_AT_ONCE = 1000;
const TIMES_MAX = 10;

/** Removes what is exported and older than it is kept: the oldest day's entries, some at a time, then its seals. */
export async function dropDays({ bindings, trail, now }: SweepWork): Promise<void> {
  const before = dayBefore(now, settingsOf(bindings).of(auditDays));
  const { old } = await askingOf(trail).read({ old: dayToDrop(before) });
  if (!old) return;
  const left = findAccessUpTo(old.last);
  for (let times = 0; times < TIMES_MAX; times++) {
    const results = await trail.batch([dropAccesses(old.last, DROPPED_AT_ONCE), ...left.statements]);
    if (await left.take(results.slice(1))) continue;
    await trail.batch([dropRangesBefore(rangeOf(old.last + 1)), dropSeals(old.last), recordDrop(old.day, now)]);
    return;
  }
}
