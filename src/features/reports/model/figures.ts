import type { PatientSummary, Period } from "../../summaries/schema.ts";
import { f1, fc, integer, toMgDl } from "../../ehr/model/number-formats.ts";

export type Kind = "cgm" | "bgm";
export type GlucoseUnit = "mg/dL" | "mmol/L";

/** The periods of a report, the main one first. */
export const PERIODS = ["14d", "1d", "7d", "30d"] as const;
export type PeriodName = (typeof PERIODS)[number];

export const KIND_NAMES: Readonly<Record<Kind, { readonly short: string; readonly long: string }>> = {
  cgm: { short: "CGM", long: "Continuous glucose monitoring" },
  bgm: { short: "BGM", long: "Blood glucose meter" },
};

export const unitOf = (bgUnits: string | undefined): GlucoseUnit =>
  bgUnits?.toLowerCase() === "mg/dl" ? "mg/dL" : "mmol/L";

/** Glucose in mmol/L as a report writes it in a unit. */
export const glucoseText = (value: number, unit: GlucoseUnit): string =>
  unit === "mg/dL" ? fc(toMgDl(value)) : f1(value);

/** Only what a summary says about one kind of data. */
export const partOf = (summary: PatientSummary | undefined, kind: Kind): PatientSummary =>
  kind === "cgm" ? { cgmStats: summary?.cgmStats } : { bgmStats: summary?.bgmStats };

/** The statistics of a period; undefined when the summary does not have it. */
export function periodOf(summary: PatientSummary | undefined, kind: Kind, name: PeriodName): Period | undefined {
  const periods = summary?.[`${kind}Stats`]?.periods;
  return periods && Object.hasOwn(periods, name) ? periods[name] : undefined;
}

/** `14 days`. */
export const lengthText = (name: PeriodName): string => (name === "1d" ? "1 day" : `${Number.parseInt(name, 10)} days`);

/** No statistic of a person is as large. */
const PLAUSIBLE_MAX = 1e6;
/** Nor as long once it is written: a share is shown as a percent, a negative one with a decimal. More does not fit. */
const LENGTH_MAX = 7;

/** A statistic; undefined when it is absent. */
export function statisticOf(period: Period, name: string): number | undefined {
  const value = period[name];
  return typeof value === "number" && Math.abs(value) < PLAUSIBLE_MAX ? value : undefined;
}

/**
 * Whether all readings of a period are more than the period before had. Counters have a Delta all the same, which is then
 * the counter itself and no change; so do some others.
 */
function isFirst(period: Period): boolean {
  const records = statisticOf(period, "totalRecords");
  return records !== undefined && records === statisticOf(period, "totalRecordsDelta");
}

/** A statistic as it is displayed, with its change since the period before. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly unit: string;
  readonly change: string | undefined;
}

interface Form {
  readonly text: (value: number) => string;
  readonly unit: string;
  readonly changeUnit: (text: string) => string;
}

const points = (text: string) => (text === "1" ? "point" : "points");
const glucoseForm = (unit: GlucoseUnit): Form => ({
  text: (value) => glucoseText(value, unit),
  unit,
  changeUnit: () => unit,
});
/** Of a fraction. */
const SHARE: Form = { text: (value) => fc(value * 100), unit: "%", changeUnit: points };
/** Of the time; readings that overlap may come to more than all of it. */
const WEAR: Form = { ...SHARE, text: (value) => SHARE.text(Math.min(1, value)) };
const INDICATOR: Form = { text: f1, unit: "%", changeUnit: points };
const COUNT: Form = { text: integer, unit: "", changeUnit: () => "" };
const RATE: Form = { text: f1, unit: "", changeUnit: () => "" };

