import type { ReportContent, ReportOptions } from "../src/features/reports/model/content.ts";
import type { Period } from "../src/features/summaries/schema.ts";

/** Reports to draw: an invented patient with statistics of all four periods. */

const END = "2026-03-16T15:00:00Z";
const DAY_MS = 86_400_000;

const dates = {
  lastUpdatedDate: END,
  hasFirstData: true,
  firstData: "2025-01-01T00:00:00Z",
  hasLastData: true,
  lastData: END,
  hasLastUploadDate: true,
  lastUploadDate: END,
  hasOutdatedSince: false,
};

/** The shares of very low, low, target, high and very high; they make a whole. */
export type Shares = readonly [number, number, number, number, number];

const ranges = ([veryLow, low, target, high, veryHigh]: Shares) => ({
  timeInVeryLowPercent: veryLow,
  timeInLowPercent: low,
  timeInTargetPercent: target,
  timeInHighPercent: high,
  timeInVeryHighPercent: veryHigh,
});

export const cgmPeriod = (shares: Shares, more: Period = {}): Period => ({
  ...ranges(shares),
  timeInTargetPercentDelta: 0.043,
  timeInVeryLowPercentDelta: -0.001,
  averageGlucoseMmol: 8.04,
  averageGlucoseMmolDelta: -0.31,
  glucoseManagementIndicator: 6.87,
  glucoseManagementIndicatorDelta: -0.2,
  standardDeviation: 2.71,
  coefficientOfVariation: 0.337,
  coefficientOfVariationDelta: 0.021,
  timeCGMUsePercent: 0.981,
  timeCGMUsePercentDelta: 0,
  daysWithData: 14,
  hoursWithData: 321,
  ...more,
});

export const bgmPeriod = (shares: Shares, more: Period = {}): Period => ({
  ...ranges(shares),
  timeInVeryHighRecords: 6,
  timeInVeryLowRecords: 1,
  averageGlucoseMmol: 8.55,
  averageGlucoseMmolDelta: 0.25,
  standardDeviation: 3.12,
  coefficientOfVariation: 0.365,
  totalRecords: 83,
  totalRecordsDelta: 6,
  averageDailyRecords: 5.93,
  averageDailyRecordsDelta: 0.4,
  min: 2.9,
  max: 19.2,
  daysWithData: 13,
  ...more,
});

const CGM_SHARES: Shares = [0.004, 0.021, 0.684, 0.211, 0.08];
const BGM_SHARES: Shares = [0.012, 0.048, 0.602, 0.241, 0.097];

export const sampleCgm = {
  dates,
  periods: {
    "1d": cgmPeriod(CGM_SHARES, { averageGlucoseMmol: 7.11, daysWithData: 1, hoursWithData: 24 }),
    "7d": cgmPeriod(CGM_SHARES, { averageGlucoseMmol: 7.93, daysWithData: 7, hoursWithData: 160 }),
    "14d": cgmPeriod(CGM_SHARES),
    "30d": cgmPeriod(CGM_SHARES, { averageGlucoseMmol: 8.21, daysWithData: 29, hoursWithData: 655 }),
  },
};

export const sampleBgm = {
  dates,
  periods: {
    "1d": bgmPeriod(BGM_SHARES, { totalRecords: 5, daysWithData: 1 }),
    "7d": bgmPeriod(BGM_SHARES, { totalRecords: 40, daysWithData: 7 }),
    "14d": bgmPeriod(BGM_SHARES),
    "30d": bgmPeriod(BGM_SHARES, { totalRecords: 171, daysWithData: 28 }),
  },
};

export const sampleContent = (more: Partial<ReportContent> = {}): ReportContent => ({
  id: "660000000000000000000002",
  generatedAt: Date.parse("2026-03-17T16:12:00Z"),
  clinicName: "Griffith Office",
  patient: { fullName: "Jill Jellyfish", birthDate: "1987-02-03", mrn: "MRN-0012345" },
  summary: { cgmStats: sampleCgm, bgmStats: sampleBgm },
  ...more,
});

export const samplePatient = (fullName: string): ReportContent["patient"] => ({
  ...sampleContent().patient,
  fullName,
});

export const sampleOptions = (more: Partial<ReportOptions> = {}): ReportOptions => ({
  reports: ["all"],
  startDate: Date.parse(END) - 14 * DAY_MS,
  endDate: Date.parse(END),
  tzName: "America/Vancouver",
  bgUnits: "mg/dL",
  icode: false,
  hasFlowsheet: true,
  ...more,
});
