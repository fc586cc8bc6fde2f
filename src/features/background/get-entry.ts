import type { Ctx } from "../../platform/context/context.ts";
import { findEntry, type ShownEntry } from "../../platform/outbox/store.ts";
import { entryNotFound } from "./refusals.ts";

/** A mail or job, whatever its state. */
export async function getEntry(ctx: Ctx, id: string): Promise<ShownEntry> {
  const { entry } = await ctx.read({ entry: findEntry(id) });
  if (!entry) throw entryNotFound();
  return entry;
}
