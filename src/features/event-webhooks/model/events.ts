import { outboxKind } from "../../../platform/outbox/kinds.ts";

/** What a service can be told of, and its bit in event_subscriptions.events, which is stored and never given to another. */
const BITS = {
  "patient.created": 0,
  "patient.changed": 1,
  "patient.removed": 2,
  "report.ready": 5,
  "summary.changed": 6,
} as const;
export type EventType = keyof typeof BITS;
export const EVENTS = Object.keys(BITS) as EventType[];

/** A set of events as it is stored. */
export const maskOf = (events: readonly EventType[]): number =>
  events.reduce((mask, event) => mask | (1 << BITS[event]), 0);
export const eventsOf = (mask: number): EventType[] => EVENTS.filter((event) => (mask >> BITS[event]) & 1);

/** Sends one event to one subscription. */
export const EVENT = outboxKind("event", "EVENTS_QUEUE");
