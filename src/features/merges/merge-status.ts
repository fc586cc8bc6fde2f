import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { parsedJson, type Page, toDateTime } from "../../platform/core/wire.ts";
import type { Blocking } from "./plan/blocking.ts";
import type { MergeStatus } from "./status-schema.ts";
import { countKept, findMergeInto, listKept } from "./steps/store.ts";

export const mergeNotFound = () => notFound("merge");

/** The status of a merge, and after an undo a page of what it did not restore. */
export async function readMergeStatus(ctx: Ctx, targetId: string, mergeId: string, page: Page): Promise<MergeStatus> {
  const { merge, kept, count } = await ctx.read({
    merge: findMergeInto(targetId, mergeId),
    kept: listKept(mergeId, page),
    count: countKept(mergeId),
  });
  if (!merge) throw mergeNotFound();
  const instant = (at: number | null) => (at === null ? undefined : toDateTime(at));
  return {
    id: merge.id,
    sourceId: merge.sourceId,
    sourceName: merge.sourceName,
    targetId: merge.targetId,
    targetName: merge.targetName,
    phase: merge.phase,
    recordsDone: merge.recordsDone,
    recordsTotal: merge.recordsTotal,
    requestedBy: merge.requestedBy,
    undoRequestedBy: merge.undoRequestedBy ?? undefined,
    createdTime: toDateTime(merge.createdAt),
    mergedTime: instant(merge.mergedAt),
    undoneTime: instant(merge.undoneAt),
    errors: parsedJson<Blocking[]>(merge.errors),
    notRestored: merge.undoRequestedBy === null ? undefined : { count: count?.n ?? 0, records: kept },
  };
}
