import type { QueuedAccess } from "../audit/audit-store.ts";
import { readAccess, recordAccesses } from "../audit/consumer.ts";
import type { SweepWork } from "../cron/sweeps.ts";
import { askingOf } from "../db/read.ts";
import { deadAuditMessages, settleDeadAudit } from "./dead-letters-store.ts";

const MESSAGES_AT_ONCE = 100;

/** Records the messages that the consumer gave up. One that nobody can read stays a dead letter, out of the way. */
export async function putAuditBack({ db, trail }: SweepWork): Promise<void> {
  const { dead } = await askingOf(db).read({ dead: deadAuditMessages(MESSAGES_AT_ONCE) });
  if (dead.length === 0) return;
  const accesses: QueuedAccess[] = [];
  const unreadable: number[] = [];
  for (const { id, body } of dead) {
    const access = await readAccess(JSON.parse(body));
    if (access) accesses.push(access);
    else unreadable.push(id);
  }
  await recordAccesses(trail, accesses);
  const recorded = dead.map(({ id }) => id).filter((id) => !unreadable.includes(id));
  await db.batch(settleDeadAudit(recorded, unreadable));
}
