import { type SQL, sql } from "drizzle-orm";
import { eventSubscriptions, waitingEvents } from "../../tables/events.ts";
import { maskOf } from "./events.ts";

/**
 * Tells who subscribes to it that two records of a clinic became one, or are two again: a statement for the batch that does
 * it. What else happens to patients and reports is told by triggers of their tables.
 */
export const tellOfPatientMerge = (
  type: "patient.merged" | "patient.unmerged",
  it: {
    readonly clinicId: string;
    readonly mergeId: string;
    /** The record that stays. */
    readonly patientId: string;
    readonly sourceId: string;
  },
  now: number,
): SQL =>
  sql`INSERT INTO ${waitingEvents} (subscription_id, type, patient_id, detail, at)
      SELECT ${eventSubscriptions.id}, ${type}, ${it.patientId},
        ${JSON.stringify({ mergeId: it.mergeId, sourceId: it.sourceId })}, ${now}
      FROM ${eventSubscriptions} WHERE ${eventSubscriptions.clinicId} = ${it.clinicId}
        AND ${eventSubscriptions.isActive} = 1 AND ${eventSubscriptions.events} & ${maskOf([type])}
      ON CONFLICT DO NOTHING`;

/** Lets the subscriptions of a clinic that goes end at a time; what is waiting is sent until then. */
export const endSubscriptionsOf = (clinicId: string, at: number): SQL =>
  sql`UPDATE ${eventSubscriptions} SET ends_at = ${at} WHERE ${eventSubscriptions.clinicId} = ${clinicId}`;

/** The clinic is back, and with it its subscriptions. */
export const keepSubscriptionsOf = (clinicId: string): SQL =>
  sql`UPDATE ${eventSubscriptions} SET ends_at = NULL WHERE ${eventSubscriptions.clinicId} = ${clinicId}`;
