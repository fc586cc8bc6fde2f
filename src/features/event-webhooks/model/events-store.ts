import { type SQL, sql } from "drizzle-orm";
import { eventSubscriptions } from "../../tables/events.ts";

/** Lets the subscriptions of a clinic that goes end at a time; what is waiting is sent until then. */
export const endSubscriptionsOf = (clinicId: string, at: number): SQL =>
  sql`UPDATE ${eventSubscriptions} SET ends_at = ${at} WHERE ${eventSubscriptions.clinicId} = ${clinicId}`;

/** The clinic is back, and with it its subscriptions. */
export const keepSubscriptionsOf = (clinicId: string): SQL =>
  sql`UPDATE ${eventSubscriptions} SET ends_at = NULL WHERE ${eventSubscriptions.clinicId} = ${clinicId}`;
