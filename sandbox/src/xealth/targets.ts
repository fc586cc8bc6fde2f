import type { Targets } from "../stand-in/failures.ts";

/** What the service calls of Xealth. */
export const TARGETS = {
  read: { label: "Reading an order", one: "order that is read", several: "orders that are read" },
  token: { label: "Access token", one: "access token", several: "access tokens" },
} satisfies Targets;
export type Target = keyof typeof TARGETS;
