import { UNDO_MS } from "../merges/plan/rules.ts";

const HOUR_MS = 3_600_000;

/** How long the offer of an account is good, as deployed. */
export const CLAIM_LIFETIME_MS = 31 * 24 * HOUR_MS;
/** When somebody who has not taken an offer is reminded of it, as deployed. */
export const CLAIM_REMINDER_AFTER_MS = 168 * HOUR_MS;
/** How long the token of a connection request is good, as deployed. */
export const CONNECTION_TOKEN_LIFETIME_MS = 30 * 24 * HOUR_MS;
/** How long an account waits whose record was merged into another: as long as that can be undone, and a day. */
export const PARKED_MS = UNDO_MS + 24 * HOUR_MS;
