import { flagName, STATISTICS, type SummaryType } from "../../features/summaries/model/statistics.ts";
import { SHOWN_STATISTICS } from "../../features/tide/schema.ts";
import { changeOf, meaningOf, RANGES } from "./statistic-texts.ts";
import { of, type Text, type Texts } from "./text.ts";

const TOO_FEW = "Absent when there are too few readings.";
const TOO_FEW_TO_COMPARE = "Absent when either period has too few readings.";

/** Counts are always there; what is measured from them only with enough readings. */
const isCount = (statistic: string) => /(Minutes|Records)$/.test(statistic);

/** The statistics of a period of a patient's summary, their flags and their changes. */
function periodTexts(type: SummaryType): Texts {
  const texts: Record<string, string> = {};
  for (const { name, flagged, required } of STATISTICS[type]) {
    const mayBeAbsent = flagged ? !isCount(name) : !required;
    const flagMeaning = isCount(name) ? "is not 0" : "is present: there are enough readings for it";
    if (flagged) texts[flagName(name)] = `Whether \`${name}\` ${flagMeaning}.`;
    texts[name] = `${meaningOf(type, name)}.${mayBeAbsent ? ` ${TOO_FEW}` : ""}`;
    texts[`${name}Delta`] = `${changeOf(name)}.${mayBeAbsent ? ` ${flagged ? TOO_FEW_TO_COMPARE : TOO_FEW}` : ""}`;
  }
  return texts;
}

const thresholds: Texts = {
  veryLowGlucoseThreshold: { description: "Below it glucose is very low, mmol/L.", example: 3 },
  lowGlucoseThreshold: { description: "Below it glucose is low, mmol/L.", example: 3.9 },
  highGlucoseThreshold: { description: "Above it glucose is high, mmol/L.", example: 10 },
  veryHighGlucoseThreshold: { description: "Above it glucose is very high, mmol/L.", example: 13.9 },
};

const REASON_EXAMPLE = ["UPLOAD_COMPLETED"];
const dates: Texts = {
  firstData: "The time of the oldest reading that the summary is of.",
  lastData: "The time of the newest reading that the summary is of.",
  lastUploadDate: "When the newest of these readings was uploaded or changed.",
  lastUpdatedDate: "When the summary was last calculated.",
  lastUpdatedReason: { description: "Why it was calculated then.", example: REASON_EXAMPLE },
  outdatedSince: "Since when readings have changed that the summary does not show yet; absent when it is up to date.",
  outdatedReason: {
    description: "What has changed since then; empty when the summary is up to date.",
    example: ["DATA_ADDED"],
  },
};

const stats = (kind: string): Texts => ({
  id: "The id of the summary.",
  config: "By which version and thresholds the summary was calculated.",
  dates: "The times of the readings and of the summary.",
  periods: `The statistics of ${kind}, by period: 1d, 7d, 14d and 30d, each up to the hour of the newest reading.`,
});

/** Members of a period that stand for a range, such as `inVeryLow`. */
const ranges = (textOf: (values: string) => string): Texts =>
  Object.fromEntries(Object.entries(RANGES).map(([range, values]) => [`in${range}`, textOf(values)]));

const FIGURES = [
  "min",
  "max",
  "hoursWithData",
  "daysWithData",
  "averageGlucoseMmol",
  "glucoseManagementIndicator",
  "coefficientOfVariation",
  "standardDeviation",
  "averageDailyRecords",
];
const figures = (textOf: (figure: string) => string): Texts =>
  Object.fromEntries(FIGURES.map((figure) => [figure, `${textOf(figure)}.`]));

const PERIOD_DAYS = { "1d": "24 hours", "7d": "7 days", "14d": "14 days", "30d": "30 days" };
const periods: Texts = {
  periods: "The statistics by period. A period ends with the hour of the newest reading.",
  ...Object.fromEntries(
    Object.entries(PERIOD_DAYS).map(([period, length]) => [`periods.${period}`, `The statistics of ${length}.`]),
  ),
};
const summary: Texts = {
  id: { description: "The id of the summary.", example: "65f0c1d2e3a4b5c6d7e8f901" },
  userId: "The id of the person whose readings they are.",
  config: "By which version and thresholds the summary was calculated.",
  dates: "The times of the readings and of the summary.",
  ...periods,
};

/** The condition of a category of the TIDE report. */
const condition = (category: string, example: string): Text => ({
  description: `The condition of ${category}: a comparison and a fraction; absent where it is not shown.`,
  example,
});

