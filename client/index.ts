/** The client of the service: a function for every operation, and what they are called with. */
export type { Clock } from "./attempts.ts";
export { type ClientSettings, createClient } from "./client.ts";
export { ClinicsError } from "./error.ts";
export type { Client } from "./generated/client/index.ts";
export * from "./generated/index.ts";
export { cursorPages, numberedPages, pages } from "./pages.ts";
export { type Tagged, whenChanged } from "./when-changed.ts";
export { type WithResponse, withResponse } from "./with-response.ts";
