import { THRESHOLDS } from "../../features/summaries/compute/kinds.ts";
import type { SummaryType } from "../../features/summaries/model/statistics.ts";

/** Reads `timeInVeryLowPercent` and the like. */
const TIME_IN_RANGE = /^timeIn([A-Z][A-Za-z]*?)(Percent|Minutes|Records)$/;

const { veryLow, low, high, veryHigh, extremeHigh } = THRESHOLDS;

/** The values of each glucose range. */
export const RANGES: Readonly<Record<string, string>> = {
  VeryLow: `below ${veryLow} mmol/L`,
  Low: `from ${veryLow} to below ${low} mmol/L`,
  AnyLow: `below ${low} mmol/L`,
  Target: `from ${low} to ${high} mmol/L`,
  High: `above ${high} and up to ${veryHigh} mmol/L`,
  VeryHigh: `above ${veryHigh} mmol/L`,
  ExtremeHigh: `of ${extremeHigh} mmol/L and above`,
  AnyHigh: `above ${high} mmol/L`,
};

/** What the other statistics are, without the full stop. */
const OTHERS: Readonly<Record<string, string>> = {
  timeCGMUsePercent: "Fraction of the period (0 to 1) that CGM readings cover",
  timeCGMUseMinutes: "Minutes of the period that CGM readings cover",
  timeCGMUseRecords: "Number of CGM readings in the period",
  averageGlucoseMmol: "Average glucose in mmol/L",
  glucoseManagementIndicator: "Glucose management indicator (GMI): estimated HbA1c in percent, such as 6.8",
  averageDailyRecords: "Number of readings per day of the period, on average",
  totalRecords: "Number of readings in the period",
  standardDeviation: "Standard deviation of glucose in mmol/L",
  coefficientOfVariation: "Coefficient of variation: standard deviation divided by average, as a fraction",
  min: "Lowest reading in mmol/L",
  max: "Highest reading in mmol/L",
  daysWithData: "Number of days with readings",
  hoursWithData: "Number of hours with readings",
};

/** What a statistic is, with its unit and without the full stop. */
export function meaningOf(type: SummaryType, statistic: string): string {
  const [, range, unit] = TIME_IN_RANGE.exec(statistic) ?? [];
  if (range === undefined) return OTHERS[statistic]!;
  const readings = `${type === "cgm" ? "CGM" : "BGM"} readings`;
  const values = RANGES[range]!;
  if (unit === "Records") return `Number of ${readings} ${values}`;
  if (unit === "Minutes") return `Minutes with ${readings} ${values}`;
  return `Fraction of the ${type === "cgm" ? "CGM time" : readings} (0 to 1) with glucose ${values}`;
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/(Percent|coefficientOfVariation)$/, "as a fraction"],
  [/Minutes$/, "in minutes"],
  [/Records$/, "in readings"],
  [/^glucoseManagementIndicator$/, "in percentage points"],
  [/^daysWithData$/, "in days"],
  [/^hoursWithData$/, "in hours"],
  [/./, "in mmol/L"],
];

/** What the Delta of a statistic is, with its unit and without the full stop. */
export function changeOf(statistic: string): string {
  const unit = UNITS.find(([names]) => names.test(statistic))![1];
  return `Change of \`${statistic}\` against the previous period of the same length, ${unit}`;
}
