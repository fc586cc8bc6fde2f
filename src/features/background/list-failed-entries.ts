import type { Ctx } from "../../platform/context/context.ts";
import { listFailed, type ShownEntry } from "../../platform/outbox/store.ts";
import { failedPlaceOf } from "./rules.ts";

/** At most `limit` failed mails and jobs, in the order in which they failed, after the one whose cursor it is. */
export async function listFailedEntries(ctx: Ctx, cursor: string | undefined, limit: number): Promise<ShownEntry[]> {
  const { finishedAt, id } = failedPlaceOf(cursor);
  return (await ctx.read({ failed: listFailed(finishedAt, id, limit) })).failed;
}
