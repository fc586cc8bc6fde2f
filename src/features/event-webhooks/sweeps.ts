import { newObjectId } from "../../platform/core/ids.ts";
import type { Sweep, SweepWork } from "../../platform/cron/sweeps.ts";
import { askingOf } from "../../platform/db/read.ts";
import { type Entry, entriesOfBatch } from "../../platform/outbox/store.ts";
import { publishEntries } from "../../platform/outbox/publish.ts";
import { removeEnded, subscriptionsWaiting, takeEvents } from "./store.ts";

const SUBSCRIPTIONS_AT_ONCE = 20;
const EVENTS_OF_ONE = 100;
/** About as many subscriptions are served in one run. */
const SERVED_MAX = 1000;
/** Those whose receivers fail are passed over: they hold up no others. */
const LOOKED_AT_ONCE = 500;
const PAGES_MAX = 40;

/** Takes what waits to the outbox, of each subscription a bounded number; of one that fails one, from time to time. */
async function takeWaiting({ bindings, db, now }: SweepWork): Promise<void> {
  let after = "";
  let served = 0;
  for (let page = 0; page < PAGES_MAX && served < SERVED_MAX; page++) {
    const { found } = await askingOf(db).read({ found: subscriptionsWaiting(after, LOOKED_AT_ONCE) });
    const due = found.filter(({ retryAt }) => (retryAt ?? 0) <= now);
    for (let at = 0; at < due.length; at += SUBSCRIPTIONS_AT_ONCE) {
      const ctx = { now, outboxBatch: crypto.randomUUID(), newId: () => newObjectId(now) };
      const steps = due
        .slice(at, at + SUBSCRIPTIONS_AT_ONCE)
        .flatMap(({ id, failingSince }) => takeEvents(ctx, id, failingSince === null ? EVENTS_OF_ONE : 1));
      const results = await db.batch([...steps, entriesOfBatch(ctx.outboxBatch)]);
      await publishEntries(bindings, results.at(-1) as unknown as Entry[]);
    }
    served += due.length;
    if (found.length < LOOKED_AT_ONCE) return;
    after = found.at(-1)!.id;
  }
}

export const sweeps: readonly Sweep[] = [
  { name: "take events", run: takeWaiting },
  {
    name: "end event subscriptions",
    async run({ db, now }) {
      await db.batch(removeEnded(now));
    },
  },
];
