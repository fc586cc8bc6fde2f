import { sql } from "drizzle-orm";
import { DEFAULT_TIER } from "../../clinics/model/rules.ts";
import { paymentRequired } from "../../../platform/core/errors.ts";
import { type Guard, refuseIfFound } from "../../../platform/db/guard.ts";
import { clinics } from "../../tables/clinics.ts";

/**
 * Stops a custodial patient who would exceed the clinic's hard limit. The limit holds for free clinics in the US (a
 * clinic that names neither counts as one), between its dates, and is compared with the live number of patients.
 */
export const refuseOverLimit = (clinicId: string, now: number): Guard =>
  refuseIfFound(
    sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId}
        AND coalesce(${clinics.country}, '') IN ('', 'US') AND coalesce(${clinics.tier}, ${DEFAULT_TIER}) = ${DEFAULT_TIER}
        AND ${clinics.patientPlan} >= ${clinics.hardLimitPlan}
        AND coalesce(${clinics.hardLimitStartAt}, ${now}) <= ${now} AND coalesce(${clinics.hardLimitEndAt}, ${now}) >= ${now}`,
    () => paymentRequired("patient count exceeds limit"),
  );
