import { fromDateTime } from "../../../platform/core/wire.ts";
import type { PatientSummary, Period, SummaryDates } from "../../summaries/schema.ts";
import { f1, f2, f4, fc, integer, toMgDl } from "./number-formats.ts";

/** A number or an instant of a summary, in the form EHRs get it. */
export interface Observation {
  readonly code: string;
  readonly value: string;
  readonly valueType: "Numeric" | "DateTime";
  readonly units: string | null;
  readonly description: string;
  /** When the summary was calculated: RFC 3339 in whole seconds, UTC. */
  readonly dateTime: string;
}

export interface ObservationProfile {
  /** The clinic's preferred glucose unit, in its own spelling. */
  readonly bgUnits: string | undefined;
  /** The profile with rounded numbers. */
  readonly icode: boolean;
}

/** Instants in epoch milliseconds. */
export interface ReportingPeriod {
  readonly start: number;
  readonly end: number;
}

/** Our choice: far above any statistic. Conversions of the largest numbers are infinite. */
const CONVERTIBLE_MAX = 1e100;
/** The period whose statistics are sent. */
const SENT_PERIOD = "14d";
const DAY_MS = 86_400_000;

interface Glucose {
  readonly isMgDl: boolean;
  readonly units: string;
}
type Formatted = readonly [value: string, units: string | null];
/** How the value of a statistic is written: in the standard profile and with icode. */
interface Form {
  readonly std: (value: number, glucose: Glucose) => Formatted;
  readonly icode: (value: number, glucose: Glucose) => Formatted;
}

const percent = (icode: (value: number) => string): Form => ({
  std: (value) => [f4(value * 100), "%"],
  icode: (value) => [icode(value * 100), "%"],
});
const glucose = (icode: (value: number, isMgDl: boolean) => string): Form => {
  const inUnits =
    (format: (value: number, isMgDl: boolean) => string) =>
    (value: number, { isMgDl, units }: Glucose): Formatted => [format(isMgDl ? toMgDl(value) : value, isMgDl), units];
  return { std: inUnits(f4), icode: inUnits(icode) };
};
const plain = (
  std: (value: number) => string,
  icode: (value: number) => string,
  units: string | null = null,
): Form => ({ std: (value) => [std(value), units], icode: (value) => [icode(value), units] });

const TIME_IN_RANGE = percent(fc);
const WEAR_TIME = percent(f2);
const GLUCOSE = glucose((value, isMgDl) => (isMgDl ? fc(value) : f1(value)));
const DEVIATION = glucose(f1);
/** The standard profile sends the fraction, though the description says percent: EHRs rely on it. */
const VARIATION: Form = { std: plain(f4, f4).std, icode: percent(f1).icode };
const INDICATOR = plain(f4, f1);
const RATE = plain(f4, f4);
const COUNT = plain(integer, integer);
const DAYS = plain(integer, integer, "day");
const HOURS = plain(integer, integer, "hour");

type Limit = "start" | "end" | "dataStart";
type DateRow = readonly [code: string, limit: Limit, description: string];
type NumberRow = readonly [code: string, statistic: string, form: Form, description: string];
interface Block {
  readonly stats: "cgmStats" | "bgmStats";
  readonly dates: readonly DateRow[];
  readonly numbers: readonly NumberRow[];
}

