import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf, rowsOf } from "../../../platform/db/read.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { clinicSites, clinics } from "../../tables/clinics.ts";
import { allColumns, packed, settled, unpacked } from "../../../platform/db/columns.ts";
import { patients, type PatientRow } from "../../tables/patients.ts";
import { periodsColumn, type RowWithPeriods } from "../../summaries/rebuild.ts";
import type { SummaryType } from "../../summaries/model/statistics.ts";
import { type Continuation, continuation, continuationOf, type ContinuationRow, type Head } from "./history-store.ts";
import { PERMISSION_BITS } from "./record.ts";

/**
 * All periods of a type come as one text (`periodTexts`), from neighbouring rows of the period table's primary key; none is read of a
 * patient without a summary of the type. A subquery for each, of a view of fifty columns, takes the database twice as long to compile.
 */
const periodsOf = (type: SummaryType): SQL =>
  sql.raw(`CASE WHEN "patients"."${type}_summary_id" IS NOT NULL THEN
     (SELECT group_concat(period || '\t' || statistics, '\n') FROM "${type}_period_values"
      WHERE patient_key = "patients"."key") END`);
const PERIODS_OF = {
  [periodsColumn("cgm")]: periodsOf("cgm"),
  [periodsColumn("bgm")]: periodsOf("bgm"),
};

/** All columns of `patients` and the values of each patient's summary periods. */
const wholeRow = settled(
  sql`${allColumns(patients)}, ${sql.join(
    Object.entries(PERIODS_OF).map(([name, value]) => sql`${value} AS ${sql.identifier(name)}`),
    sql`, `,
  )}`,
);

const VALUES = { ...getTableColumns(patients), ...PERIODS_OF };
const NAMES = Object.keys(VALUES);

/** The same where there may be no record: one column then has nothing in it, instead of eighty. */
const wholeRowIfAny = settled(
  sql`iif(${patients.key} IS NULL, NULL, ${packed(Object.values(VALUES).map((value) => sql`${value}`))}) AS "packed"`,
);

interface RowIfAny {
  readonly packed: string | null;
}

const toRowIfAny = ({ packed: text }: RowIfAny): RowWithPeriods | undefined =>
  text === null
    ? undefined
    : (Object.fromEntries(unpacked(text).map((value, i) => [NAMES[i], value])) as RowWithPeriods);

export interface FoundPatient {
  readonly row: RowWithPeriods;
  readonly siteNames: ReadonlyMap<string, string>;
}

type FoundRow = RowWithPeriods & { siteNames: string };

const siteNames = settled(sql`(SELECT json_group_array(json_array(${clinicSites.id}, ${clinicSites.name}))
   FROM json_each(${patients.sites}) AS entry CROSS JOIN ${clinicSites}
   ON ${clinicSites.clinicId} = ${patients.clinicId} AND ${clinicSites.id} = entry.value) AS "siteNames"`);
const foundRow = settled(sql`${wholeRow}, ${siteNames}`);
const foundRowIfAny = settled(sql`${wholeRowIfAny}, ${siteNames}`);

const toNames = (text: string): ReadonlyMap<string, string> => new Map(JSON.parse(text) as [string, string][]);
const toFound = (row: FoundRow): FoundPatient => ({ row, siteNames: toNames(row.siteNames) });

/**
 * One patient's whole record, the summary and the names of the patient's sites included, in one statement. The user is
 * an id or a query that selects one.
 */
export const findPatient = (
  clinicId: string,
  userId: string | SQL,
  condition: SQL = sql``,
): Read<FoundPatient | undefined> =>
  mapped(
    rowOf<FoundRow>(
      sql`SELECT ${foundRow} FROM ${patients} WHERE ${patients.clinicId} = ${clinicId}
          AND ${patients.userId} = ${idOf(userId)}${condition}`,
    ),
    (row) => row && toFound(row),
  );

/** What tells a record from what it was before. */
export type VersionOfPatient = Pick<
  PatientRow,
  "version" | "updatedAt" | "lastReviewedAt" | "cgmSummaryId" | "bgmSummaryId"
>;

/**
 * The version, which every change of the record, of its periods, or of the name of one of its sites counts up, and when it
 * was changed: a database that was restored to an earlier minute counts on from there. The time of the record stays as it is
 * where a review comes or goes, or a summary goes: so it also says when the last review was, and which summaries there are.
 */
export const versionText = (row: VersionOfPatient): string =>
  [
    row.version,
    row.updatedAt,
    row.lastReviewedAt ?? 0,
    (row.cgmSummaryId === null ? 0 : 1) + (row.bgmSummaryId === null ? 0 : 2),
  ].join(".");

/** Says what a patient's answer is made of. A record that is made after the same person's was deleted was created later. */
export const stateOfPatient = (row: VersionOfPatient & Pick<PatientRow, "createdAt">): string =>
  `${row.createdAt}.${versionText(row)}`;

