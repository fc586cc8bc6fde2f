import type { Ctx } from "../../platform/context/context.ts";
import { Refusal } from "../../platform/core/errors.ts";
import { type DataOwners, reach } from "./calls.ts";
import { findKnownSet, type KnownSet } from "./known-set-read.ts";
import { toDataSet } from "./owner/data-set.ts";
import { readDataSetFilters } from "./model/query.ts";
import { closedSet, InvalidInput, unknownSet } from "./refusals.ts";

/** Whose the data set of the path is. One round trip, in which access is decided as well. */
export async function knownSet(ctx: Ctx, setId: string): Promise<KnownSet> {
  const { known } = await ctx.read({ known: findKnownSet(setId) });
  if (!known) throw unknownSet(setId);
  return known;
}

/** Reads an input. That the set is gone, or closed, is told before what is wrong with it; that it is refused before the latter. */
export async function unlessClosed<T>(
  owners: DataOwners,
  setId: string,
  { ownerId }: KnownSet,
  read: () => T | Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const set = await reach(owners(ownerId).findSet(setId));
    if (!set || set.deletedAt !== null) throw unknownSet(setId);
    const isForbidden = error instanceof Refusal && error.kind === "forbidden";
    throw set.closedAt === null || isForbidden ? error : closedSet(setId);
  }
}

/** A data set, also one that was deleted. */
export async function getSet(ctx: Ctx, owners: DataOwners, setId: string) {
  const { ownerId } = await knownSet(ctx, setId);
  const set = await reach(owners(ownerId).findSet(setId));
  if (!set) throw unknownSet(setId);
  ctx.auditRead(null, [ownerId]);
  return toDataSet(set);
}

/** A page of a person's data sets that readers see, newest first. The older list has fewer filters. */
export async function listSets(
  ctx: Ctx,
  owners: DataOwners,
  userId: string,
  parameters: URLSearchParams,
  list: "current" | "older",
) {
  const read = readDataSetFilters(parameters, list);
  if ("errors" in read) throw new InvalidInput(read.errors);
  await ctx.read({});
  const sets = await reach(owners(userId).listSets(read.filters));
  ctx.auditRead(null, [userId]);
  return sets.map(toDataSet);
}
