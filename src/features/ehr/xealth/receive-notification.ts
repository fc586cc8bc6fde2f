import { CODE_LENGTH_MAX, cutTo } from "../../../platform/core/bounded-text.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { badRequest } from "../../../platform/core/errors.ts";
import { sha256 } from "../../../platform/core/ids.ts";
import { log } from "../../../platform/core/log.ts";
import { DateTime, fromDateTime } from "../../../platform/core/wire.ts";
import { comparedIdentifiers } from "../model/identity.ts";
import type { JsonObject } from "../model/json.ts";
import { XEALTH_ORDER } from "../model/kinds.ts";
import { storeMessage } from "../orders/store-message.ts";
import { findClinics } from "./match-store.ts";
import { clinicAmong } from "./match.ts";
import { cutText, requestOf, storedText, type XealthRequest } from "./requests.ts";

/** What is done with an order, by its event. */
const EVENTS: ReadonlySet<string | undefined> = new Set(["new", "cancel"]);
/** Our choice: clocks differ. An event further ahead would go before all orders to come. */
const AHEAD_MS_MAX = 300_000;

/** An event of an order, as far as it is used. */
interface Event {
  readonly context: string;
  readonly deployment: string;
  readonly orderId: string;
  readonly eventId: string | undefined;
  readonly timeStamp: string | undefined;
}

/**
 * Stores an event of an order, once, to be applied in the background. Events of other kinds, of other programs and of
 * health systems that have no clinic are ignored. Refuses a health system that has several (409), and an event that does
 * not say which order it is of (400).
 */
export async function receiveNotification(ctx: Ctx, body: JsonObject): Promise<void> {
  const request = requestOf(body);
  const { eventType, eventContext } = request;
  const deployment = storedText(request.deployment);
  if (eventType !== "order" || !EVENTS.has(eventContext)) return ignored(ctx, "kind");
  if (deployment === undefined) return ignored(ctx, "no_clinic");
  const { clinics } = await ctx.read({ clinics: findClinics(deployment) });
  const known = clinicAmong(clinics);
  if (!known) return ignored(ctx, "no_clinic");
  if (!isOfProgram(request.programId, known.settings.procedureCodes.createAccountAndEnableReports)) {
    return ignored(ctx, "program", known.clinic.clinic.id);
  }
  const orderId = orderIdOf(body);
  if (orderId === undefined) throw badRequest("orderId is required");
  const timeStamp = cutText(body.eventTimeStamp);
  const eventId = storedText(cutText(body.eventId));
  return store(ctx, request, { context: eventContext ?? "", deployment, orderId, eventId, timeStamp });
}

/** An id that is one step of a path, whatever it is. */
export function orderIdOf(body: JsonObject): string | undefined {
  const orderId = storedText(cutText(body.orderId));
  return orderId === "." || orderId === ".." ? undefined : orderId;
}

/** Whether an order is for the program of a clinic; one that has none takes no orders. */
export const isOfProgram = (programId: string | undefined, configured: string | undefined): boolean =>
  programId !== undefined && programId === configured;

function ignored({ requestId }: Ctx, reason: "kind" | "no_clinic" | "program", clinicId?: string): void {
  log("info", "xealth event ignored", { requestId, reason, clinicId });
}

async function store(ctx: Ctx, request: XealthRequest, event: Event): Promise<void> {
  const { context, deployment, orderId, eventId, timeStamp } = event;
  const at = DateTime.safeParse(timeStamp);
  // Without an id of its own an event is recognised by what it says happened.
  const own = eventId === undefined ? [orderId, context, timeStamp ?? ""] : [eventId];
  const kept = {
    eventId,
    eventType: "order",
    eventContext: context,
    eventTimeStamp: timeStamp,
    orderId,
    deployment,
    programId: request.programId,
  };
  const identifiers = comparedIdentifiers({ ...request, fullName: undefined, birthDate: undefined });
  await storeMessage(
    ctx,
    {
      deduplicationKey: `xealth:${await sha256(JSON.stringify([deployment, ...own]))}`,
      provider: "xealth",
      dataModel: "order",
      eventType: context,
      sourceId: deployment,
      isTest: false,
      eventAt: at.success ? Math.min(fromDateTime(at.data), ctx.now + AHEAD_MS_MAX) : null,
      orderId,
      message: JSON.stringify({ eventNotification: kept }),
    },
    {
      kind: XEALTH_ORDER,
      // Orders of another service don't wait for these, nor these for them.
      identifiers: [`order:${orderId}`, ...identifiers].map((it) => cutTo(`xealth:${it}`, CODE_LENGTH_MAX)),
    },
  );
}
