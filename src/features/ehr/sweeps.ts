import { newObjectId } from "../../platform/core/ids.ts";
import type { Sweep } from "../../platform/cron/sweeps.ts";
import { publishEntries } from "../../platform/outbox/publish.ts";
import { type Entry, entriesOfBatch } from "../../platform/outbox/store.ts";
import { expireJobs, startRuns } from "./model/jobs-store.ts";
import { clinicsAmong, findDueClinics, forgetOldRuns, planNextRuns } from "./model/schedule-store.ts";
import { expireMessages } from "./orders/orders-store.ts";
import { redoxSettings } from "./redox/settings.ts";
import { settingsOf } from "../../platform/core/settings.ts";
import { endPauses } from "./model/pauses-store.ts";
import { expireViews } from "./model/xealth-store.ts";
import { expirePreorders } from "./xealth/preorders-store.ts";

const DAY_MS = 86_400_000;
/** Each clinic is one row; its jobs are made in the background. */
const CLINICS_AT_ONCE = 100;
const RUNS_KEPT_MS = 90 * DAY_MS;
const RUNS_AT_ONCE = 1000;
const JOBS_AT_ONCE = 1000;
const MESSAGES_AT_ONCE = 200;
const PREORDERS_AT_ONCE = 1000;
/** Our choice: who has not looked for so long sees an alert. */
const VIEWS_KEPT_MS = 365 * DAY_MS;
const VIEWS_AT_ONCE = 1000;
/** A message that is still answered, or a job that is still needed, is looked at again after this time. */
const LOOK_AGAIN_MS = 30 * DAY_MS;

export const sweeps: readonly Sweep[] = [
  {
    name: "start scheduled syncs",
    async run({ bindings, db, now }) {
      if (!settingsOf(bindings).of(redoxSettings).transport) return;
      const due = findDueClinics(now, CLINICS_AT_ONCE);
      const ids = (await due.take(await db.batch(due.statements))).map(({ id }) => id);
      if (ids.length === 0) return;
      const ctx = { now, outboxBatch: crypto.randomUUID(), newId: () => newObjectId(now) };
      const results = await db.batch([
        ...startRuns(ctx, clinicsAmong(ids)),
        ...planNextRuns(ids, now),
        entriesOfBatch(ctx.outboxBatch),
      ]);
      await publishEntries(bindings, results.at(-1) as unknown as Entry[]);
    },
  },
  {
    name: "forget what an EHR got",
    async run({ db, now }) {
      await db.batch([
        ...expireJobs(now, now + LOOK_AGAIN_MS, JOBS_AT_ONCE),
        ...forgetOldRuns(now - RUNS_KEPT_MS, RUNS_AT_ONCE),
        ...expireMessages(now, now + LOOK_AGAIN_MS, MESSAGES_AT_ONCE),
        endPauses(now),
        expirePreorders(now, PREORDERS_AT_ONCE),
        expireViews(now - VIEWS_KEPT_MS, VIEWS_AT_ONCE),
      ]);
    },
  },
];
