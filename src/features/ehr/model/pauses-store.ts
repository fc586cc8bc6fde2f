import { type SQL, sql } from "drizzle-orm";
import { ehrPauses } from "../../tables/ehr.ts";

/** Lets all messages for these destinations wait. */
export const pauseDestinations = (destinationIds: readonly string[], until: number): readonly SQL[] =>
  [...new Set(destinationIds)].map(
    (id) =>
      sql`INSERT INTO ${ehrPauses} (destination_id, until) VALUES (${id}, ${until})
          ON CONFLICT (destination_id) DO UPDATE SET until = max(until, excluded.until)`,
  );

/** Until when messages for these destinations wait; NULL when they don't. */
export const pausedUntil = (destinationIds: SQL, now: number): SQL =>
  sql`SELECT max(${ehrPauses.until}) FROM ${ehrPauses}
      WHERE ${ehrPauses.destinationId} IN (${destinationIds}) AND ${ehrPauses.until} > ${now}`;

export const endPauses = (now: number): SQL => sql`DELETE FROM ${ehrPauses} WHERE ${ehrPauses.until} <= ${now}`;
