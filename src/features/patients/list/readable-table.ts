import type { CsvCell } from "../../../platform/formats/csv.ts";
import { TABLE_COLUMNS } from "./table.ts";

/** The unit a clinic wants glucose in. */
export type GlucoseUnits = "mg/dL" | "mmol/L";

/** By the molar mass of glucose, 180.1559 g. */
const MG_DL_PER_MMOL_L = 18.01559;

/** How a column is shown to people: its unit, what becomes of its numbers, and how wide it is in a workbook. */
interface Kind {
  readonly unit: string;
  readonly width: number;
  readonly show: (value: number) => number;
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
const asIs = (value: number) => value;

const KINDS = {
  name: { unit: "", width: 28, show: asIs },
  word: { unit: "", width: 14, show: asIs },
  instant: { unit: "UTC", width: 17, show: asIs },
  count: { unit: "", width: 12, show: asIs },
  average: { unit: "", width: 12, show: (value) => rounded(value, 1) },
  percent: { unit: "%", width: 12, show: (value) => rounded(value, 1) },
  fraction: { unit: "%", width: 12, show: (value) => rounded(100 * value, 1) },
  /** Of the time; readings that overlap may come to more than all of it. */
  use: { unit: "%", width: 12, show: (value) => rounded(100 * Math.min(1, value), 1) },
  change: { unit: "percentage points", width: 16, show: (value) => rounded(100 * value, 1) },
} satisfies Record<string, Kind>;

const GLUCOSE: Readonly<Record<GlucoseUnits, Kind>> = {
  "mg/dL": { unit: "mg/dL", width: 16, show: (value) => rounded(value * MG_DL_PER_MMOL_L, 0) },
  "mmol/L": { unit: "mmol/L", width: 16, show: (value) => rounded(value, 1) },
};

const COLUMNS: Readonly<Record<string, readonly [heading: string, kind: keyof typeof KINDS | "glucose"]>> = {
  id: ["Patient id", "word"],
  fullName: ["Name", "name"],
  birthDate: ["Date of birth", "word"],
  mrn: ["MRN", "word"],
  email: ["E-mail", "name"],
  tags: ["Tags", "name"],
  sites: ["Sites", "name"],
  diagnosisType: ["Diagnosis", "word"],
  createdTime: ["Patient since", "instant"],
  lastReviewed: ["Last reviewed", "instant"],
  "cgm.lastData": ["Last CGM data", "instant"],
  "bgm.lastData": ["Last BGM data", "instant"],
  period: ["Period", "word"],
  "cgm.timeCGMUsePercent": ["CGM use", "use"],
  "cgm.averageGlucoseMmol": ["CGM average glucose", "glucose"],
  "cgm.glucoseManagementIndicator": ["CGM GMI", "percent"],
  "cgm.timeInVeryLowPercent": ["CGM time very low", "fraction"],
  "cgm.timeInAnyLowPercent": ["CGM time low or very low", "fraction"],
  "cgm.timeInTargetPercent": ["CGM time in target", "fraction"],
  "cgm.timeInTargetPercentDelta": ["CGM time in target, change", "change"],
  "cgm.timeInAnyHighPercent": ["CGM time high or very high", "fraction"],
  "cgm.timeInVeryHighPercent": ["CGM time very high", "fraction"],
  "cgm.coefficientOfVariation": ["CGM coefficient of variation", "fraction"],
  "bgm.averageGlucoseMmol": ["BGM average glucose", "glucose"],
  "bgm.averageGlucoseMmolDelta": ["BGM average glucose, change", "glucose"],
  "bgm.averageDailyRecords": ["BGM readings a day", "average"],
  "bgm.totalRecords": ["BGM readings", "count"],
  "bgm.timeInVeryLowRecords": ["BGM readings very low", "count"],
  "bgm.timeInTargetPercent": ["BGM readings in target", "fraction"],
  "bgm.timeInVeryHighRecords": ["BGM readings very high", "count"],
};

export interface ReadableTable {
  readonly headings: readonly string[];
  readonly widths: readonly number[];
  /** The cells of a line of the table as people read them. */
  readonly shown: (cells: readonly CsvCell[]) => CsvCell[];
}

/**
 * The same table for people: words for headings, percents instead of fractions, times to the minute, glucose in this unit,
 * rounded as it is spoken of.
 */
export function readableTable(units: GlucoseUnits): ReadableTable {
  const columns = TABLE_COLUMNS.map((name) => {
    const [heading, kind] = COLUMNS[name]!;
    return { heading, kind: kind === "glucose" ? GLUCOSE[units] : KINDS[kind] };
  });
  return {
    headings: columns.map(({ heading, kind }) => (kind.unit === "" ? heading : `${heading} (${kind.unit})`)),
    widths: columns.map(({ kind }) => kind.width),
    shown: (cells) => cells.map((cell, i) => shownAs(columns[i]!.kind, cell)),
  };
}

function shownAs({ show }: Kind, cell: CsvCell): CsvCell {
  if (typeof cell === "number") return show(cell);
  if (cell === null || typeof cell === "string") return cell;
  return { moment: cell.moment.slice(0, 16).replace("T", " ") };
}