/** The same of a row. */
const versionColumn = sql`${patients.version} || '.' || ${patients.updatedAt} || '.' || ifnull(${patients.lastReviewedAt}, 0)
  || '.' || ((${patients.cgmSummaryId} IS NOT NULL) + 2 * (${patients.bgmSummaryId} IS NOT NULL))`;
const stateColumn = sql`${patients.createdAt} || '.' || ${versionColumn}`;

const stateOfOne = settled(sql`SELECT ${patients.key} AS key, ${stateColumn} AS state`);
const ofOne = settled(sql`FROM ${patients} WHERE ${patients.clinicId} =`);
const isOfUser = settled(sql`AND ${patients.userId} =`);
const oneUnlessKnown = settled(sql`SELECT it.state AS "ofState", it.head, it.continues, ${foundRowIfAny}`);
const joined = settled(sql`LEFT JOIN ${patients} ON ${patients.clinicId} =`);
const isNotKnown = settled(sql`AND ${patients.key} = iif(it.state IN`);

/** What is known of a patient's record: states that a caller has, and one that holds if what was seen of the clinic led to it. */
export interface Known {
  readonly states: readonly string[];
  readonly seen?: Head | undefined;
  readonly seenState?: string | undefined;
}

/** A patient as above with their state and where the clinic is; the state alone where it is one of those known. */
export const findPatientUnlessKnown = (
  clinicId: string,
  userId: string,
  { states, seen, seenState }: Known,
): Read<{ now: Continuation; state: string; patient: FoundPatient | undefined } | undefined> =>
  mapped(
    rowOf<RowIfAny & ContinuationRow & { ofState: string; siteNames: string }>(
      sql`${oneUnlessKnown} FROM (${stateOfOne}, ${continuation(clinicId, seen)} ${ofOne} ${clinicId} ${isOfUser} ${userId}) AS it
          ${joined} ${clinicId} ${isNotKnown} (SELECT value FROM json_each(${JSON.stringify(states)}))
            OR (it.continues AND it.state = ${seenState ?? ""}), NULL, it.key)`,
    ),
    (found) => {
      if (!found) return undefined;
      const row = toRowIfAny(found);
      return {
        now: continuationOf(found),
        state: found.ofState,
        patient: row && { row, siteNames: toNames(found.siteNames) },
      };
    },
  );

const ofUser = (columns: SQL, userId: string, page: Page): SQL =>
  sql`SELECT ${columns} FROM ${patients} JOIN ${clinics} ON ${clinics.id} = ${patients.clinicId}
      WHERE ${patients.userId} = ${userId} ORDER BY ${patients.nameKey}, ${patients.key}
      LIMIT ${page.limit} OFFSET ${page.offset}`;

/** A page of a user's whole records in all clinics, by the key of the name each clinic has, then by creation. */
export const patientsOfUser = (userId: string, page: Page): Read<FoundPatient[]> =>
  mapped(rowsOf<FoundRow>(ofUser(foundRow, userId, page)), (rows) => rows.map(toFound));

/** The whole records a query gives key and clinic_id of, by the key of the name, then by creation. */
export const patientsAmong = (keys: SQL): Read<FoundPatient[]> =>
  mapped(
    rowsOf<FoundRow>(
      sql`SELECT ${foundRow} FROM (${keys}) AS page CROSS JOIN ${patients} ON ${patients.key} = page.key
            AND ${patients.clinicId} = page.clinic_id
          ORDER BY ${patients.nameKey}, ${patients.key}`,
    ),
    (rows) => rows.map(toFound),
  );

/** The ids of the clinics of the same page. */
export const clinicsOfUser = (userId: string, page: Page): SQL =>
  sql`SELECT clinic_id FROM (${ofUser(sql`${patients.clinicId} AS clinic_id`, userId, page)})`;

/** What a page is made of: one of the default order (the key of the name, then creation), or patients of whom the keys are known. */
export type PageOfRecords = Page | { readonly keys: readonly number[] };

/** A record in its version (`versionText`). */
export interface RecordInVersion {
  readonly key: number;
  readonly version: string;
}
/** The same, with whose it is. */
export interface RecordState extends RecordInVersion {
  readonly userId: string;
}

const stateColumns = settled(sql`${patients.key} AS key, ${patients.userId} AS "userId", ${versionColumn} AS version`);
const pageColumns = settled(sql`${stateColumns}, ${patients.nameKey} AS name_key`);

function columnsOfPage(columns: SQL, clinicId: string, page: PageOfRecords): SQL {
  if ("keys" in page) {
    return sql`SELECT ${columns} FROM json_each(${JSON.stringify(page.keys)}) AS wanted CROSS JOIN ${patients}
        ON ${patients.key} = wanted.value AND ${patients.clinicId} = ${clinicId}`;
  }
  return sql`SELECT ${columns} FROM ${patients} WHERE ${patients.clinicId} = ${clinicId}
      ORDER BY ${patients.nameKey}, ${patients.key} LIMIT ${page.limit} OFFSET ${page.offset}`;
}

/** The patients of a page, in its order. */
export const statesOfPage = (clinicId: string, page: PageOfRecords): Read<RecordState[]> =>
  rowsOf(columnsOfPage(stateColumns, clinicId, page));

