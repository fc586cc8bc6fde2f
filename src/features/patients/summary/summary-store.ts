import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { StaleRead } from "../../../platform/core/stale.ts";
import { type Guard, refuseWhen } from "../../../platform/db/guard.ts";
import { columnNames, eachOf } from "../../../platform/db/columns.ts";
import { prepared, type Statement } from "../../../platform/db/prepared.ts";
import { patients, PERIODS, type PatientRow } from "../../tables/patients.ts";
import type { SummaryType } from "../../summaries/model/statistics.ts";
import { latestElsewhere, onePatient } from "../model/read.ts";
import { EXEMPT_PROVIDER, FIELD_SEPARATOR } from "../model/record.ts";
import { NO_HEAD, type Stats, type StoredHead, storedHead, storedPeriods } from "../../summaries/stored.ts";

const TYPES = ["cgm", "bgm"] as const satisfies SummaryType[];

const perType = <T>(make: (type: SummaryType) => T): Record<SummaryType, T> => ({ cgm: make("cgm"), bgm: make("bgm") });

/** The records of a user in all clinics. */
export const ofUser = (userId: string | SQL): SQL => sql`${patients.userId} = ${userId}`;

/** The records that have a summary with this id, of whatever type. */
export const withSummary = (summaryId: string): SQL =>
  sql`(${patients.cgmSummaryId} = ${summaryId} OR ${patients.bgmSummaryId} = ${summaryId})`;

/** The clinic and the user of each record that matches. */
export const recordsWhere = (which: SQL): SQL =>
  sql`SELECT ${patients.clinicId} AS clinic_id, ${patients.userId} AS patient_id FROM ${patients} WHERE ${which}`;

/**
 * Replaces each given type of summary whole on all records of a user, and leaves the other as it is. Given none, the
 * records have changed all the same.
 */
export const replaceSummaries = (
  userId: string,
  given: Partial<Record<SummaryType, Stats>>,
  now: number,
): readonly Statement[] => {
  const types = TYPES.filter((type) => given[type]);
  const heads = types.flatMap((type) => {
    const head = storedHead(given[type]!);
    return HEAD_COLUMNS[type].map(([name, column]) => [column, head[name]] as const);
  });
  return [
    ...types.flatMap((type) => [
      REMOVE_PERIODS[type]({ userId }),
      INSERT_PERIODS[type]({ userId, periods: JSON.stringify(storedPeriods(type, given[type]!)) }),
    ]),
    SET_HEADS.get(types.join())!({ ...Object.fromEntries(heads), userId, now }),
  ];
};

/** Takes both summaries from all records of a user. */
export const removeSummaries = (userId: string, now: number): readonly SQL[] => [
  ...TYPES.map((type) => removePeriods(type, ofUser(userId))),
  sql`UPDATE ${patients} SET ${noHeads()},
      updated_at = ${now}, version = version + 1 WHERE ${ofUser(userId)}`,
];

/** Takes both summaries from the records of a clinic with these keys; when they last changed stays as it is. */
export const removeSummariesAmong = (clinicId: string, keys: SQL): readonly SQL[] => {
  const which = sql`${patients.key} IN (${keys}) AND ${patients.clinicId} = ${clinicId}`;
  return [...TYPES.map((type) => removePeriods(type, which)), sql`UPDATE ${patients} SET ${noHeads()} WHERE ${which}`];
};

/** The same of a record, where a query finds something. */
export const removeSummariesIf = (clinicId: string, key: number, found: SQL): readonly SQL[] =>
  removeSummariesAmong(clinicId, sql`SELECT ${key} WHERE EXISTS (${found})`);

/** Takes one type of summary from all records of a user; when the records last changed stays as it is. */
export const removeSummaryOfUser = (type: SummaryType, userId: string): readonly SQL[] => [
  removePeriods(type, ofUser(userId)),
  sql`UPDATE ${patients} SET ${sql.join(setHead(type, NO_HEAD), sql`, `)}, version = version + 1
      WHERE ${ofUser(userId)} AND ${headColumn(type, "summaryId")} IS NOT NULL`,
];

