import { type SQL, sql } from "drizzle-orm";
import { UNKNOWN_DATE } from "../../../platform/text/unknown-date.ts";
import { mapped, type Read, rowsOf, together } from "../../../platform/db/read.ts";
import { deletedPatients, patients } from "../../tables/patients.ts";
import { type Candidate, candidateColumns } from "./candidates-store.ts";
import type { Group, Phase } from "./pairs.ts";

const NAME = sql.raw("name_key");
const DATE = sql.raw("birth_date");
const MRN = sql.raw("mrn_key");
const KEYS = { nameKey: NAME, birthDate: DATE, mrnKey: MRN };
type Column = keyof typeof KEYS;
/** Who is shown to try the service with is nobody's duplicate. */
const NO_DEMO = sql.raw("is_demo < 1");

/** What a phase compares, in the order of its index; and the index. */
const PHASES: Record<Phase, { readonly by: readonly Column[]; readonly index: SQL }> = {
  1: { by: ["birthDate", "nameKey"], index: sql.raw("patients_by_birth_date") },
  2: { by: ["mrnKey"], index: sql.raw("patients_by_mrn") },
  3: { by: ["nameKey"], index: sql.raw("patients_by_name") },
};
/** Blanks match nothing, nor does an unknown birth date. The plus leaves the place behind the last group to the index. */
const KNOWN = {
  nameKey: sql.raw("+name_key > ''"),
  birthDate: sql.raw(`+birth_date > '${UNKNOWN_DATE}'`),
  mrnKey: sql.raw("+mrn_key > ''"),
};

const listed = (parts: readonly SQL[], between = ", ") => sql.join([...parts], sql.raw(between));

const KEY_COLUMNS = listed(Object.values(KEYS));
/** Keys of a record as it is or, if it went, as it was archived last: at most one row, found without sorting. */
const keysOf = (clinicId: string, key: number): SQL =>
  sql`SELECT ${KEY_COLUMNS} FROM ${patients} WHERE ${patients.key} = ${key} AND ${patients.clinicId} = ${clinicId}
      UNION ALL SELECT * FROM (SELECT ${KEY_COLUMNS} FROM ${deletedPatients} INDEXED BY deleted_patients_by_key
        WHERE ${deletedPatients.key} = ${key} AND ${deletedPatients.clinicId} = ${clinicId} ORDER BY rowid DESC LIMIT 1)
      LIMIT 1`;

/**
 * The groups of a phase behind the place, in the order of its index, which holds all that is read: no row of a patient is,
 * and nothing is sorted.
 */
function groupsOf(phase: Phase, clinicId: string, isBegun: boolean): SQL {
  const { by, index } = PHASES[phase];
  const shown = (Object.keys(KEYS) as Column[]).map(
    (it) => sql`${by.includes(it) ? KEYS[it] : sql.raw("NULL")} AS ${sql.identifier(it)}`,
  );
  const place = by.map((it) => (isBegun ? sql`coalesce((SELECT ${KEYS[it]} FROM place), '')` : sql.raw("''")));
  return sql`SELECT ${sql.raw(String(phase))} AS phase, ${listed(shown)}, count(*) AS patients, max(key) AS key
      FROM patients INDEXED BY ${index}
      WHERE clinic_id = ${clinicId} AND ${NO_DEMO} AND (${listed(by.map((it) => KEYS[it]))}) > (${listed(place)})
        AND ${listed(
          by.map((it) => KNOWN[it]),
          " AND ",
        )}
      GROUP BY ${listed(by.map((it) => KEYS[it]))} HAVING count(*) > 1`;
}

/**
 * The next groups of these phases, one phase after the other: the second is not looked at while the first has as many as are
 * wanted. Behind the group of the record with the key `after`, where there is one; nothing, where no such record ever was.
 */
export const findGroups = (
  phases: readonly Phase[],
  clinicId: string,
  after: number,
  limit: number,
): Read<Group[] | undefined> => {
  const place = keysOf(clinicId, after);
  const found = rowsOf(after > 0 ? place : sql`SELECT 1`);
  const groups = rowsOf<Group>(
    sql`WITH place(name_key, birth_date, mrn_key) AS MATERIALIZED (${place})
        ${listed(
          phases.map((phase, i) => groupsOf(phase, clinicId, i === 0 && after > 0)),
          " UNION ALL ",
        )} LIMIT ${limit}`,
  );
  return mapped(together({ found, groups }), (it) => (it.found.length > 0 ? it.groups : undefined));
};

/** A member of a group, which is named by the key of one of them, with the marks of its pairs with others of the group. */
export interface Member extends Candidate {
  readonly group: number;
  /** As JSON: the other's key, what they shared, who and when. */
  readonly marks: string;
}

/** Records of groups of one phase, some of each: what a page needs of a crowd, and no more than may be paired. */
export function findMembers(phase: Phase, clinicId: string, groups: readonly Group[], each: number): Read<Member[]> {
  const { by, index } = PHASES[phase];
  const same = by.map((it) => sql`${KEYS[it]} = g.value ->> ${`$.${it}`}`);
  return rowsOf(
    sql`SELECT g.value ->> '$.key' AS "group", ${candidateColumns},
          (SELECT json_group_array(json_array(d.higher_key, d.shared, d.marked_by, d.marked_at))
           FROM json_each(reach.json) AS other JOIN distinct_pairs AS d
             ON d.lower_key = patients.key AND d.higher_key = other.value) AS marks
        FROM json_each(${JSON.stringify(groups)}) AS g
          CROSS JOIN json_each((SELECT json_group_array(key) FROM (SELECT key FROM patients INDEXED BY ${index}
            WHERE clinic_id = ${clinicId} AND ${NO_DEMO} AND ${listed(same, " AND ")} LIMIT ${each}))) AS reach
          CROSS JOIN ${patients} ON ${patients.key} = reach.value AND ${patients.clinicId} = ${clinicId}`,
  );
}
