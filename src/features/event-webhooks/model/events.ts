import { outboxKind } from "../../../platform/outbox/kinds.ts";

/** What a service can be told of. Their order is stored (event_subscriptions.events): new ones go to the end. */
export const EVENTS = [
  "patient.created",
  "patient.changed",
  "patient.removed",
  "patient.merged",
  "patient.unmerged",
  "report.ready",
  "summary.changed",
] as const;
export type EventType = (typeof EVENTS)[number];

/** A set of events as it is stored. */
export const maskOf = (events: readonly EventType[]): number =>
  events.reduce((mask, event) => mask | (1 << EVENTS.indexOf(event)), 0);
export const eventsOf = (mask: number): EventType[] => EVENTS.filter((_, i) => (mask >> i) & 1);

/** Sends one event to one subscription. */
export const EVENT = outboxKind("event", "EVENTS_QUEUE");
