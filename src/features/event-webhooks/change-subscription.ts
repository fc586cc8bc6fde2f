import type { Ctx } from "../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { refuseIfFound, refuseIfUnchanged, refuseUnlessFound } from "../../platform/db/guard.ts";
import { addressFor, newestKeyId } from "./create-subscription.ts";
import { maskOf } from "./model/events.ts";
import { subscriptionNotFound, urlIsTaken } from "./refusals.ts";
import { OVERLAP_MS } from "./rules.ts";
import { type EventSubscription, type SubscriptionUpdate, toSubscription } from "./schema.ts";
import {
  changeSecret,
  findSubscription,
  removeSubscription,
  secretVersionOf,
  subscriptionAt,
  subscriptionWith,
  updateSubscription as updateRow,
} from "./store.ts";

/** Changes where events are sent, and which. One that is set active starts over, whatever ended it. */
export async function updateSubscription(
  ctx: Ctx,
  clinicId: string,
  id: string,
  input: SubscriptionUpdate,
): Promise<void> {
  const url = addressFor(ctx, input.url);
  const changed = { url, events: maskOf(input.events), isActive: input.active ? 1 : 0 };
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      refuseUnlessFound(subscriptionWith(clinicId, id), subscriptionNotFound),
      refuseIfFound(subscriptionAt(clinicId, url, id), urlIsTaken),
      ...updateRow(clinicId, id, changed, ctx.now),
    ],
  });
}

/** Ends a subscription; what was not sent yet never is. */
export async function deleteSubscription(ctx: Ctx, clinicId: string, id: string): Promise<void> {
  await ctx.commit({
    clinicId,
    answer: undefined,
    steps: [
      refuseUnlessFound(subscriptionWith(clinicId, id), subscriptionNotFound),
      ...removeSubscription(clinicId, id),
    ],
  });
}

/** Gives a subscription another secret; the one before signs beside it for a day. */
export function rotateSecret(ctx: Ctx, clinicId: string, id: string): Promise<EventSubscription> {
  ctx.answerStandsWhile((answeredId) => secretVersionOf(clinicId, answeredId));
  return untilFresh(async () => {
    const { row } = await ctx.read({ row: findSubscription(clinicId, id) });
    if (!row) throw subscriptionNotFound();
    const [keyId, until] = [await newestKeyId(ctx), ctx.now + OVERLAP_MS];
    const changed = {
      ...row,
      secretVersion: row.secretVersion + 1,
      secretKeyId: keyId,
      previousUntil: until,
      updatedAt: ctx.now,
    };
    return ctx.commit({
      clinicId,
      answer: toSubscription(changed),
      steps: [changeSecret(row, keyId, until, ctx.now), refuseIfUnchanged(() => new StaleRead())],
    });
  });
}