/** Takes the summary with this id from every record that has it; when the records last changed stays as it is. */
export const removeSummary = (summaryId: string): readonly SQL[] =>
  TYPES.flatMap((type) => {
    const which = sql`${headColumn(type, "summaryId")} = ${summaryId}`;
    return [
      removePeriods(type, which),
      sql`UPDATE ${patients} SET ${sql.join(setHead(type, NO_HEAD), sql`, `)}, version = version + 1 WHERE ${which}`,
    ];
  });

/**
 * Gives a new record what the user's record in another clinic knows already: summary and data sources of the one that
 * was updated last. To be run before the record is counted.
 */
export const copyFromElsewhere = (clinicId: string, userId: string): readonly SQL[] => {
  const from = latestElsewhere(clinicId, userId);
  const copied = TYPES.flatMap((type) => headNames.map((name) => sql.identifier(headColumn(type, name).name)));
  return [
    ...TYPES.map((type) => copyPeriods(type, clinicId, userId, from)),
    copyColumns(clinicId, userId, [...copied.map((column) => sql`${column} = elsewhere.${column}`), ...COPIED_SOURCES]),
  ];
};

/** Gives a record the data sources alone. */
export const copySourcesFromElsewhere = (clinicId: string, userId: string): SQL =>
  copyColumns(clinicId, userId, COPIED_SOURCES);

/** Which records of two clinics are of one user each; the query gives patient_key and from_key. */
export interface PairsOfRecords {
  readonly clinicId: string;
  readonly fromClinicId: string;
  readonly pairs: SQL;
}

/** Gives records the summary of a type that the same users' records of another clinic have, or none. */
export function copySummaries(type: SummaryType, { clinicId, fromClinicId, pairs }: PairsOfRecords): readonly SQL[] {
  const table = PERIODS[type];
  const copied = Object.values(getTableColumns(table)).filter((column) => column !== table.patientKey);
  const heads = headNames.map((name) => sql.identifier(headColumn(type, name).name));
  return [
    removePeriods(
      type,
      sql`${patients.key} IN (SELECT patient_key FROM (${pairs})) AND ${patients.clinicId} = ${clinicId}`,
    ),
    sql`INSERT INTO ${table} (${columnNames(table)}) SELECT ${patients.key}, ${sql.join(copied, sql`, `)}
        FROM (${pairs}) AS pair CROSS JOIN ${patients} ON ${patients.key} = pair.patient_key AND ${patients.clinicId} = ${clinicId}
          CROSS JOIN ${table} ON ${table.patientKey} = pair.from_key`,
    sql`UPDATE ${patients} SET ${sql.join(
      heads.map((column) => sql`${column} = told.${column}`),
      sql`, `,
    )} FROM (${pairs}) AS pair CROSS JOIN ${patients} AS told ON told.key = pair.from_key AND told.clinic_id = ${fromClinicId}
        WHERE ${patients.key} = pair.patient_key AND ${patients.clinicId} = ${clinicId}`,
  ];
}

/** Gives records the data sources that the same users' records of another clinic have. */
export const copySources = ({ clinicId, fromClinicId, pairs }: PairsOfRecords): SQL =>
  sql`UPDATE ${patients} SET data_sources = told.data_sources, counts_to_plan = told.counts_to_plan
      FROM (${pairs}) AS pair CROSS JOIN ${patients} AS told ON told.key = pair.from_key AND told.clinic_id = ${fromClinicId}
      WHERE ${patients.key} = pair.patient_key AND ${patients.clinicId} = ${clinicId}`;

/** Gives records the address that the same users' records of another clinic have; it is the first part of the search text. */
export const copyAddresses = ({ clinicId, fromClinicId, pairs }: PairsOfRecords): SQL =>
  sql`UPDATE ${patients} SET email = told.email,
        search_rest = substr(told.search_rest, 1, instr(told.search_rest, ${FIELD_SEPARATOR}) - 1)
          || substr(patients.search_rest, instr(patients.search_rest, ${FIELD_SEPARATOR}))
      FROM (${pairs}) AS pair CROSS JOIN ${patients} AS told ON told.key = pair.from_key AND told.clinic_id = ${fromClinicId}
      WHERE ${patients.key} = pair.patient_key AND ${patients.clinicId} = ${clinicId}`;

