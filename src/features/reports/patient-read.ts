import { sql } from "drizzle-orm";
import { type Read, rowOf } from "../../platform/db/read.ts";
import { clinics } from "../tables/clinics.ts";
import { patientWith } from "../patients/model/store.ts";

/** Whether there is such a patient. */
export const findPatientOfReport = (clinicId: string, userId: string): Read<object | undefined> =>
  rowOf(patientWith(clinicId, userId));

/** What a report says of its clinic. */
export const findClinicOfReport = (
  clinicId: string,
): Read<
  { name: string; timezone: string | null; preferredBgUnits: string | null; ehrSettings: string | null } | undefined
> =>
  rowOf(
    sql`SELECT ${clinics.name} AS name, ${clinics.timezone} AS timezone, ${clinics.preferredBgUnits} AS "preferredBgUnits",
          ${clinics.ehrSettings} AS "ehrSettings" FROM ${clinics} WHERE ${clinics.id} = ${clinicId}`,
  );
