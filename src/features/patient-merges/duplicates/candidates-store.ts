import { type SQL, sql } from "drizzle-orm";
import { type Read, rowsOf } from "../../../platform/db/read.ts";
import { patients, type PatientRow } from "../../tables/patients.ts";

const COLUMNS = [
  "key",
  "userId",
  "fullName",
  "nameKey",
  "birthDate",
  "email",
  "mrn",
  "mrnKey",
  "dataSources",
  "permissions",
  "isDemo",
  "cgmSummaryId",
  "cgmLastDataAt",
  "bgmSummaryId",
  "bgmLastDataAt",
  "createdAt",
] as const;

/** What is shown of a record, or decided by. */
export type Candidate = Pick<PatientRow, (typeof COLUMNS)[number]>;

export const candidateColumns: SQL = sql.join(
  COLUMNS.map((name) => sql`${patients[name]} AS ${sql.identifier(name)}`),
  sql.raw(", "),
);

/** The records of the clinic with these keys. */
export const findCandidates = (clinicId: string, keys: readonly number[]): Read<Candidate[]> =>
  rowsOf(
    sql`SELECT ${candidateColumns} FROM json_each(${JSON.stringify(keys)}) AS k
          CROSS JOIN ${patients} ON ${patients.key} = k.value AND ${patients.clinicId} = ${clinicId}`,
  );
