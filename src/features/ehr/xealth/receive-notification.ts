import type { Ctx } from "../../../platform/context/context.ts";
import { refuseIfFound } from "../../../platform/db/guard.ts";
import { DateTime, fromDateTime } from "../../../platform/core/wire.ts";
import { sha256 } from "../../../platform/core/ids.ts";
import { comparedIdentifiers } from "../model/identity.ts";
import type { JsonObject } from "../model/json.ts";
import { XEALTH_ORDER } from "../model/kinds.ts";
import { enqueueOrder, insertMessage, messageWithKey } from "../orders/orders-store.ts";
import { MESSAGE_KEPT_MS } from "../orders/receive-message.ts";
import { findClinics } from "./match-store.ts";
import { clinicAmong } from "./match.ts";
import { cutText, requestOf, storedText } from "./requests.ts";

/** What is done with an order, by its event. */
export const EVENTS: ReadonlySet<string | undefined> = new Set(["new", "cancel"]);

/** The event was received before. */
class ReceivedBefore extends Error {}

/**
 * Stores an event of an order, once, to be applied in the background. Events of other kinds, of other programs and of
 * health systems that have no clinic are ignored. Refuses a health system that has several (409).
 */
export async function receiveNotification(ctx: Ctx, body: JsonObject): Promise<void> {
  const request = requestOf(body);
  const { eventType, eventContext } = request;
  const [deployment, orderId] = [storedText(request.deployment), storedText(cutText(body.orderId))];
  const isMeant = eventType === "order" && EVENTS.has(eventContext);
  const { clinics } = await ctx.read({ clinics: findClinics(isMeant ? (deployment ?? "") : "") });
  const known = clinicAmong(clinics);
  if (!known || deployment === undefined || orderId === undefined) return;
  if (!isOfProgram(request.programId, known.settings.procedureCodes.createAccountAndEnableReports)) return;
  const event = await storedEvent(ctx, body, { deployment, orderId, context: eventContext ?? "" });
  try {
    await ctx.commit({
      clinicId: null,
      answer: undefined,
      steps: [
        refuseIfFound(messageWithKey(event.deduplicationKey), () => new ReceivedBefore()),
        ...insertMessage(event, [
          `order:${orderId}`,
          ...comparedIdentifiers({ ...request, fullName: undefined, birthDate: undefined }),
        ]),
      ],
      outbox: [enqueueOrder(ctx, event.id, XEALTH_ORDER)],
    });
  } catch (error) {
    if (!(error instanceof ReceivedBefore)) throw error;
  }
}

/** Whether an order is for the program of a clinic; one that has none takes no orders. */
export const isOfProgram = (programId: string | undefined, configured: string | undefined): boolean =>
  programId !== undefined && programId === configured;

async function storedEvent(
  ctx: Ctx,
  body: JsonObject,
  it: { readonly deployment: string; readonly orderId: string; readonly context: string },
) {
  const at = DateTime.safeParse(body.eventTimeStamp);
  const eventId = storedText(cutText(body.eventId));
  // Without an id of its own an event is recognised by what it says happened.
  const own = await sha256(JSON.stringify([it.orderId, it.context, cutText(body.eventTimeStamp) ?? ""]));
  return {
    id: ctx.newId(),
    deduplicationKey: `xealth:${it.deployment}:${eventId ?? own}`,
    provider: "xealth" as const,
    dataModel: "order",
    eventType: it.context,
    sourceId: it.deployment,
    isTest: false,
    // An event of the future would go before all orders to come.
    eventAt: at.success ? Math.min(fromDateTime(at.data), ctx.now) : null,
    receivedAt: ctx.now,
    expiresAt: ctx.now + MESSAGE_KEPT_MS,
    isOrder: true,
    orderId: it.orderId,
    message: JSON.stringify({ eventNotification: body }),
  };
}
