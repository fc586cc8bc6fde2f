import type { CsvCell } from "../../../platform/formats/csv.ts";
import { toDateTime } from "../../../platform/core/wire.ts";
import type { SummaryType } from "../../summaries/model/statistics.ts";
import type { TableRow } from "../model/read.ts";
import { type Column as PatientColumn, statisticColumn } from "./columns-store.ts";
import { storedBirthDate } from "../model/record.ts";

/** The statistics of the asked period that a table of patients shows, under the names of their filters. */
const TABLE_STATISTICS: Readonly<Record<SummaryType, readonly string[]>> = {
  cgm: [
    "timeCGMUsePercent",
    "averageGlucoseMmol",
    "glucoseManagementIndicator",
    "timeInVeryLowPercent",
    "timeInAnyLowPercent",
    "timeInTargetPercent",
    "timeInTargetPercentDelta",
    "timeInAnyHighPercent",
    "timeInVeryHighPercent",
    "coefficientOfVariation",
  ],
  bgm: [
    "averageGlucoseMmol",
    "averageGlucoseMmolDelta",
    "averageDailyRecords",
    "totalRecords",
    "timeInVeryLowRecords",
    "timeInTargetPercent",
    "timeInVeryHighRecords",
  ],
};

/** The names that a clinic's tags and sites have, by id. */
export interface Names {
  readonly tags: ReadonlyMap<string, string>;
  readonly sites: ReadonlyMap<string, string>;
}

interface Column {
  readonly name: string;
  readonly cell: (row: TableRow, names: Names, period: string) => CsvCell;
}

/** The statistics of a table's last columns, in their order. */
export const tableStatistics = (period: string): readonly PatientColumn[] =>
  (["cgm", "bgm"] as const).flatMap((type) =>
    TABLE_STATISTICS[type].map((field) => statisticColumn({ type, field }, period)),
  );

const moment = (text: string | null) => (text === null ? null : { moment: text });
const instant = (ms: number | null) => moment(ms === null ? null : toDateTime(ms));

/** Names of a list of ids; ids the clinic no longer has are left out, as they are everywhere. */
const listed = (ids: string, names: ReadonlyMap<string, string>): string | null =>
  (JSON.parse(ids) as string[]).flatMap((id) => names.get(id) ?? []).join("; ") || null;

const COLUMNS: readonly Column[] = [
  { name: "id", cell: (row) => row.userId },
  { name: "fullName", cell: (row) => row.fullName },
  { name: "birthDate", cell: (row) => moment(storedBirthDate(row.birthDate)) },
  { name: "mrn", cell: (row) => row.mrn },
  { name: "email", cell: (row) => row.email },
  { name: "tags", cell: (row, { tags }) => listed(row.tags, tags) },
  { name: "sites", cell: (row, { sites }) => listed(row.sites, sites) },
  { name: "diagnosisType", cell: (row) => row.diagnosisType },
  { name: "createdTime", cell: (row) => instant(row.createdAt) },
  { name: "lastReviewed", cell: (row) => instant(row.lastReviewedAt) },
  { name: "cgm.lastData", cell: (row) => instant(row.cgmLastDataAt) },
  { name: "bgm.lastData", cell: (row) => instant(row.bgmLastDataAt) },
  { name: "period", cell: (_row, _names, period) => period },
];

/** The names of a table's columns, in their order. */
export const TABLE_COLUMNS: readonly string[] = [
  ...COLUMNS.map(({ name }) => name),
  ...(["cgm", "bgm"] as const).flatMap((type) => TABLE_STATISTICS[type].map((field) => `${type}.${field}`)),
];

/** The cells of a patient's line: of the record, and the statistics. */
export const tableCells = (
  row: TableRow,
  statistics: readonly (number | null)[],
  names: Names,
  period: string,
): CsvCell[] => [...COLUMNS.map(({ cell }) => cell(row, names, period)), ...statistics];
