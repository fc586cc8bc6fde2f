import { utf8 } from "../../../platform/core/utf8.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { badRequest, invalid, Refusal } from "../../../platform/core/errors.ts";
import { sha256 } from "../../../platform/core/ids.ts";
import { identifiersOf, orderOf, parseMeta } from "../redox/order.ts";
import { EHR_ORDER } from "../model/kinds.ts";
import { storeMessage } from "./store-message.ts";

/** The platform's limit for a row is 2 MB. */
const STORED_BYTES_MAX = 1_900_000;

/**
 * Stores a message of an EHR, once, whatever it is about. Orders are then applied in the background. Refuses a message
 * without data model or event type (400).
 */
export async function receiveMessage(ctx: Ctx, message: Readonly<Record<string, unknown>>): Promise<void> {
  const parsed = parseMeta(message);
  if ("malformed" in parsed) throw invalid(`request body has an error: ${parsed.malformed}`);
  if ("missing" in parsed) throw badRequest(parsed.missing);
  const { meta } = parsed;
  const text = JSON.stringify(message);
  // Numbers may be written longer than they were.
  if (utf8(text).length > STORED_BYTES_MAX) {
    throw new Refusal("bodyTooLarge", "request body has an error: it can't be stored");
  }
  const isOrder = meta.dataModel === "Order" && meta.eventType === "New";
  await storeMessage(
    ctx,
    {
      // Without an id of its own a message is recognised by its text.
      deduplicationKey: meta.deduplicationKey ?? `text:${await sha256(text)}`,
      provider: "redox",
      dataModel: meta.dataModel,
      eventType: meta.eventType,
      sourceId: meta.sourceId ?? null,
      isTest: meta.isTest,
      // An event of the future would go before all orders to come.
      eventAt: meta.eventAt === undefined ? null : Math.min(meta.eventAt, ctx.now),
      orderId: null,
      message: text,
    },
    isOrder ? { kind: EHR_ORDER, identifiers: identifiersOf(orderOf(message)) } : undefined,
  );
}
