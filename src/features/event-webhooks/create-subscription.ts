import type { Ctx } from "../../platform/context/context.ts";
import { badRequest } from "../../platform/core/errors.ts";
import { refuseIfFound, refuseWhen } from "../../platform/db/guard.ts";
import { refuseUnlessClinic } from "../clinics/model/guards.ts";
import { maskOf } from "./model/events.ts";
import { eventsAreOff, tooManySubscriptions, urlIsTaken } from "./refusals.ts";
import { faultOfUrl, normalUrl } from "./rules.ts";
import { type EventSubscription, type SubscriptionInput, toSubscription } from "./schema.ts";
import { keyIdOf } from "./secrets.ts";
import { eventSettings } from "./settings.ts";
import { hasAllSubscriptions, insertSubscription, subscriptionAt } from "./store.ts";

/** The address that events are sent to, in its one spelling; refuses one that they can't be sent to. */
export function addressFor(ctx: Ctx, url: string): string {
  const fault = faultOfUrl(url, ctx.settings.isLocal);
  if (fault !== undefined) throw badRequest(`url: ${fault}`);
  return normalUrl(url);
}

/** The id of the key that new secrets are made from. */
export async function newestKeyId(ctx: Ctx): Promise<string> {
  const [key] = ctx.settings.of(eventSettings) ?? [];
  if (key === undefined) throw eventsAreOff();
  return keyIdOf(key);
}

/** Subscribes an address to events of a clinic. Its secret is no part of the answer that is kept. */
export async function createSubscription(
  ctx: Ctx,
  clinicId: string,
  input: SubscriptionInput,
): Promise<EventSubscription> {
  const url = addressFor(ctx, input.url);
  const row = {
    id: ctx.newId(),
    clinicId,
    url,
    events: maskOf(input.events),
    isActive: 1,
    reason: null,
    secretVersion: 1,
    secretKeyId: await newestKeyId(ctx),
    previousKeyId: null,
    previousUntil: null,
    deliveredAt: null,
    failingSince: null,
    failure: null,
    retryAt: null,
    endsAt: null,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  return ctx.commit({
    clinicId,
    answer: toSubscription(row),
    steps: [
      refuseUnlessClinic(clinicId),
      refuseIfFound(subscriptionAt(clinicId, url), urlIsTaken),
      refuseWhen(hasAllSubscriptions(clinicId), tooManySubscriptions),
      insertSubscription(row),
    ],
  });
}
