import { type SQL, sql } from "drizzle-orm";
import { type Read, rowsOf } from "../../../platform/db/read.ts";
import { patients, type PatientRow } from "../../tables/patients.ts";

/** 1: equal name and birth date. 2: equal MRN. 3: equal name. */
export type Phase = 1 | 2 | 3;

/** Records of equal keys: how many, and the key of one of them, by which a cursor finds the group again. */
export interface Group {
  readonly nameKey: string | null;
  readonly birthDate: string | null;
  readonly mrnKey: string | null;
  readonly patients: number;
  readonly key: number;
}

export type Member = Pick<PatientRow, "key" | "nameKey" | "birthDate" | "mrnKey">;
/** The keys of the last group that a page had. */
export type After = Pick<Group, "nameKey" | "birthDate" | "mrnKey">;

const NAME = sql.raw("name_key");
const DATE = sql.raw("birth_date");
const MRN = sql.raw("mrn_key");
/** An unknown birth date and blanks match nothing. */
const KNOWN_DATE = sql.raw("birth_date > '0001-01-01'");

/** What a phase compares, in the order of its index; the index; and the place behind a group. */
const PHASES: Record<Phase, { by: SQL[]; index: string; known: SQL; behind: (after: After) => SQL }> = {
  1: {
    by: [NAME, DATE],
    index: "patients_alike_by_name",
    known: sql`${NAME} > '' AND ${KNOWN_DATE}`,
    behind: ({ nameKey, birthDate }) => sql`(${NAME}, ${DATE}) > (${nameKey}, ${birthDate})`,
  },
  2: {
    by: [MRN],
    index: "patients_alike_by_mrn",
    known: sql`${MRN} > ''`,
    behind: ({ mrnKey }) => sql`${MRN} > ${mrnKey}`,
  },
  3: {
    by: [NAME],
    index: "patients_alike_by_name",
    known: sql`${NAME} > ''`,
    behind: ({ nameKey }) => sql`${NAME} > ${nameKey}`,
  },
};

const column = (phase: Phase, name: SQL) => (PHASES[phase].by.includes(name) ? name : sql.raw("NULL"));

/**
 * The next groups of a phase, in the order of its index, which holds all that is read: no row of a patient is, and nothing is
 * sorted. The clinic's demo patient belongs to no group.
 */
export function findGroups(
  phase: Phase,
  clinicId: string,
  demoKey: number | null,
  after: After | undefined,
  limit: number,
): Read<Group[]> {
  const { by, index, known, behind } = PHASES[phase];
  return rowsOf(
    sql`SELECT ${column(phase, NAME)} AS "nameKey", ${column(phase, DATE)} AS "birthDate", ${column(phase, MRN)} AS "mrnKey",
          count(*) AS patients, max(key) AS key
        FROM patients INDEXED BY ${sql.raw(index)}
        WHERE clinic_id = ${clinicId} AND ${known} AND key IS NOT ${demoKey}
          ${after ? sql`AND ${behind(after)}` : sql.raw("")}
        GROUP BY ${sql.join(by, sql.raw(", "))} HAVING count(*) > 1 LIMIT ${limit}`,
  );
}

/** The records of a group. */
export const findMembers = (
  phase: Phase,
  clinicId: string,
  demoKey: number | null,
  { nameKey, birthDate, mrnKey }: After,
  limit: number,
): Read<Member[]> => {
  const same =
    phase === 2
      ? sql`${MRN} = ${mrnKey}`
      : phase === 1
        ? sql`${NAME} = ${nameKey} AND ${DATE} = ${birthDate}`
        : sql`${NAME} = ${nameKey}`;
  return rowsOf(
    sql`SELECT key, name_key AS "nameKey", birth_date AS "birthDate", mrn_key AS "mrnKey"
        FROM ${patients} INDEXED BY ${sql.raw(PHASES[phase].index)}
        WHERE clinic_id = ${clinicId} AND ${same} AND key IS NOT ${demoKey} LIMIT ${limit}`,
  );
};
