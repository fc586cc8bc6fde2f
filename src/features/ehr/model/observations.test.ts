import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactFixed } from "../../../../test/ehr/exact-decimals.ts";
import type { PatientSummary } from "../../summaries/schema.ts";
import { newestUploadOf, type Observation, observationsOf, reportingPeriodOf, toWholeSeconds } from "./observations.ts";

/** The table of the specification: code, source, formats of the two profiles, units, description. */
const ROWS: readonly (readonly [
  code: string,
  source: string,
  std: string,
  icode: string,
  units: string | null,
  description: string,
])[] = [
  ["REPORTING_PERIOD_START_CGM", "start", "T", "T", null, "CGM Reporting Period Start"],
  ["REPORTING_PERIOD_END_CGM", "end", "T", "T", null, "CGM Reporting Period End"],
  ["REPORTING_PERIOD_START_CGM_DATA", "dataStart", "T", "T", null, "CGM Reporting Period Start Date of actual Data"],
  [
    "TIME_ABOVE_RANGE_VERY_HIGH_CGM",
    "timeInVeryHighPercent×100",
    "F4",
    "FC",
    "%",
    "CGM Level 2 Hyperglycemia: Time above range (TAR-VH): % of readings and time >250 mg/dL (>13.9 mmol/L)",
  ],
  [
    "TIME_ABOVE_RANGE_HIGH_CGM",
    "timeInHighPercent×100",
    "F4",
    "FC",
    "%",
    "CGM Time in Level 1 Hyperglycemia: Time above range (TAR-H): % of readings and time 181–250 mg/dL (10.1–13.9 mmol/L)",
  ],
  [
    "TIME_IN_RANGE_CGM",
    "timeInTargetPercent×100",
    "F4",
    "FC",
    "%",
    "CGM Time in Range: Time in range (TIR): % of readings and time 70–180 mg/dL (3.9–10.0 mmol/L)",
  ],
  [
    "TIME_BELOW_RANGE_LOW_CGM",
    "timeInLowPercent×100",
    "F4",
    "FC",
    "%",
    "CGM Time in Level 1 Hypoglycemia: Time below range (TBR-L): % of readings and time 54–69 mg/dL (3.0–3.8 mmol/L)",
  ],
  [
    "TIME_BELOW_RANGE_VERY_LOW_CGM",
    "timeInVeryLowPercent×100",
    "F4",
    "FC",
    "%",
    "CGM Time in Level 2 Hypoglycemia: <Time below range (TBR-VL): % of readings and time <54 mg/dL (<3.0 mmol/L)",
  ],
  [
    "GLUCOSE_MANAGEMENT_INDICATOR",
    "glucoseManagementIndicator",
    "F4",
    "F1",
    null,
    "CGM Glucose Management Indicator during reporting period",
  ],
  ["AVERAGE_CGM", "averageGlucoseMmol", "F4", "FC|F1", "glu", "CGM Average Glucose during reporting period"],
  [
    "STANDARD_DEVIATION_CGM",
    "standardDeviation",
    "F4",
    "F1",
    "glu",
    "The standard deviation of CGM measurements during the reporting period",
  ],
  [
    "COEFFICIENT_OF_VARIATION_CGM",
    "coefficientOfVariation",
    "F4",
    "F1",
    "cv",
    "The coefficient of variation (standard deviation * 100 / mean) of CGM measurements during the reporting period",
  ],
  [
    "ACTIVE_WEAR_TIME_CGM",
    "timeCGMUsePercent×100",
    "F4",
    "F2",
    "%",
    "Percentage of time CGM worn during reporting period",
  ],
  [
    "DAYS_WITH_DATA_CGM",
    "daysWithData",
    "I",
    "I",
    "day",
    "Number of days with at least one CGM datum during the reporting period",
  ],
  [
    "HOURS_WITH_DATA_CGM",
    "hoursWithData",
    "I",
    "I",
    "hour",
    "Number of hours with at least one CGM datum during the reporting period",
  ],
  ["REPORTING_PERIOD_START_SMBG", "start", "T", "T", null, "SMBG Reporting Period Start"],
  ["REPORTING_PERIOD_END_SMBG", "end", "T", "T", null, "SMBG Reporting Period End"],
  ["REPORTING_PERIOD_START_SMBG_DATA", "dataStart", "T", "T", null, "SMBG Reporting Period Start Date of actual Data"],
  [
    "TIME_ABOVE_RANGE_VERY_HIGH_SMBG",
    "timeInVeryHighPercent×100",
    "F4",
    "FC",
    "%",
    "% of readings > 250 mg/dL (>13.9 mmol/L)",
  ],
  [
    "TIME_ABOVE_RANGE_HIGH_SMBG",
    "timeInHighPercent×100",
    "F4",
    "FC",
    "%",
    "% of readings between 181–250 mg/dL (10.1–13.9 mmol/L)",
  ],
  [
    "TIME_IN_RANGE_SMBG",
    "timeInTargetPercent×100",
    "F4",
    "FC",
    "%",
    "% of readings between 70–180 mg/dL (3.9–10.0 mmol/L)",
  ],
  [
    "TIME_BELOW_RANGE_LOW_SMBG",
    "timeInLowPercent×100",
    "F4",
    "FC",
    "%",
    "% of readings between 54–69 mg/dL (3.0–3.8 mmol/L)",
  ],
  [
    "TIME_BELOW_RANGE_VERY_LOW_SMBG",
    "timeInVeryLowPercent×100",
    "F4",
    "FC",
    "%",
    "% of readings < 54 mg/dL (<3.0 mmol/L)",
  ],
  [
    "READINGS_ABOVE_RANGE_VERY_HIGH_SMBG",
    "timeInVeryHighRecords",
    "I",
    "I",
    null,
    "SMBG Level 2 Hyperglycemia: Number of readings above range (TAR-VH) time >250 mg/dL (>13.9 mmol/L) during reporting period",
  ],
  [
    "READINGS_BELOW_RANGE_VERY_LOW_SMBG",
    "timeInVeryLowRecords",
    "I",
    "I",
    null,
    "SMBG Level 2 Hypoglycemia Events: Number of readings <54 mg/dL (<3.0 mmol/L) during reporting period",
  ],
  ["MAX_SMBG", "max", "F4", "FC|F1", "glu", "Maximum blood glucose reading over the time period"],
  ["MIN_SMBG", "min", "F4", "FC|F1", "glu", "Minimum blood glucose reading over the time period"],
  ["AVERAGE_SMBG", "averageGlucoseMmol", "F4", "FC|F1", "glu", "SMBG Average Glucose during reporting period"],
  [
    "STANDARD_DEVIATION_SMBG",
    "standardDeviation",
    "F4",
    "F1",
    "glu",
    "The standard deviation of SMBG measurements during the reporting period",
  ],
  [
    "COEFFICIENT_OF_VARIATION_SMBG",
    "coefficientOfVariation",
    "F4",
    "F1",
    "cv",
    "The coefficient of variation (standard deviation * 100 / mean) of SMBG measurements during the reporting period",
  ],
  [
    "TOTAL_READING_COUNT_SMBG",
    "totalRecords",
    "I",
    "I",
    null,
    "The total number of SMBG readings taken during the SMBG Reporting Period",
  ],
  [
    "CHECK_RATE_READINGS_DAY_SMBG",
    "averageDailyRecords",
    "F4",
    "F4",
    null,
    "Average Numeric of SMBG readings per day during reporting period",
  ],
  [
    "DAYS_WITH_DATA_SMBG",
    "daysWithData",
    "I",
    "I",
    "day",
    "The total number of days with at least 1 SMBG reading over the reporting period",
  ],
];