/** The same with whole records by key, but for those that have a version that is known, while a condition holds. */
export function recordsOfPage(
  clinicId: string,
  page: PageOfRecords,
  known: readonly RecordInVersion[],
  isKnown: SQL = sql`true`,
): Read<{ states: readonly RecordState[]; rows: ReadonlyMap<number, RowWithPeriods> }> {
  const byKey = <R extends { readonly key: number }>(found: readonly R[]) => new Map(found.map((it) => [it.key, it]));
  const inOrder = (states: readonly RecordState[]) => {
    if (!("keys" in page)) return states;
    const found = byKey(states);
    return page.keys.flatMap((key) => found.get(key) ?? []);
  };
  if (known.length === 0) {
    return mapped(rowsOf<RowWithPeriods>(columnsOfPage(wholeRow, clinicId, page)), (rows) => ({
      states: inOrder(rows.map((row) => ({ key: row.key, userId: row.userId, version: versionText(row) }))),
      rows: byKey(rows),
    }));
  }
  const wanted = known.map(({ key, version }) => `${key}.${version}`);
  const order = "keys" in page ? sql`` : sql`ORDER BY page.name_key, page.key`;
  return mapped(
    // Once through the index: what of a page is not known stands beside it, and nothing where it is.
    rowsOf<RowIfAny & { ofKey: number; ofUser: string; ofVersion: string }>(
      sql`SELECT page.key AS "ofKey", page."userId" AS "ofUser", page.version AS "ofVersion", ${wholeRowIfAny}
          FROM (${columnsOfPage(pageColumns, clinicId, page)}) AS page
          LEFT JOIN ${patients} ON ${patients.clinicId} = ${clinicId} AND ${patients.key} = iif(
            page.key || '.' || page.version IN (SELECT value FROM json_each(${JSON.stringify(wanted)}) WHERE ${isKnown}), NULL, page.key) ${order}`,
    ),
    (rows) => ({
      states: inOrder(rows.map(({ ofKey: key, ofUser: userId, ofVersion: version }) => ({ key, userId, version }))),
      rows: byKey(rows.flatMap((row) => toRowIfAny(row) ?? [])),
    }),
  );
}

const idOf = (userId: string | SQL): SQL => (typeof userId === "string" ? sql`${userId}` : sql`(${userId})`);

/** The key of the record, of those a user has in other clinics, that was updated last. */
export const latestElsewhere = (clinicId: string, userId: string | SQL): SQL =>
  sql`SELECT ${patients.key} FROM ${patients} WHERE ${patients.userId} = ${idOf(userId)}
      AND ${patients.clinicId} <> ${clinicId} ORDER BY ${patients.updatedAt} DESC, ${patients.key} DESC LIMIT 1`;

/** That record, whole. */
export const findLatestElsewhere = (clinicId: string, userId: string | SQL): Read<RowWithPeriods | undefined> =>
  rowOf(sql`SELECT ${wholeRow} FROM ${patients} WHERE ${patients.key} = (${latestElsewhere(clinicId, userId)})`);

/** What a table of patients shows of one, but for statistics. */
export type TableRow = Pick<
  PatientRow,
  | "key"
  | "userId"
  | "fullName"
  | "birthDate"
  | "mrn"
  | "email"
  | "tags"
  | "sites"
  | "diagnosisType"
  | "createdAt"
  | "lastReviewedAt"
  | "cgmLastDataAt"
  | "bgmLastDataAt"
>;

/** A line of a table for each of these keys that is a patient of the clinic, in no particular order. */
export function tableRowsWithKeys(clinicId: string, keys: readonly number[]): Read<TableRow[]> {
  const p = patients;
  return rowsOf(
    sql`SELECT ${p.key} AS "key", ${p.userId} AS "userId", ${p.fullName} AS "fullName", ${p.birthDate} AS "birthDate",
          ${p.mrn} AS "mrn", ${p.email} AS "email", ${p.tags} AS "tags", ${p.sites} AS "sites",
          ${p.diagnosisType} AS "diagnosisType", ${p.createdAt} AS "createdAt", ${p.lastReviewedAt} AS "lastReviewedAt",
          ${p.cgmLastDataAt} AS "cgmLastDataAt", ${p.bgmLastDataAt} AS "bgmLastDataAt"
        FROM json_each(${JSON.stringify(keys)}) AS wanted
        CROSS JOIN ${p} ON ${p.key} = wanted.value AND ${p.clinicId} = ${clinicId}`,
  );
}

/** Picks one patient of one clinic. */
export const onePatient = (clinicId: string, userId: string): SQL =>
  sql`${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${userId}`;

/** Picks a user's records in all clinics. */
export const recordsOfPatient = (userId: string): SQL => sql`${patients.userId} = ${userId}`;

/** Picks records of patients whose accounts the clinic keeps. */
export const keptByClinic: SQL = sql`(coalesce(${patients.permissions}, 0) & ${sql.raw(String(PERMISSION_BITS.custodian))}) <> 0`;