export const SUMMARIES: Texts = {
  ...of("patientSummary.v1", {
    cgmStats: "The statistics of sensor readings (CGM); absent when there are none.",
    bgmStats: "The statistics of fingersticks (BGM); absent when there are none.",
  }),
  ...of("cgmStats.v1", stats("sensor readings (CGM)")),
  ...of("bgmStats.v1", stats("fingersticks (BGM)")),
  ...of("summaryConfig.v1", { schemaVersion: "The version of the rules of calculation.", ...thresholds }),
  ...of("summaryDates.v1", {
    ...dates,
    hasFirstData: "Whether `firstData` is present.",
    hasLastData: "Whether `lastData` is present.",
    hasLastUploadDate: "Whether `lastUploadDate` is present.",
    hasOutdatedSince: "Whether `outdatedSince` is present: the summary is out of date.",
    outdatedSinceLimit: "When the summary was to be calculated at the latest. Not calculated here.",
  }),
  ...of("cgmPeriod.v1", periodTexts("cgm")),
  ...of("bgmPeriod.v1", periodTexts("bgm")),

  // As the side of device data shows them
  ...of("glucoseSummary.v1", { ...summary, type: "cgm: sensor readings; bgm: fingersticks." }),
  ...of("continuousSummary.v1", { ...summary, type: "con: how soon after they were taken readings arrive." }),
  ...of("innerSummaryDates.v1", dates),
  ...of("glucosePeriod.v1", {
    total: "All readings of the period.",
    ...ranges((values) => `The readings ${values}.`),
    ...figures((figure) => meaningOf("cgm", figure)),
    glucoseManagementIndicator: `${meaningOf("cgm", "glucoseManagementIndicator")}. 0 for fingersticks.`,
    delta: "The change against the previous period of the same length.",
  }),
  ...of("glucosePeriodDelta.v1", {
    total: "The change of all readings.",
    ...ranges((values) => `The change of the readings ${values}.`),
    ...figures(changeOf),
  }),
  ...of("glucoseRange.v1", {
    glucose: "In `total` only: the sum of values times their minutes; of fingersticks the sum of values. mmol/L.",
    minutes: "The minutes that these readings cover; 0 for fingersticks.",
    records: "The number of these readings.",
    percent:
      "A fraction: in `total` of the length of the period, in a range of the total. 0 in `total` for fingersticks.",
    variance: "In `total` only: the sum of squared deviations from the average, weighted by minutes and not divided.",
  }),
  ...of("glucoseRangeDelta.v1", {
    minutes: "The change in minutes.",
    records: "The change in the number of readings.",
    percent: "The change of the fraction, such as -0.05 for five percentage points less.",
  }),
  ...of("continuousPeriod.v1", {
    total: "All readings of continuous data sets in the period.",
    "total.records": "The number of readings.",
    realtime: "The readings that arrived within 24 hours of their time.",
    "realtime.records": "The number of readings that arrived in time.",
    "realtime.percent": "Their share of all readings, a fraction from 0 to 1.",
    deferred: "The readings that arrived later.",
    "deferred.records": "The number of readings that arrived later.",
    "deferred.percent": "Their share of all readings, a fraction from 0 to 1.",
    averageDailyRecords: "Number of readings per day of the period, on average.",
  }),
  ...of("outdatedSummaries.v1", {
    userIds: "Those whose summaries wait, the longest waiting first.",
    start: "Since when the first of them waits.",
    end: "Since when the last of them waits.",
  }),

  // TIDE report
  ...of("tideResponse.v1", {
    config: "What the report was asked for, and by which rules it was made.",
    results: "The patients of each category. After 100 patients the categories that remain have no list.",
  }),
  ...of("tideConfig.v1", {
    schemaVersion: "The version of the form of the report.",
    period: "The period whose statistics were evaluated.",
    lastDataCutoff:
      "The oldest time that the newest CGM datum of a patient may have, with the offset it was asked for with.",
    ...thresholds,
    extremeHighGlucoseThreshold: { description: "From it on glucose is extremely high, mmol/L.", example: 19.4 },
    tags: "The ids of the tags that every patient of the report has.",
    filters: "The conditions of categories, as shown to members of the clinic.",
  }),
  ...of("tideFilters.v1", {
    timeInVeryLowPercent: condition("timeInVeryLowPercent", ">0.01"),
    timeInAnyLowPercent: condition("timeInAnyLowPercent", ">0.04"),
    timeInTargetPercent: condition("timeInTargetPercent", "<0.7"),
    timeInHighPercent: condition("timeInHighPercent", ">0.25"),
    timeInVeryHighPercent: condition("timeInVeryHighPercent", ">0.05"),
    timeInExtremeHighPercent: condition("timeInExtremeHighPercent", ">=0.01"),
    timeCGMUsePercent: condition("timeCGMUsePercent", "<0.7"),
    dropInTimeInTargetPercent: condition("dropInTimeInTargetPercent, a change of time in target", "<-0.15"),
  }),
  ...of("tideResultPatient.v1", {
    ...Object.fromEntries(
      SHOWN_STATISTICS.map((name) => {
        const [, changed] = /^(\w+)Delta$/.exec(name) ?? [];
        return [name, `${changed === undefined ? meaningOf("cgm", name) : changeOf(changed)}. Absent when not known.`];
      }),
    ),
    lastData: "The time of the newest CGM datum; absent when there is none.",
    patient: "Who it is.",
  }),
  ...of("tidePatient.v1", {
    id: { description: "The user id of the patient.", example: "0c6d1b3e-51f0-4f0e-9a51-2b2f1c7c9f10" },
    email: { description: "The patient's e-mail address; absent when there is none.", example: "rosa@example.org" },
    fullName: { description: "The full name of the patient.", example: "Rosa Diaz" },
    tags: "The ids of the patient's tags.",
    reviews: "The last reviews of the patient's data, newest first.",
    dataSources: "The data providers of the patient, and how each connection stands.",
  }),
};