type Json = Record<string, any>;
const DAY_MS = 86_400_000;
const at = (text: string) => Date.parse(text);

/** What the table comes to for a summary, with exact arithmetic. */
function expected(summary: Json, bgUnits: string | undefined, icode: boolean, period: string): Observation[] {
  const isMgDl = bgUnits?.toLowerCase() === "mg/dl";
  const format: Record<string, (value: number) => string> = {
    F1: (value) => exactFixed(value, 1),
    F2: (value) => exactFixed(value, 2),
    F4: (value) => exactFixed(value, 4),
    FC: (value) => exactFixed(value, value < 1 ? 1 : 0),
    I: (value) => exactFixed(value, 0),
  };
  const seconds = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  return ROWS.flatMap(([code, source, std, ofIcode, units, description]): Observation[] => {
    const stats = summary[code.includes("SMBG") ? "bgmStats" : "cgmStats"];
    const { lastUpdatedDate, lastData, firstData } = stats?.dates ?? {};
    if (!lastUpdatedDate || !lastData) return [];
    const dateTime = seconds(at(lastUpdatedDate));
    const start = at(lastData) - Number.parseInt(period) * DAY_MS;
    if (std === "T") {
      const ms = { start, end: at(lastData), dataStart: firstData && Math.max(at(firstData), start) }[source];
      if (ms === undefined) return [];
      return [{ code, value: seconds(ms), valueType: "DateTime", units: null, description, dateTime }];
    }
    const [name, times] = source.split("×");
    const stored: number | undefined = stats.periods?.[period]?.[name!];
    if (stored === undefined) return [];
    let [value, unit, form] = [stored, units, icode ? ofIcode : std];
    if (times) value *= 100;
    if (units === "glu") {
      unit = isMgDl ? bgUnits : "mmol/L";
      if (isMgDl) value = Math.trunc(value * 18.01559 * 100_000 + 0.5) / 100_000;
    }
    if (units === "cv") {
      unit = icode ? "%" : null;
      if (icode) value *= 100;
    }
    if (form === "FC|F1") form = isMgDl ? "FC" : "F1";
    return [{ code, value: format[form]!(value), valueType: "Numeric", units: unit, description, dateTime }];
  });
}

