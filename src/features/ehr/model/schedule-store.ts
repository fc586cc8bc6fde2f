import { type SQL, sql } from "drizzle-orm";
import { type Read, rowsOf } from "../../../platform/db/read.ts";
import { forgetEntries } from "../../../platform/outbox/store.ts";
import { clinics } from "../../tables/clinics.ts";
import { ehrRuns, ehrSchedules } from "../../tables/ehr.ts";
import { ehrSetting, isConnectedByRedox } from "./jobs-store.ts";

/** Within this time of being connected a clinic has its first sync. */
const FIRST_RUN_WITHIN_MS = 3_600_000;

/** Clinics that were connected together are not synced together. The end of an id is a counter. */
const spread = (clinicId: string): number => (Number.parseInt(clinicId.slice(-6), 16) * 7919) % FIRST_RUN_WITHIN_MS;

/** Picks clinics that are synced at intervals. */
const isScheduled = sql`${isConnectedByRedox} AND ${ehrSetting("scheduledReports.cadence")} <> 'DISABLED'`;

/**
 * Schedules the first sync of a clinic whose settings ask for syncs, and ends the schedule of others. A run that is
 * scheduled already stays: a new cadence counts from it.
 */
export const followSettings = (clinicId: string, now: number): readonly SQL[] => [
  sql`DELETE FROM ${ehrSchedules} WHERE ${ehrSchedules.clinicId} = ${clinicId}
      AND NOT EXISTS (SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${isScheduled})`,
  sql`INSERT INTO ${ehrSchedules} (clinic_id, next_run_at)
      SELECT ${clinics.id}, ${now + spread(clinicId)} FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND ${isScheduled}
      ON CONFLICT DO NOTHING`,
];

/** Ends whatever is scheduled or under way for a clinic that is removed. */
export const endSchedule = (clinicId: string): readonly SQL[] => [
  sql`DELETE FROM ${ehrSchedules} WHERE ${ehrSchedules.clinicId} = ${clinicId}`,
  sql`DELETE FROM ${ehrRuns} WHERE ${ehrRuns.clinicId} = ${clinicId}`,
];

/** The clinics whose next sync is due, those waiting longest first. */
export const findDueClinics = (now: number, limit: number): Read<{ id: string }[]> =>
  rowsOf(
    sql`SELECT ${ehrSchedules.clinicId} AS id FROM ${ehrSchedules} WHERE ${ehrSchedules.nextRunAt} <= ${now}
        ORDER BY ${ehrSchedules.nextRunAt} LIMIT ${limit}`,
  );

/** Those of these clinics that are synced at intervals, each as clinic_id. */
export const clinicsAmong = (ids: readonly string[]): SQL =>
  sql`SELECT ${clinics.id} AS clinic_id FROM json_each(${JSON.stringify(ids)}) AS wanted
      JOIN ${clinics} ON ${clinics.id} = wanted.value WHERE ${isScheduled}`;

const cadenceMs = sql`(86400000 * CAST(coalesce(${ehrSetting("scheduledReports.cadence")}, '14d') AS INTEGER))`;

/**
 * Plans the next sync of these clinics, a whole number of cadences after the one that is due; none of clinics that are
 * not synced any more.
 */
export const planNextRuns = (ids: readonly string[], now: number): readonly SQL[] => {
  const isAmong = sql`${ehrSchedules.clinicId} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
    AND ${ehrSchedules.nextRunAt} <= ${now}`;
  const settings = sql`${clinics} WHERE ${clinics.id} = ${ehrSchedules.clinicId} AND ${isScheduled} AND ${cadenceMs} > 0`;
  return [
    sql`DELETE FROM ${ehrSchedules} WHERE ${isAmong} AND NOT EXISTS (SELECT 1 FROM ${settings})`,
    sql`UPDATE ${ehrSchedules} SET next_run_at = (SELECT ${ehrSchedules.nextRunAt}
            + ${cadenceMs} * (1 + (CAST(${now} AS INTEGER) - ${ehrSchedules.nextRunAt}) / ${cadenceMs}) FROM ${settings})
        WHERE ${isAmong}`,
  ];
};

/** Forgets runs that were made before a time, with their entries in the outbox. */
export const forgetOldRuns = (createdBefore: number, limit: number): readonly SQL[] => {
  const old = sql`SELECT ${ehrRuns.id} FROM ${ehrRuns} WHERE ${ehrRuns.createdAt} < ${createdBefore}
    ORDER BY ${ehrRuns.createdAt} LIMIT ${limit}`;
  return [
    forgetEntries(sql`SELECT 'ehr-run:' || id FROM (${old})`),
    sql`DELETE FROM ${ehrRuns} WHERE ${ehrRuns.id} IN (${old})`,
  ];
};
