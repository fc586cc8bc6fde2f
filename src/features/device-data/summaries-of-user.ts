import type { Ctx } from "../../platform/context/context.ts";
import { toDateTime } from "../../platform/core/wire.ts";
import type { InnerSummary } from "../summaries/compute/inner-schema.ts";
import type { SummaryKind } from "../summaries/compute/kinds.ts";
import { type DataOwners, reach } from "./calls.ts";
import { findMigratable, findOutdated } from "./outdated-read.ts";
import { noSummary } from "./refusals.ts";

/** A summary as it was calculated last, and what makes it outdated since. */
export const getSummary = (ctx: Ctx, owners: DataOwners, kind: SummaryKind, userId: string): Promise<InnerSummary> =>
  summaryFrom(ctx, userId, () => owners(userId).summary(kind));

/** Calculates a summary now, and shows it in every clinic of the person. */
export const recomputeSummary = (
  ctx: Ctx,
  owners: DataOwners,
  kind: SummaryKind,
  userId: string,
): Promise<InnerSummary> => summaryFrom(ctx, userId, () => owners(userId).recompute(kind));

/** Access is decided before the object is asked. */
async function summaryFrom(ctx: Ctx, userId: string, ask: () => Promise<string | undefined>): Promise<InnerSummary> {
  await ctx.read({});
  const document = await reach(ask());
  if (document === undefined) throw noSummary(userId);
  ctx.auditRead(null, [userId]);
  return JSON.parse(document) as InnerSummary;
}

/** Whose summaries of a kind have waited the longest, and of which span of time that tells. */
export async function listOutdated(ctx: Ctx, kind: SummaryKind, size: number) {
  const { outdated } = await ctx.read({ outdated: findOutdated(kind, ctx.now, size) });
  const [first, last] = [outdated[0], outdated.at(-1)];
  return {
    userIds: outdated.map(({ userId }) => userId),
    start: toDateTime(first?.since ?? ctx.now),
    end: toDateTime(last?.since ?? ctx.now),
  };
}

/** Whose summaries were calculated by earlier rules. */
export async function listMigratable(ctx: Ctx, size: number): Promise<string[]> {
  const { userIds } = await ctx.read({ userIds: findMigratable(size) });
  return userIds;
}
