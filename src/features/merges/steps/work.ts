import type { Caller } from "../../../platform/auth/caller.ts";
import { newObjectId } from "../../../platform/core/ids.ts";
import type { Db } from "../../../platform/db/client.ts";
import type { Step } from "../../../platform/db/guard.ts";
import type { Read } from "../../../platform/db/read.ts";
import { type Entry, entriesOfBatch } from "../../../platform/outbox/store.ts";
import { amongMany } from "../../patients/model/changes-store.ts";
import { clinicsOfMerge, type MergeRow, readStanding, type Standing } from "./store.ts";

/** What a step of a merge may know: nothing that is not in the database or the deployment's configuration. */
export interface MergeWork {
  readonly db: Db;
  readonly now: number;
  readonly demoPatientUserId: string | undefined;
  /** How many patients a step moves. */
  readonly patientsPerStep: number;
  /** What the step puts in the outbox carries this. */
  readonly outboxBatch: string;
  /** What the step has put in the outbox: to be sent to its queue. */
  readonly outboxEntries: Entry[];
  /** Keeps the answer of the request that asked, in the batch in which its wish is fulfilled. */
  readonly keepAnswer: (merge: MergeRow) => readonly Step[];
}

/** The actor of audit rows: the caller who asked for the merge, or for its undo. */
export function actorOf(merge: MergeRow, now: number) {
  const isUndo = merge.undoRequestedBy !== null;
  const id = merge.undoRequestedBy ?? merge.requestedBy;
  return {
    now,
    requestId: merge.undoRequestId ?? merge.requestId,
    operationId: isUndo ? "UndoMerge" : "MergeClinic",
    caller: { kind: "service", id, scopes: undefined } satisfies Caller as Caller,
  };
}

export const outboxWriterOf = ({ now, outboxBatch }: MergeWork) => ({
  now,
  outboxBatch,
  newId: () => newObjectId(now),
});

/**
 * Writes a step, notes what it puts in the outbox, and reads how the merge stands after it: one round trip for it all.
 * What is not written is thrown.
 */
export async function commitStep(
  { db, outboxBatch, outboxEntries, patientsPerStep }: MergeWork,
  mergeId: string,
  steps: readonly Step[],
): Promise<Standing | undefined> {
  const standing = readStanding(mergeId, patientsPerStep);
  const all = amongMany(clinicsOfMerge(mergeId), steps);
  const results = await db.batch([...all, entriesOfBatch(outboxBatch), ...standing.statements]);
  outboxEntries.push(...(results[all.length] as unknown as Entry[]));
  return standing.take(results.slice(all.length + 1));
}

export const ask = async <T>({ db }: MergeWork, read: Read<T>): Promise<T> =>
  read.take(await db.batch(read.statements));