/** The observations in the order in which they are sent. Descriptions are part of the wire format, with their slips. */
const BLOCKS: readonly Block[] = [
  {
    stats: "cgmStats",
    dates: [
      ["REPORTING_PERIOD_START_CGM", "start", "CGM Reporting Period Start"],
      ["REPORTING_PERIOD_END_CGM", "end", "CGM Reporting Period End"],
      ["REPORTING_PERIOD_START_CGM_DATA", "dataStart", "CGM Reporting Period Start Date of actual Data"],
    ],
    numbers: [
      [
        "TIME_ABOVE_RANGE_VERY_HIGH_CGM",
        "timeInVeryHighPercent",
        TIME_IN_RANGE,
        "CGM Level 2 Hyperglycemia: Time above range (TAR-VH): % of readings and time >250 mg/dL (>13.9 mmol/L)",
      ],
      [
        "TIME_ABOVE_RANGE_HIGH_CGM",
        "timeInHighPercent",
        TIME_IN_RANGE,
        "CGM Time in Level 1 Hyperglycemia: Time above range (TAR-H): % of readings and time 181–250 mg/dL (10.1–13.9 mmol/L)",
      ],
      [
        "TIME_IN_RANGE_CGM",
        "timeInTargetPercent",
        TIME_IN_RANGE,
        "CGM Time in Range: Time in range (TIR): % of readings and time 70–180 mg/dL (3.9–10.0 mmol/L)",
      ],
      [
        "TIME_BELOW_RANGE_LOW_CGM",
        "timeInLowPercent",
        TIME_IN_RANGE,
        "CGM Time in Level 1 Hypoglycemia: Time below range (TBR-L): % of readings and time 54–69 mg/dL (3.0–3.8 mmol/L)",
      ],
      [
        "TIME_BELOW_RANGE_VERY_LOW_CGM",
        "timeInVeryLowPercent",
        TIME_IN_RANGE,
        "CGM Time in Level 2 Hypoglycemia: <Time below range (TBR-VL): % of readings and time <54 mg/dL (<3.0 mmol/L)",
      ],
      [
        "GLUCOSE_MANAGEMENT_INDICATOR",
        "glucoseManagementIndicator",
        INDICATOR,
        "CGM Glucose Management Indicator during reporting period",
      ],
      ["AVERAGE_CGM", "averageGlucoseMmol", GLUCOSE, "CGM Average Glucose during reporting period"],
      [
        "STANDARD_DEVIATION_CGM",
        "standardDeviation",
        DEVIATION,
        "The standard deviation of CGM measurements during the reporting period",
      ],
      [
        "COEFFICIENT_OF_VARIATION_CGM",
        "coefficientOfVariation",
        VARIATION,
        "The coefficient of variation (standard deviation * 100 / mean) of CGM measurements during the reporting period",
      ],
      ["ACTIVE_WEAR_TIME_CGM", "timeCGMUsePercent", WEAR_TIME, "Percentage of time CGM worn during reporting period"],
      [
        "DAYS_WITH_DATA_CGM",
        "daysWithData",
        DAYS,
        "Number of days with at least one CGM datum during the reporting period",
      ],
      [
        "HOURS_WITH_DATA_CGM",
        "hoursWithData",
        HOURS,
        "Number of hours with at least one CGM datum during the reporting period",
      ],
    ],
  },
  {
    stats: "bgmStats",
    dates: [
      ["REPORTING_PERIOD_START_SMBG", "start", "SMBG Reporting Period Start"],
      ["REPORTING_PERIOD_END_SMBG", "end", "SMBG Reporting Period End"],
      ["REPORTING_PERIOD_START_SMBG_DATA", "dataStart", "SMBG Reporting Period Start Date of actual Data"],
    ],
    numbers: [
      [
        "TIME_ABOVE_RANGE_VERY_HIGH_SMBG",
        "timeInVeryHighPercent",
        TIME_IN_RANGE,
        "% of readings > 250 mg/dL (>13.9 mmol/L)",
      ],
      [
        "TIME_ABOVE_RANGE_HIGH_SMBG",
        "timeInHighPercent",
        TIME_IN_RANGE,
        "% of readings between 181–250 mg/dL (10.1–13.9 mmol/L)",
      ],
      [
        "TIME_IN_RANGE_SMBG",
        "timeInTargetPercent",
        TIME_IN_RANGE,
        "% of readings between 70–180 mg/dL (3.9–10.0 mmol/L)",
      ],
      [
        "TIME_BELOW_RANGE_LOW_SMBG",
        "timeInLowPercent",
        TIME_IN_RANGE,
        "% of readings between 54–69 mg/dL (3.0–3.8 mmol/L)",
      ],
      [
        "TIME_BELOW_RANGE_VERY_LOW_SMBG",
        "timeInVeryLowPercent",
        TIME_IN_RANGE,
        "% of readings < 54 mg/dL (<3.0 mmol/L)",
      ],
      [
        "READINGS_ABOVE_RANGE_VERY_HIGH_SMBG",
        "timeInVeryHighRecords",
        COUNT,
        "SMBG Level 2 Hyperglycemia: Number of readings above range (TAR-VH) time >250 mg/dL (>13.9 mmol/L) during reporting period",
      ],
      [
        "READINGS_BELOW_RANGE_VERY_LOW_SMBG",
        "timeInVeryLowRecords",
        COUNT,
        "SMBG Level 2 Hypoglycemia Events: Number of readings <54 mg/dL (<3.0 mmol/L) during reporting period",
      ],
      ["MAX_SMBG", "max", GLUCOSE, "Maximum blood glucose reading over the time period"],
      ["MIN_SMBG", "min", GLUCOSE, "Minimum blood glucose reading over the time period"],
      ["AVERAGE_SMBG", "averageGlucoseMmol", GLUCOSE, "SMBG Average Glucose during reporting period"],
      [
        "STANDARD_DEVIATION_SMBG",
        "standardDeviation",
        DEVIATION,
        "The standard deviation of SMBG measurements during the reporting period",
      ],
      [
        "COEFFICIENT_OF_VARIATION_SMBG",
        "coefficientOfVariation",
        VARIATION,
        "The coefficient of variation (standard deviation * 100 / mean) of SMBG measurements during the reporting period",
      ],
      [
        "TOTAL_READING_COUNT_SMBG",
        "totalRecords",
        COUNT,
        "The total number of SMBG readings taken during the SMBG Reporting Period",
      ],
      [
        "CHECK_RATE_READINGS_DAY_SMBG",
        "averageDailyRecords",
        RATE,
        "Average Numeric of SMBG readings per day during reporting period",
      ],
      [
        "DAYS_WITH_DATA_SMBG",
        "daysWithData",
        DAYS,
        "The total number of days with at least 1 SMBG reading over the reporting period",
      ],
    ],
  },
];

