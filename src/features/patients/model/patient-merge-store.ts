import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { bgmPeriods, cgmPeriods, patients } from "../../tables/patients.ts";
import { WRITTEN, type Written } from "./merged-fields.ts";
import { derivedColumns } from "./record.ts";
import { formerMrnsOf } from "./former-mrns-store.ts";

/** Gives a record these columns and everything that follows from them; one that has just returned also its permissions. */
export function writeRecord(
  clinicId: string,
  key: number,
  values: Written,
  now: number,
  permissions?: number | null,
): SQL {
  const derived = derivedColumns(values);
  const names = getTableColumns(patients);
  const set = [...WRITTEN, "nameKey" as const, "mrnKey" as const].map(
    (column) => sql`${sql.identifier(names[column].name)} = ${{ ...values, ...derived }[column]}`,
  );
  return sql`UPDATE ${patients} SET ${sql.join(set, sql`, `)},
      search_rest = ${derived.searchRest} || ${formerMrnsOf(sql`${patients.key}`)},
      updated_at = ${now}, ${permissions === undefined ? sql`version = version + 1` : sql`permissions = ${permissions}`}
      WHERE ${patients.key} = ${key} AND ${patients.clinicId} = ${clinicId}`;
}

/** Takes the periods of all summaries from a record. */
export const removeAllPeriods = (key: number): readonly SQL[] => [
  sql`DELETE FROM ${cgmPeriods} WHERE ${cgmPeriods.patientKey} = ${key}`,
  sql`DELETE FROM ${bgmPeriods} WHERE ${bgmPeriods.patientKey} = ${key}`,
];
