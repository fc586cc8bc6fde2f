/**
 * The statistics of a summary period, in the order of their columns. Percents are fractions 0–1, glucose is in mmol/L;
 * each has a Delta (this period minus the one before). This list is the one source of the published schemas, the
 * columns, the filters and the sort keys.
 */
export interface Statistic {
  readonly name: string;
  /** Has a has… flag: the statistic itself may be absent. */
  readonly flagged: boolean;
  /** Without a flag, whether the contract requires the number. */
  readonly required: boolean;
}

export type SummaryType = "cgm" | "bgm";
const RANGES = ["VeryLow", "Low", "AnyLow", "Target", "High", "VeryHigh", "ExtremeHigh", "AnyHigh"] as const;

const flagged = (name: string): Statistic => ({ name, flagged: true, required: false });
const plain = (name: string, required = true): Statistic => ({ name, flagged: false, required });

export const STATISTICS: Readonly<Record<SummaryType, readonly Statistic[]>> = {
  cgm: [
    ...RANGES.flatMap((range) => ["Percent", "Minutes", "Records"].map((unit) => flagged(`timeIn${range}${unit}`))),
    ...["Percent", "Minutes", "Records"].map((unit) => flagged(`timeCGMUse${unit}`)),
    flagged("averageGlucoseMmol"),
    flagged("glucoseManagementIndicator"),
    flagged("averageDailyRecords"),
    flagged("totalRecords"),
    plain("standardDeviation"),
    plain("coefficientOfVariation"),
    plain("min"),
    plain("max"),
    plain("daysWithData"),
    plain("hoursWithData"),
  ],
  bgm: [
    ...RANGES.flatMap((range) => ["Percent", "Records"].map((unit) => flagged(`timeIn${range}${unit}`))),
    flagged("averageGlucoseMmol"),
    flagged("averageDailyRecords"),
    flagged("totalRecords"),
    plain("standardDeviation", false),
    plain("coefficientOfVariation", false),
    plain("min"),
    plain("max"),
    plain("daysWithData"),
  ],
};

/** The flagged statistics of a type: bit i of a period's flags belongs to the i-th. */
export const FLAGGED: Readonly<Record<SummaryType, readonly string[]>> = {
  cgm: STATISTICS.cgm.filter((s) => s.flagged).map((s) => s.name),
  bgm: STATISTICS.bgm.filter((s) => s.flagged).map((s) => s.name),
};

/** `timeInTargetPercent` → `hasTimeInTargetPercent`. */
export const flagName = (statistic: string): string => `has${statistic[0]!.toUpperCase()}${statistic.slice(1)}`;

/** The column of a statistic or of its Delta. */
export const columnName = (statistic: string): string =>
  statistic
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
