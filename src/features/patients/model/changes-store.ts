import { type SQL, sql } from "drizzle-orm";
import type { Step } from "../../../platform/db/guard.ts";

/**
 * Steps of a batch that change many patients of these clinics. Instead of one by one, it is written down once that all of
 * them may have changed: what is kept of them in memory is read again.
 */
export const amongMany = <S extends Step>(clinicIds: readonly string[], steps: readonly S[]): (S | SQL)[] => [
  sql`INSERT INTO _many_changes (n) VALUES (1)`,
  ...steps,
  sql`DELETE FROM _many_changes`,
  sql`INSERT INTO patient_changes (clinic_id, seq, key, renamed)
      SELECT changed.value, ifnull((SELECT max(seq) FROM patient_changes WHERE clinic_id = changed.value), 0) + 1, NULL, 1
      FROM json_each(${JSON.stringify(clinicIds)}) AS changed`,
];
