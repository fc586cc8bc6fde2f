import { env } from "cloudflare:workers";
import { onStage } from "../clock.ts";
import type { Stage } from "./stage.ts";

const URL = "https://records.example/clinics-edge/events";

/** Has a record system told of a clinic's events, and gives it another secret. */
export async function playEvents({ ana, service, harbor }: Stage): Promise<void> {
  const { clinicId } = harbor;
  const path = { clinicId };
  const events = ["patient.created", "patient.changed", "patient.removed", "report.ready"];
  const made = await service("CreateEventSubscription", { path, body: { url: URL, events } });
  const one = { clinicId, subscriptionId: made.id as string };
  await ana("ListEventSubscriptions", { path });
  await service("RotateEventSubscriptionSecret", { path: one });
  await service("UpdateEventSubscription", {
    path: one,
    body: { url: URL, events: [...events, "summary.changed"], active: true },
  });
  await env.DB.prepare("UPDATE event_subscriptions SET delivered_at = ? WHERE id = ?")
    .bind(Date.parse(onStage("2026-03-02T09:35:00.000Z")), made.id)
    .run();
  await ana("GetEventSubscription", { path: one });
  await service("DeleteEventSubscription", { path: one });
}
