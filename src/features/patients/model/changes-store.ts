import { type SQL, sql } from "drizzle-orm";
import type { Step } from "../../../platform/db/guard.ts";
import { clinics } from "../../tables/clinics.ts";

/**
 * Steps of a batch that change many patients of the clinics that a query gives the ids of. Instead of one by one, it is written down once that all of
 * them may have changed: what is kept of them in memory is read again.
 */
export const amongMany = (clinicIds: SQL, steps: readonly Step[]): Step[] => [
  sql`INSERT INTO _many_changes (n) VALUES (1)`,
  ...steps,
  ...endOfManyChanges(clinicIds),
];

/** What ends such steps. */
export const endOfManyChanges = (clinicIds: SQL): SQL[] => [
  sql`DELETE FROM _many_changes`,
  sql`INSERT INTO patient_changes (clinic_id, seq, key, renamed)
      SELECT changed.id, ifnull((SELECT max(seq) FROM patient_changes WHERE clinic_id = changed.id), 0) + 1, NULL, 1
      FROM (${clinicIds}) AS changed`,
];

/** The same of one clinic; nothing is written down of one that is not there. */
export const amongManyOf = (clinicId: string, steps: readonly Step[]): Step[] =>
  amongMany(sql`SELECT ${clinics.id} AS id FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`, steps);

/** Steps that change those of the users who are patients of a clinic: without users, all of its patients. */
export const amongUsers = (
  clinicId: string,
  userIds: readonly string[] | null,
  steps: readonly Step[],
): readonly Step[] => (userIds === null ? amongManyOf(clinicId, steps) : steps);