const NAMES = [...new Set(ROWS.filter(([, , std]) => std !== "T").map(([, source]) => source.split("×")[0]!))];

const dates = {
  hasFirstData: true,
  hasLastData: true,
  hasLastUploadDate: true,
  hasOutdatedSince: false,
  firstData: "2026-01-01T06:00:00Z",
  lastData: "2026-03-01T23:55:00.999Z",
  lastUpdatedDate: "2026-03-02T08:00:00.5Z",
  lastUploadDate: "2026-03-02T07:00:00Z",
};
const period = {
  averageGlucoseMmol: 8,
  timeInTargetPercent: 0.625,
  timeInVeryLowPercent: 0.004,
  coefficientOfVariation: 0.33,
  timeCGMUsePercent: 0.981,
};
const summaryOf = (summary: Json) => summary as PatientSummary;
const std = { bgUnits: "mg/dL", icode: false };
const byCode = (summary: Json, profile: { bgUnits: string | undefined; icode: boolean }, ofPeriod?: string) =>
  new Map(observationsOf(summaryOf(summary), profile, ofPeriod).map((it) => [it.code, it]));
const cgm = (changed: Json = {}, periods: Json | undefined = { "14d": period }) => ({
  cgmStats: { dates: { ...dates, ...changed }, periods },
});