/**
 * What a summary says about its period of `n` days, `<n>d`, in the order in which it is sent; what is absent is left
 * out. Empty without data.
 */
export function observationsOf(
  summary: PatientSummary | undefined,
  profile: ObservationProfile,
  period: string = SENT_PERIOD,
): Observation[] {
  const glucoseForm = glucoseOf(profile.bgUnits);
  return BLOCKS.flatMap(({ stats, dates, numbers }) => {
    const { dates: instants, periods } = summary?.[stats] ?? {};
    const updated = instantOf(instants?.lastUpdatedDate);
    const limits = limitsOf(instants, period);
    if (updated === undefined || limits === undefined) return [];
    const dateTime = toWholeSeconds(updated);
    const observations: Observation[] = [];
    for (const [code, limit, description] of dates) {
      const at = limits[limit];
      // RFC 3339 can't write what comes before the year 0.
      if (at === undefined || at < YEAR_ZERO) continue;
      const value = toWholeSeconds(at);
      observations.push({ code, value, valueType: "DateTime", units: null, description, dateTime });
    }
    const statistics: Period = periods?.[period] ?? {};
    for (const [code, statistic, form, description] of numbers) {
      const stored = statistics[statistic];
      if (typeof stored !== "number" || Math.abs(stored) > CONVERTIBLE_MAX) continue;
      const [value, units] = form[profile.icode ? "icode" : "std"](stored, glucoseForm);
      observations.push({ code, value, valueType: "Numeric", units, description, dateTime });
    }
    return observations;
  });
}

/** The period a report is about: the last `n` days, `<n>d`, of the newer kind of data. */
export function reportingPeriodOf(
  summary: PatientSummary | undefined,
  period: string = SENT_PERIOD,
): ReportingPeriod | undefined {
  const end = laterOf(instantOf(summary?.cgmStats?.dates?.lastData), instantOf(summary?.bgmStats?.dates?.lastData));
  return end === undefined ? undefined : { start: end - lengthOf(period), end };
}

/** The newest upload of either kind of data, in epoch milliseconds. */
export const newestUploadOf = (summary: PatientSummary | undefined): number | undefined =>
  laterOf(instantOf(summary?.cgmStats?.dates?.lastUploadDate), instantOf(summary?.bgmStats?.dates?.lastUploadDate));

function glucoseOf(bgUnits: string | undefined): Glucose {
  return bgUnits?.toLowerCase() === "mg/dl" ? { isMgDl: true, units: bgUnits } : { isMgDl: false, units: "mmol/L" };
}

function limitsOf(dates: SummaryDates | undefined, period: string): Partial<Record<Limit, number>> | undefined {
  const [firstData, end] = [instantOf(dates?.firstData), instantOf(dates?.lastData)];
  if (end === undefined) return undefined;
  const start = end - lengthOf(period);
  return firstData === undefined ? { start, end } : { start, end, dataStart: Math.max(firstData, start) };
}

/** In milliseconds; a day has 24 hours. */
function lengthOf(period: string): number {
  const days = /^([1-9]\d{0,3})d$/.exec(period)?.[1];
  if (days === undefined) throw new RangeError(`no number of days: ${period}`);
  return Number(days) * DAY_MS;
}

const ZERO_TIME = fromDateTime("0001-01-01T00:00:00Z");
const YEAR_ZERO = fromDateTime("0000-01-01T00:00:00Z");

/** Deployed services write the zero time for none. */
function instantOf(text: string | undefined): number | undefined {
  const instant = text === undefined ? Number.NaN : fromDateTime(text);
  return Number.isNaN(instant) || instant === ZERO_TIME ? undefined : instant;
}

const laterOf = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

/** An instant in RFC 3339: UTC, whole seconds, the fraction dropped. */
export const toWholeSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
