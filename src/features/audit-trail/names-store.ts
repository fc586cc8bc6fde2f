import { type SQL, sql } from "drizzle-orm";
import { type Read, rowsOf } from "../../platform/db/read.ts";
import { clinicians, deletedClinicians } from "../tables/clinics.ts";
import { deletedPatients, patients } from "../tables/patients.ts";

const among = (userIds: readonly string[]): SQL => sql`(SELECT value FROM json_each(${JSON.stringify(userIds)}))`;

/** What a clinic's own records call these users: its members and patients first, then those it had. */
export const namesIn = (
  clinicId: string,
  userIds: readonly string[],
): Read<{ readonly id: string; readonly name: string | null }[]> =>
  rowsOf(
    sql`SELECT ${clinicians.userId} AS id, ${clinicians.name} AS name FROM ${clinicians}
        WHERE ${clinicians.clinicId} = ${clinicId} AND ${clinicians.userId} IN ${among(userIds)}
        UNION ALL SELECT ${patients.userId}, ${patients.fullName} FROM ${patients}
        WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} IN ${among(userIds)}
        UNION ALL SELECT ${deletedClinicians.userId}, ${deletedClinicians.name} FROM ${deletedClinicians}
        WHERE ${deletedClinicians.clinicId} = ${clinicId} AND ${deletedClinicians.userId} IN ${among(userIds)}
        UNION ALL SELECT ${deletedPatients.userId}, ${deletedPatients.fullName} FROM ${deletedPatients}
        WHERE ${deletedPatients.clinicId} = ${clinicId} AND ${deletedPatients.userId} IN ${among(userIds)}`,
  );

/** Which of these users are or were members of the clinic without a name in its records. */
export const namelessMembers = (clinicId: string, userIds: readonly string[]): SQL =>
  sql`SELECT ${clinicians.userId} FROM ${clinicians} WHERE ${clinicians.clinicId} = ${clinicId}
        AND ${clinicians.userId} IN ${among(userIds)} AND ${clinicians.name} IS NULL
      UNION SELECT ${deletedClinicians.userId} FROM ${deletedClinicians} WHERE ${deletedClinicians.clinicId} = ${clinicId}
        AND ${deletedClinicians.userId} IN ${among(userIds)} AND ${deletedClinicians.name} IS NULL`;
