import type { Ctx } from "../../platform/context/context.ts";
import { type DeadLetter, findDeadLetters } from "../../platform/outbox/dead-letters-store.ts";

/** At most `limit` messages that could not be processed, the oldest first, of those after an id. */
export async function listDeadLetters(ctx: Ctx, after: number, limit: number): Promise<DeadLetter[]> {
  return (await ctx.read({ letters: findDeadLetters(after, limit) })).letters;
}