function figureOf(period: Period, label: string, name: string, { text, unit, changeUnit }: Form): Figure[] {
  const value = statisticOf(period, name);
  if (value === undefined || text(value).length > LENGTH_MAX) return [];
  const change = isFirst(period) ? undefined : statisticOf(period, `${name}Delta`);
  return [
    {
      label,
      value: text(value),
      unit,
      change: change === undefined ? undefined : changeText(change, text, changeUnit),
    },
  ];
}

function changeText(change: number, text: Form["text"], unit: Form["changeUnit"]): string {
  const size = text(Math.abs(change));
  if (Number(size) === 0) return "no change";
  return `${change < 0 ? "\u2212" : "+"}${size} ${unit(size)}`.trim();
}

/** Whether a glucose management indicator is shown: one of a single day says nothing. */
export const hasIndicator = (name: PeriodName): boolean => name !== "1d";

/** The main statistics of a period, those that are there. Variation is only said of data that has an average. */
export function mainFigures(kind: Kind, name: PeriodName, period: Period, unit: GlucoseUnit): Figure[] {
  const average = figureOf(period, "Average glucose", "averageGlucoseMmol", glucoseForm(unit));
  // A single reading varies by nothing. Where there was no more before, that is nothing to compare with.
  const { coefficientOfVariationDelta: change, ...uncompared } = period;
  const variation =
    average.length > 0 && period.coefficientOfVariation !== 0
      ? figureOf(
          change === period.coefficientOfVariation ? uncompared : period,
          "Variability (CV)",
          "coefficientOfVariation",
          SHARE,
        )
      : [];
  return kind === "cgm"
    ? [
        ...average,
        ...(hasIndicator(name) ? figureOf(period, "GMI", "glucoseManagementIndicator", INDICATOR) : []),
        ...variation,
        ...figureOf(period, "CGM wear", "timeCGMUsePercent", WEAR),
      ]
    : [
        ...average,
        ...variation,
        ...figureOf(period, "Readings per day", "averageDailyRecords", RATE),
        ...figureOf(period, "Readings", "totalRecords", COUNT),
      ];
}

interface Range {
  readonly name: string;
  readonly statistic: string;
  readonly limits: Readonly<Record<GlucoseUnit, string>>;
}

/** From the highest to the lowest, as the bar shows them. Limits are those of the Flowsheet. */
export const RANGES: readonly Range[] = [
  { name: "Very high", statistic: "timeInVeryHighPercent", limits: { "mg/dL": ">250", "mmol/L": ">13.9" } },
  { name: "High", statistic: "timeInHighPercent", limits: { "mg/dL": "181–250", "mmol/L": "10.1–13.9" } },
  { name: "Target", statistic: "timeInTargetPercent", limits: { "mg/dL": "70–180", "mmol/L": "3.9–10.0" } },
  { name: "Low", statistic: "timeInLowPercent", limits: { "mg/dL": "54–69", "mmol/L": "3.0–3.8" } },
  { name: "Very low", statistic: "timeInVeryLowPercent", limits: { "mg/dL": "<54", "mmol/L": "<3.0" } },
];

/** Said beside these limits: what devices show as the lower ones in mg/dL is a little below those in mmol/L. */
export const LIMITS_IN_MG_DL =
  "Ranges are decided in mmol/L: 70 mg/dL is 3.886 mmol/L and low, 54 mg/dL is 2.997 mmol/L and very low.";

/** The percentages of the ranges; undefined for one that is absent. */
export const rangeFigures = (period: Period): (Figure | undefined)[] =>
  RANGES.map(({ name, statistic }) => figureOf(period, name, statistic, SHARE)[0]);

/** Shares may be rounded, each for itself. */
const SUM_TOLERANCE = 0.02;

/** What part of the bar each range takes; undefined unless all are there and make a whole. */
export function barShares(period: Period): number[] | undefined {
  const shares = RANGES.map(({ statistic }) => statisticOf(period, statistic) ?? Number.NaN);
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.every((share) => share >= 0) && Math.abs(sum - 1) <= SUM_TOLERANCE
    ? shares.map((share) => share / sum)
    : undefined;
}
