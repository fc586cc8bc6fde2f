import { type SQL, sql } from "drizzle-orm";
import { formerMrns, patientMerges } from "../../tables/patient-merges.ts";
import { patients } from "../../tables/patients.ts";
import { FIELD_SEPARATOR } from "./record.ts";

/** What the search text of a record ends with: the former MRNs by which it is still found. */
export const formerMrnsOf = (key: SQL): SQL =>
  sql`coalesce((SELECT group_concat(former.text, '') FROM (SELECT DISTINCT ${FIELD_SEPARATOR} || ${formerMrns.mrnKey} AS text
        FROM ${formerMrns} WHERE ${formerMrns.patientKey} = ${key} ORDER BY 1) AS former), '')`;

/**
 * The keys of records that once had an MRN with this key, or with one that a query gives; `at` compares their clinic, which
 * may be any without it. A record that is gone may be among them.
 */
export const recordsOnceWith = (mrnKey: string | null | SQL, at?: SQL): SQL =>
  sql`SELECT ${formerMrns.patientKey} AS key FROM ${formerMrns} WHERE ${formerMrns.mrnKey} IN (${mrnKey})
      ${at ? sql`AND ${formerMrns.clinicId} ${at}` : sql``}`;

/** The merge of two records by which MRNs become former ones. */
interface FormerMrnsMerge {
  readonly id: string;
  readonly clinicId: string;
  readonly targetKey: number;
  readonly sourceKey: number;
}

/** Makes MRNs lead to the survivor, besides those that led to the source; what it has itself is no former one. */
export const insertFormer = (
  { id: mergeId, clinicId, targetKey, sourceKey }: FormerMrnsMerge,
  former: readonly { readonly mrn: string; readonly key: string }[],
  mrnKey: string | null,
): readonly SQL[] => [
  sql`INSERT INTO ${formerMrns} (mrn_key, clinic_id, patient_key, merge_id, mrn)
      SELECT ${formerMrns.mrnKey}, ${clinicId}, ${targetKey}, ${mergeId}, min(${formerMrns.mrn}) FROM ${formerMrns}
      WHERE ${formerMrns.patientKey} = ${sourceKey} AND ${formerMrns.mrnKey} IS NOT ${mrnKey} GROUP BY ${formerMrns.mrnKey}`,
  sql`INSERT INTO ${formerMrns} (mrn_key, clinic_id, patient_key, merge_id, mrn)
      SELECT f.value ->> '$.key', ${clinicId}, ${targetKey}, ${mergeId}, f.value ->> '$.mrn' FROM json_each(${JSON.stringify(former)}) AS f
      WHERE true ON CONFLICT DO NOTHING`,
];

export const removeFormer = (mergeId: string): SQL =>
  sql`DELETE FROM ${formerMrns} WHERE ${formerMrns.mergeId} = ${mergeId}`;

/** The former MRNs that a record of a pair has brought to the other: each says by its merge whose it was. */
const broughtBy = (sourceKey: SQL): SQL =>
  sql`SELECT ${formerMrns.mergeId} FROM ${patientMerges} CROSS JOIN ${formerMrns} ON ${formerMrns.mergeId} = ${patientMerges.id}
      WHERE ${patientMerges.targetKey} = ${sourceKey}`;

/** Moves former MRNs among the records of pairs, each with source_key and target_key, and has search texts follow. */
function moved(clinicId: string, pairs: SQL, move: SQL): readonly SQL[] {
  const concerned = sql`${patients.clinicId} = ${clinicId} AND ${patients.key} IN (SELECT pair.target_key FROM (${pairs}) AS pair
      WHERE EXISTS (${broughtBy(sql`pair.source_key`)}))`;
  const own = formerMrnsOf(sql`${patients.key}`);
  return [
    sql`UPDATE ${patients} SET search_rest = substr(search_rest, 1, length(search_rest) - length(${own})) WHERE ${concerned}`,
    move,
    sql`UPDATE ${patients} SET search_rest = search_rest || ${own} WHERE ${concerned}`,
  ];
}

/** Gives the former MRNs of records that become one with another to that, in the target of a merge of clinics. */
export const giveFormerMrns = (targetId: string, pairs: SQL): readonly SQL[] =>
  moved(
    targetId,
    pairs,
    sql`UPDATE ${formerMrns} SET patient_key = pair.target_key, clinic_id = ${targetId} FROM (${pairs}) AS pair
        WHERE ${formerMrns.patientKey} = pair.source_key`,
  );

/** Gives them back to the records that they came from. */
export const returnFormerMrns = (targetId: string, sourceId: string, pairs: SQL): readonly SQL[] =>
  moved(
    targetId,
    pairs,
    sql`UPDATE ${formerMrns} SET patient_key = pair.source_key, clinic_id = ${sourceId} FROM (${pairs}) AS pair
        WHERE ${formerMrns.patientKey} = pair.target_key AND ${formerMrns.mergeId} IN (${broughtBy(sql`pair.source_key`)})`,
  );

/** Has former MRNs follow those records among these keys that are in a clinic by now. */
export const followRecords = (clinicId: string, keys: SQL): SQL =>
  sql`UPDATE ${formerMrns} SET clinic_id = ${clinicId} FROM ${patients} AS moved
      WHERE ${formerMrns.patientKey} IN (${keys}) AND moved.key = ${formerMrns.patientKey} AND moved.clinic_id = ${clinicId}`;