const COPIED_SOURCES = [
  sql`data_sources = elsewhere.data_sources`,
  sql`counts_to_plan = CASE WHEN ${patients.isDemo} = 1
        OR EXISTS (SELECT 1 FROM json_each(elsewhere.data_sources) AS source
                   WHERE source.value ->> 'providerName' = ${EXEMPT_PROVIDER}) THEN 0 ELSE 1 END`,
];

const copyColumns = (clinicId: string, userId: string, setters: readonly SQL[]): SQL =>
  sql`UPDATE ${patients} SET ${sql.join([...setters], sql`, `)}
      FROM (SELECT * FROM ${patients} WHERE ${patients.key} = (${latestElsewhere(clinicId, userId)})) AS elsewhere
      WHERE ${onePatient(clinicId, userId)}`;

/** Starts the cycle over when the record that is copied from is no longer the one that was read. */
export const refuseIfElsewhereChanged = (
  clinicId: string,
  userId: string,
  read: Pick<PatientRow, "key" | "version"> | undefined,
): Guard =>
  refuseWhen(
    sql`(SELECT ${patients.key} || ' ' || ${patients.version} FROM ${patients}
         WHERE ${patients.key} = (${latestElsewhere(clinicId, userId)})) IS NOT ${read ? `${read.key} ${read.version}` : null}`,
    () => new StaleRead(),
  );

function copyPeriods(type: SummaryType, clinicId: string, userId: string, from: SQL): SQL {
  const table = PERIODS[type];
  const copied = Object.values(getTableColumns(table)).filter((column) => column !== table.patientKey);
  return sql`INSERT INTO ${table} (${columnNames(table)})
      SELECT (SELECT ${patients.key} FROM ${patients} WHERE ${onePatient(clinicId, userId)}),
        ${sql.join(copied, sql`, `)} FROM ${table} WHERE ${table.patientKey} = (${from})`;
}

const headNames = Object.keys(NO_HEAD) as (keyof StoredHead)[];

const headColumn = (type: SummaryType, name: keyof StoredHead) =>
  patients[`${type}${name[0]!.toUpperCase()}${name.slice(1)}` as `cgm${Capitalize<keyof StoredHead>}`];

/** The names of a head's columns beside its own. */
const HEAD_COLUMNS = perType((type) => headNames.map((name) => [name, headColumn(type, name).name] as const));

const setHead = (type: SummaryType, head: StoredHead): SQL[] =>
  HEAD_COLUMNS[type].map(([name, column]) => sql`${sql.identifier(column)} = ${head[name]}`);

const noHeads = (): SQL =>
  sql.join(
    TYPES.flatMap((type) => setHead(type, NO_HEAD)),
    sql`, `,
  );

const REMOVE_PERIODS = perType((type) =>
  prepared<{ userId: string }>((value) => removePeriods(type, ofUser(value("userId")))),
);

/** However many periods there are, they travel as one parameter. */
const INSERT_PERIODS = perType((type) =>
  prepared<{ userId: string; periods: string }>((value) => {
    const table = PERIODS[type];
    const values = Object.keys(getTableColumns(table)).slice(1);
    return sql`INSERT INTO ${table} (${columnNames(table)}) ${eachOf(value("periods"))}
        SELECT ${patients.key}, ${sql.raw(values.map((_, i) => `e.value ->> ${i}`).join(", "))}
        FROM e CROSS JOIN ${patients} WHERE ${ofUser(value("userId"))}`;
  }),
);

const setHeads = (types: readonly SummaryType[]) =>
  prepared((value) => {
    const set = types.flatMap((type) =>
      HEAD_COLUMNS[type].map(([, column]) => sql`${sql.identifier(column)} = ${value(column)}`),
    );
    return sql`UPDATE ${patients} SET ${sql.join([...set, sql`updated_at = ${value("now")}`], sql`, `)}, version = version + 1
        WHERE ${ofUser(value("userId"))}`;
  });
/** Gives all records of a user heads of types, by the names of their columns; of none, they have changed all the same. */
const SET_HEADS = new Map(
  ([[], ["cgm"], ["bgm"], [...TYPES]] as SummaryType[][]).map((types) => [types.join(), setHeads(types)] as const),
);

function removePeriods(type: SummaryType, which: SQL): SQL {
  const table = PERIODS[type];
  return sql`DELETE FROM ${table} WHERE ${table.patientKey} IN (SELECT ${patients.key} FROM ${patients} WHERE ${which})`;
}
