import type { Ctx } from "../../../platform/context/context.ts";
import { refuseIfFound } from "../../../platform/db/guard.ts";
import type { OutboxKind } from "../../../platform/outbox/kinds.ts";
import { enqueueOrder, insertMessage, messageWithKey, type NewMessage } from "./orders-store.ts";

const DAY_MS = 86_400_000;
/** Our choice, as for jobs: long enough to explain what an EHR got and why. */
const MESSAGE_KEPT_MS = 90 * DAY_MS;

/** The message was received before. */
class ReceivedBefore extends Error {
  static override readonly name: string = "ReceivedBefore";
}

/**
 * Stores a message of an EHR, once; an order is applied in the background by jobs of its kind, and waits under the
 * identifiers of its patient.
 */
export async function storeMessage(
  ctx: Ctx,
  it: Omit<NewMessage, "id" | "receivedAt" | "expiresAt" | "isOrder">,
  order: { readonly kind: OutboxKind; readonly identifiers: readonly string[] } | undefined,
): Promise<void> {
  const id = ctx.newId();
  const isOrder = order !== undefined;
  const message = { ...it, id, receivedAt: ctx.now, expiresAt: ctx.now + MESSAGE_KEPT_MS, isOrder };
  try {
    await ctx.commit({
      clinicId: null,
      answer: undefined,
      steps: [
        refuseIfFound(messageWithKey(it.deduplicationKey), () => new ReceivedBefore()),
        ...insertMessage(message, order?.identifiers ?? []),
      ],
      outbox: order ? [enqueueOrder(ctx, id, order.kind)] : [],
    });
  } catch (error) {
    if (!(error instanceof ReceivedBefore)) throw error;
  }
}
