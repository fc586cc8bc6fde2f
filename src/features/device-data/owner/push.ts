import type { Db } from "../../../platform/db/client.ts";
import { askingOf } from "../../../platform/db/read.ts";
import { newObjectId } from "../../../platform/core/ids.ts";
import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { type Entry, entriesOfBatch } from "../../../platform/outbox/store.ts";
import {
  beginPush,
  endPush,
  hasPending,
  type Push,
  replacePush,
  takePending,
  unfinishedPush,
} from "./pending-store.ts";
import { HasArrived, IsOvertaken, lastRevision, takePush } from "./push-store.ts";
import { calculateDue, settleSummary, waitingSince } from "./summaries.ts";

/**
 * What the database is to be told next, if anything: a push that was begun before, as it was; or a new one, which is kept
 * until it has arrived, so that what is sent again is the same.
 */
export function makePush(
  sql: ObjectSql,
  {
    ownerId,
    now,
    nextRevision,
  }: { readonly ownerId: string; readonly now: number; readonly nextRevision: () => number },
): Push | undefined {
  const begun = unfinishedPush(sql);
  if (begun) return begun;
  const { pending, upTo } = takePending(sql);
  const summaries = calculateDue(sql, ownerId, now);
  if (pending.length === 0 && summaries.length === 0) return undefined;
  const last = pending.findLastIndex(({ kind }) => kind === "destroyed");
  const isDestroyed = last >= 0;
  const push: Push = {
    id: crypto.randomUUID(),
    revision: nextRevision(),
    ownerId,
    at: now,
    // Sets that were destroyed before they were known are nobody's.
    pending: pending.filter(({ kind }, i) => kind === "audit" || (kind === "set" && i > last)),
    upTo,
    summaries: isDestroyed
      ? [...GONE.filter(({ kind }) => !summaries.some((it) => it.kind === kind)), ...summaries]
      : summaries,
    isDestroyed,
    outdated: waitingSince(sql),
  };
  beginPush(sql, push);
  return push;
}

const GONE = (["cgm", "bgm"] as const).map((kind) => ({
  kind,
  document: null,
  stats: null,
  triggersSync: false,
}));

/** Sends a push. The entries of the outbox that it has caused; or "again", where its number had to be changed. */
export async function sendPush(
  db: Db,
  push: Push,
  renumber: (revision: number) => void,
): Promise<readonly Entry[] | "again"> {
  const outboxBatch = crypto.randomUUID();
  const { at: now } = push;
  const writer = { now, outboxBatch, newId: () => newObjectId(now) };
  try {
    const results = await db.batch([...takePush(push, writer), entriesOfBatch(outboxBatch)]);
    return results.at(-1) as unknown as Entry[];
  } catch (error) {
    // Entries of a push that has arrived before are sent by the sweep.
    if (error instanceof HasArrived) return [];
    if (!(error instanceof IsOvertaken)) throw error;
    const { revision } = await askingOf(db).read({ revision: lastRevision(push.ownerId) });
    renumber(revision + 1);
    return "again";
  }
}

/** Gives a push another number. */
export const renumberPush = (sql: ObjectSql, push: Push, revision: number): void =>
  replacePush(sql, { ...push, revision });

/** A push has arrived: what it told is settled. Says whether nothing is left of the person. */
export function finishPush(sql: ObjectSql, push: Push): boolean {
  endPush(sql, push);
  for (const summary of push.summaries) settleSummary(sql, summary);
  if (!push.isDestroyed || hasPending(sql)) return false;
  return sql.first("SELECT 1 AS one FROM sets LIMIT 1") === undefined;
}
