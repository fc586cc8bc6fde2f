import type { Ctx } from "../../platform/context/context.ts";
import { clinicNotFound } from "../clinics/model/guards.ts";
import { subscriptionNotFound } from "./refusals.ts";
import { type EventSubscription, toSubscription } from "./schema.ts";
import { clinicOf, findSubscription, listSubscriptions } from "./store.ts";

/** The subscriptions of a clinic, the oldest first: few, so that all are told. */
export async function readSubscriptions(ctx: Ctx, clinicId: string): Promise<EventSubscription[]> {
  const { clinic, rows } = await ctx.read({ clinic: clinicOf(clinicId), rows: listSubscriptions(clinicId) });
  if (!clinic) throw clinicNotFound();
  return rows.map(toSubscription);
}

export async function readSubscription(ctx: Ctx, clinicId: string, id: string): Promise<EventSubscription> {
  const { clinic, row } = await ctx.read({ clinic: clinicOf(clinicId), row: findSubscription(clinicId, id) });
  if (!clinic || !row) throw subscriptionNotFound();
  return toSubscription(row);
}