describe("observationsOf", () => {
  test.each([
    ["AVERAGE_CGM", "144.1247", "mg/dL", "144", "mg/dL"],
    ["TIME_IN_RANGE_CGM", "62.5000", "%", "62", "%"],
    ["TIME_BELOW_RANGE_VERY_LOW_CGM", "0.4000", "%", "0.4", "%"],
    ["COEFFICIENT_OF_VARIATION_CGM", "0.3300", null, "33.0", "%"],
    ["ACTIVE_WEAR_TIME_CGM", "98.1000", "%", "98.10", "%"],
  ])("has %s as in the example of the specification", (code, value, units, icodeValue, icodeUnits) => {
    expect(byCode(cgm(), std).get(code)).toMatchObject({ value, units });
    expect(byCode(cgm(), { ...std, icode: true }).get(code)).toMatchObject({ value: icodeValue, units: icodeUnits });
  });

  const number = fc.oneof(
    fc.nat(4032).map((n) => n / 4032),
    fc.integer({ min: 0, max: 64 }).map((n) => n / 64),
    fc.integer({ min: 0, max: 3_500_000 }).map((n) => n / 100_000),
    fc.nat(5000),
    fc.double({ noNaN: true, min: -1e21, max: 1e21 }),
  );
  const instant = fc
    .date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString());
  const stats = fc.record(
    {
      dates: fc.record(
        { lastUpdatedDate: instant, lastData: instant, firstData: instant },
        { requiredKeys: ["lastData"] },
      ),
      periods: fc.dictionary(
        fc.constantFrom("1d", "7d", "14d", "30d"),
        fc.record(Object.fromEntries(NAMES.map((name) => [name, number])), { requiredKeys: [] }),
      ),
    },
    { requiredKeys: ["dates"] },
  );

  test("is the table of the specification, for any summary, unit, profile and period", () => {
    fc.assert(
      fc.property(
        fc.record({ cgmStats: stats, bgmStats: stats }, { requiredKeys: [] }),
        fc.constantFrom("mg/dL", "MG/DL", "mg/dl", "mmol/L", "", "mgdl", undefined),
        fc.boolean(),
        fc.constantFrom("1d", "7d", "14d", "30d"),
        (summary, bgUnits, icode, ofPeriod) => {
          const found = observationsOf(summaryOf(summary), { bgUnits, icode }, ofPeriod);
          expect(found).toEqual(expected(summary, bgUnits, icode, ofPeriod));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("is the whole table, in its order, for a summary with everything", () => {
    const all = { "14d": Object.fromEntries(NAMES.map((name) => [name, 0.5])) };
    const both = { cgmStats: { dates, periods: all }, bgmStats: { dates, periods: all } };
    const found = observationsOf(summaryOf(both), std);
    expect(found.map(({ code }) => code)).toEqual(ROWS.map(([code]) => code));
    expect(found.map(({ description }) => description)).toEqual(ROWS.map(([, , , , , description]) => description));
  });

  test("takes the period of 14 days by default, and no other", () => {
    expect(observationsOf(summaryOf(cgm()), std)).toEqual(observationsOf(summaryOf(cgm()), std, "14d"));
    expect(byCode(cgm({}, { "7d": period }), std).has("AVERAGE_CGM")).toBe(false);
    expect(byCode(cgm({}, { "7d": period }), std, "7d").get("REPORTING_PERIOD_START_CGM")?.value).toBe(
      "2026-02-22T23:55:00Z",
    );
  });

  test("has only dates without the period", () => {
    const codes = ["REPORTING_PERIOD_START_CGM", "REPORTING_PERIOD_END_CGM", "REPORTING_PERIOD_START_CGM_DATA"];
    for (const periods of [undefined, {}, { "30d": period }]) {
      expect([...byCode({ cgmStats: { dates, periods } }, std).keys()]).toEqual(codes);
    }
  });

  test("drops fractions of a second, and writes other zones in UTC", () => {
    const found = byCode(cgm({ lastData: "2026-03-02T01:55:00.999999+02:00" }), std);
    expect(found.get("REPORTING_PERIOD_END_CGM")).toMatchObject({
      value: "2026-03-01T23:55:00Z",
      dateTime: "2026-03-02T08:00:00Z",
      units: null,
      valueType: "DateTime",
    });
  });

  test.each([
    ["the start of the period, where data is older", "2026-01-01T06:00:00Z", "2026-02-15T23:55:00Z"],
    ["the first data, where it is newer", "2026-02-20T06:00:00Z", "2026-02-20T06:00:00Z"],
  ])("has as start of the data %s", (_, firstData, value) => {
    expect(byCode(cgm({ firstData }), std).get("REPORTING_PERIOD_START_CGM_DATA")?.value).toBe(value);
  });

  test.each([
    ["absent", undefined],
    ["the zero time", "0001-01-01T00:00:00Z"],
    ["the zero time elsewhere", "0001-01-01T02:00:00+02:00"],
  ])("leaves out the start of the data when the first data is %s", (_, firstData) => {
    const codes = [...byCode(cgm({ firstData }), std).keys()];
    expect(codes).toContain("REPORTING_PERIOD_START_CGM");
    expect(codes).not.toContain("REPORTING_PERIOD_START_CGM_DATA");
  });

  test.each(["lastUpdatedDate", "lastData"])("has no block without %s", (name) => {
    for (const value of [undefined, "0001-01-01T00:00:00Z", "not a date"]) {
      const bgm = { bgmStats: { dates, periods: { "14d": { max: 20 } } } };
      const codes = [...byCode({ ...cgm({ [name]: value }), ...bgm }, std).keys()];
      expect(codes.length).toBe(4);
      expect(codes.every((code) => code.includes("SMBG"))).toBe(true);
    }
  });

  test("is empty without data", () => {
    for (const summary of [undefined, {}, { cgmStats: {} }, { cgmStats: { dates: {} } }]) {
      expect(observationsOf(summary as PatientSummary, std)).toEqual([]);
    }
  });

  test("leaves out what can't be written", () => {
    const found = byCode(cgm({ lastData: "0000-01-05T00:00:00Z" }, { "14d": { timeInTargetPercent: 1e308 } }), std);
    expect([...found.keys()]).toEqual(["REPORTING_PERIOD_END_CGM", "REPORTING_PERIOD_START_CGM_DATA"]);
  });
});

test("the reporting period ends with the newer kind of data", () => {
  const of = (cgmEnd?: string, bgmEnd?: string) =>
    summaryOf({ cgmStats: { dates: { lastData: cgmEnd } }, bgmStats: { dates: { lastData: bgmEnd } } });
  const [older, newer] = ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00.5Z"];
  const newest = { start: at("2026-02-16T00:00:00.5Z"), end: at(newer) };
  expect(reportingPeriodOf(of(newer, older))).toEqual(newest);
  expect(reportingPeriodOf(of(older, newer))).toEqual(newest);
  expect(reportingPeriodOf(of(undefined, newer))).toEqual(newest);
  expect(reportingPeriodOf(of(newer, "0001-01-01T00:00:00Z"))).toEqual(newest);
  expect(reportingPeriodOf(of(newer, newer), "1d")).toEqual({ start: at("2026-03-01T00:00:00.5Z"), end: at(newer) });
  expect(reportingPeriodOf(of())).toBeUndefined();
  expect(reportingPeriodOf(undefined)).toBeUndefined();
  for (const wrong of ["", "d", "0d", "-1d", "1.5d", "14", "14days", "99999d"]) {
    expect(() => reportingPeriodOf(of(newer), wrong)).toThrow(RangeError);
  }
});

test("the newest upload is the later of both kinds", () => {
  const of = (cgmAt?: string, bgmAt?: string) =>
    newestUploadOf(
      summaryOf({ cgmStats: { dates: { lastUploadDate: cgmAt } }, bgmStats: { dates: { lastUploadDate: bgmAt } } }),
    );
  const [older, newer] = ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"];
  expect([of(newer, older), of(older, newer), of(undefined, newer), of(newer)]).toEqual(Array(4).fill(at(newer)));
  expect(of("0001-01-01T00:00:00Z")).toBeUndefined();
  expect(newestUploadOf(undefined)).toBeUndefined();
});

test("whole seconds are those that have passed, before 1970 too", () => {
  expect(toWholeSeconds(at("2026-03-01T10:00:00.999Z"))).toBe("2026-03-01T10:00:00Z");
  expect(toWholeSeconds(-1)).toBe("1969-12-31T23:59:59Z");
});
