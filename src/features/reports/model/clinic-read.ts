import { sql } from "drizzle-orm";
import { type Read, rowOf } from "../../../platform/db/read.ts";
import { clinics } from "../../tables/clinics.ts";

/** What a report says of its clinic, and what decides how it says it. */
export interface ClinicOfReport {
  readonly id: string;
  readonly name: string;
  readonly timezone: string | null;
  readonly preferredBgUnits: string | null;
  readonly ehrSettings: string | null;
}

export const findClinicOfReport = (clinicId: string): Read<ClinicOfReport | undefined> =>
  rowOf(
    sql`SELECT ${clinics.id} AS id, ${clinics.name} AS name, ${clinics.timezone} AS timezone,
          ${clinics.preferredBgUnits} AS "preferredBgUnits", ${clinics.ehrSettings} AS "ehrSettings"
        FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`,
  );
