import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { prepared } from "../../../platform/db/prepared.ts";
import { mapped, type Read, rowOf, rowsOf, valueOf } from "../../../platform/db/read.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { clinicSites, clinics } from "../../tables/clinics.ts";
import { allColumns, packed, settled, unpacked } from "../../../platform/db/columns.ts";
import { patients, type PatientRow } from "../../tables/patients.ts";
import { periodsColumn, type RowWithPeriods } from "../../summaries/rebuild.ts";
import type { SummaryType } from "../../summaries/model/statistics.ts";
import { type Continuation, continuation, continuationOf, type Head, type LastChange } from "./history-store.ts";
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

/** The same as one value: a result of eighty columns costs more to carry, above all where there are none. */
const packedRow = settled(packed(Object.values(VALUES).map((value) => sql`${value}`)));
const packedIfAny = settled(sql`iif(${patients.key} IS NULL, NULL, ${packedRow})`);

const toRow = (values: readonly unknown[]): RowWithPeriods =>
  Object.fromEntries(values.map((value, i) => [NAMES[i], value])) as RowWithPeriods;

export interface FoundPatient {
  readonly row: RowWithPeriods;
  readonly siteNames: ReadonlyMap<string, string>;
}

type FoundRow = RowWithPeriods & { siteNames: string };
type NamesOfSites = readonly (readonly [id: string, name: string])[];

const siteNames = settled(sql`(SELECT json_group_array(json_array(${clinicSites.id}, ${clinicSites.name}))
   FROM json_each(${patients.sites}) AS entry CROSS JOIN ${clinicSites}
   ON ${clinicSites.clinicId} = ${patients.clinicId} AND ${clinicSites.id} = entry.value)`);
const foundRow = settled(sql`${wholeRow}, ${siteNames} AS "siteNames"`);

const packedFound = settled(sql`json_array(${packedRow}, json(${siteNames}))`);

const ofPacked = (values: readonly unknown[][], names: NamesOfSites): FoundPatient => ({
  row: toRow(values.flat()),
  siteNames: new Map(names),
});

const toFound = (row: FoundRow): FoundPatient => ({
  row,
  siteNames: new Map(JSON.parse(row.siteNames) as NamesOfSites),
});

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
    valueOf<string>(
      sql`SELECT ${packedFound} FROM ${patients} WHERE ${patients.clinicId} = ${clinicId}
          AND ${patients.userId} = ${idOf(userId)}${condition}`,
    ),
    (text) => {
      if (text === null) return undefined;
      return ofPacked(...(JSON.parse(text) as [unknown[][], NamesOfSites]));
    },
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

/** What is known of a patient's record: states that a caller has, and one that holds if what was seen of the clinic led to it. */
export interface Known {
  readonly states: readonly string[];
  readonly seen?: Head | undefined;
  readonly seenState?: string | undefined;
}

const patientUnlessKnown = prepared<{
  clinicId: string;
  userId: string;
  states: string;
  seenState: string | null;
  seq: number | null;
  token: number | null;
}>((value) => {
  const clinicId = value("clinicId");
  return sql`SELECT json_array(it.state, json(it.head), it.continues, ${packedIfAny}, json(${siteNames}))
      FROM (SELECT ${patients.key} AS key, ${stateColumn} AS state, ${continuation(clinicId, value("seq"), value("token"))}
            FROM ${patients} WHERE ${patients.clinicId} = ${clinicId} AND ${patients.userId} = ${value("userId")}) AS it
      LEFT JOIN ${patients} ON ${patients.clinicId} = ${clinicId} AND ${patients.key} = iif(
        it.state IN (SELECT value FROM json_each(${value("states")})) OR (it.continues AND it.state = ${value("seenState")}),
        NULL, it.key)`;
});

/** A patient as above with their state and where the clinic is; the state alone where it is one of those known. */
export const findPatientUnlessKnown = (
  clinicId: string,
  userId: string,
  { states, seen, seenState }: Known,
): Read<{ now: Continuation; state: string; patient: FoundPatient | undefined } | undefined> =>
  mapped(
    valueOf<string>(
      patientUnlessKnown({
        clinicId,
        userId,
        states: JSON.stringify(states),
        seenState: seenState ?? null,
        seq: seen?.seq ?? null,
        token: seen?.token ?? null,
      }),
    ),
    (text) => {
      if (text === null) return undefined;
      const [state, head, continues, values, names] = JSON.parse(text) as [
        string,
        LastChange,
        number,
        unknown[][] | null,
        NamesOfSites,
      ];
      return {
        now: continuationOf(head, continues),
        state,
        patient: values ? ofPacked(values, names) : undefined,
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
    rowsOf<{ ofKey: number; ofUser: string; ofVersion: string; packed: string | null }>(
      sql`SELECT page.key AS "ofKey", page."userId" AS "ofUser", page.version AS "ofVersion", ${packedIfAny} AS "packed"
          FROM (${columnsOfPage(pageColumns, clinicId, page)}) AS page
          LEFT JOIN ${patients} ON ${patients.clinicId} = ${clinicId} AND ${patients.key} = iif(
            page.key || '.' || page.version IN (SELECT value FROM json_each(${JSON.stringify(wanted)}) WHERE ${isKnown}), NULL, page.key) ${order}`,
    ),
    (rows) => ({
      states: inOrder(rows.map(({ ofKey: key, ofUser: userId, ofVersion: version }) => ({ key, userId, version }))),
      rows: byKey(rows.flatMap((it) => (it.packed === null ? [] : toRow(unpacked(it.packed))))),
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
