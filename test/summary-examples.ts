/**
 * The worked examples of the specification of summaries: readings as devices send them, and what clinics are shown. Decimals
 * to nine digits behind the point.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface SentReading {
  readonly units: "mg/dL" | "mmol/L";
  readonly value: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly deviceId?: string;
  readonly sampleInterval?: number;
}

/** A field, and what it has in the periods of 1, 7, 14 and 30 days; undefined where it is absent. */
export type ShownRow = readonly [field: string, values: readonly (number | undefined)[]];

export interface SummaryExample {
  readonly kind: "cgm" | "bgm";
  readonly readings: readonly SentReading[];
  readonly shown: readonly ShownRow[];
}

export const PERIODS = ["1d", "7d", "14d", "30d"] as const;
const RANGES = ["VeryLow", "Low", "Target", "High", "VeryHigh", "ExtremeHigh", "AnyLow", "AnyHigh"];
const none = undefined;
const each = (value: number | undefined): (number | undefined)[] => Array<number | undefined>(4).fill(value);

const DEVICES = {
  D: { deviceId: "DevA-1", sampleInterval: 300_000 },
  B: { deviceId: "DevB-1", sampleInterval: 60_000 },
  F: { deviceId: "AbbottFreeStyleLibre-X1" },
} as const;

const ofMorning = (values: Readonly<Record<string, number>>): ShownRow[] =>
  Object.entries(values).flatMap(([field, value]) => [
    [field, each(value)],
    [`${field}Delta`, each(value)],
  ]);

/** One morning of three sensors. */
export const MORNING: SummaryExample = {
  kind: "cgm",
  readings: (
    [
      ["10:00:00", "D", 54],
      ["10:02:00", "B", 60],
      ["10:05:00", "D", 70],
      ["10:09:50", "B", 80],
      ["10:10:00", "D", 180],
      ["10:15:00", "D", 180],
      ["10:20:00", "D", 181],
      ["10:25:00", "D", 250],
      ["10:30:00", "D", 251],
      ["10:35:00", "D", 350],
      ["10:50:00", "F", 100],
      ["10:58:00", "D", 110],
      ["11:00:00", "D", 120],
      ["11:05:00", "D", 200],
    ] as const
  ).map(([time, device, value]) => ({
    units: "mg/dL",
    value,
    time: Date.parse(`2024-05-01T${time}Z`),
    ...DEVICES[device],
  })),
  shown: [
    ["timeCGMUsePercent", [0.0423611111111111, 0.0060515873015873, 61 / 20160, 61 / 43200]],
    ["averageGlucoseMmol", each(8.97219344262295)],
    ["standardDeviation", each(4.71171486327357)],
    ["coefficientOfVariation", each(0.525146375120523)],
    ["averageDailyRecords", [11, 1.57142857142857, 11 / 14, 11 / 30]],
    ["averageDailyRecordsDelta", [11, 1.57142857142857, 11 / 14, 11 / 30]],
    ["standardDeviationDelta", each(0)],
    ["coefficientOfVariationDelta", each(0)],
    ...["averageGlucoseMmolDelta", "timeCGMUsePercentDelta", "glucoseManagementIndicator"].map(
      (field): ShownRow => [field, each(none)],
    ),
    ...RANGES.map((range): ShownRow => [`timeIn${range}Percent`, each(none)]),
    ...ofMorning({
      timeCGMUseMinutes: 61,
      timeCGMUseRecords: 11,
      totalRecords: 11,
      min: 2.9974,
      max: 19.42762,
      hoursWithData: 2,
      daysWithData: 1,
    }),
    ...ofMorning(
      Object.fromEntries(RANGES.map((range, i) => [`timeIn${range}Minutes`, [5, 5, 26, 15, 10, 5, 10, 25][i]!])),
    ),
    ...ofMorning(Object.fromEntries(RANGES.map((range, i) => [`timeIn${range}Records`, [1, 1, 4, 3, 2, 1, 2, 5][i]!]))),
  ],
};

const START = Date.parse("2024-03-01T00:00:00Z");
const VALUES = [
  [6, 5.5],
  [9, 8.2],
  [12, 11.4],
  [18, 7],
  [21, 14.6],
  [23, 3.5],
  [24, 2.8],
] as const;

function* readingsOfMonth(): Generator<SentReading> {
  for (let time = START; time < START + 30 * DAY; time += 5 * MINUTE) {
    const day = Math.floor((time - START) / DAY) + 1;
    const hour = Math.floor((time - START) / HOUR) % 24;
    if (day >= 24 && hour < 8) continue;
    const [, value] = VALUES.find(([until]) => hour < until)!;
    yield { units: "mmol/L", value: day <= 16 ? value + 1 : value, time, sampleInterval: 300_000 };
  }
}

/** Thirty days of a sensor. */
export const MONTH: SummaryExample = {
  kind: "cgm",
  readings: [...readingsOfMonth()],
  shown: [
    ["totalRecords", [192, 1344, 3360, 7968]],
    ["timeCGMUseMinutes", [960, 6720, 16800, 39840]],
    ["timeCGMUsePercent", [0.666666666666667, 0.666666666666667, 0.833333333333333, 0.922222222222222]],
    ["averageGlucoseMmol", [8.625, 8.625, 8.135, 8.52439759036145]],
    ["glucoseManagementIndicator", [none, none, 6.8, 7]],
    ["standardDeviation", [3.8135449387676, 3.8135449387676, 3.58723779529599, 3.4898184004942]],
    ["coefficientOfVariation", [0.442150137828128, 0.442150137828128, 0.440963465924522, 0.409391791443438]],
    ["timeInVeryLowMinutes", [60, 420, 840, 840]],
    ["timeInVeryLowPercent", [none, 0.0625, 0.05, 0.0210843373493976]],
    ["timeInLowMinutes", [120, 840, 1680, 2640]],
    ["timeInLowPercent", [none, 0.125, 0.1, 0.0662650602409639]],
    ["timeInTargetMinutes", [420, 2940, 9240, 25560]],
    ["timeInTargetPercent", [none, 0.4375, 0.55, 0.641566265060241]],
    ["timeInHighMinutes", [180, 1260, 2520, 5400]],
    ["timeInHighPercent", [none, 0.1875, 0.15, 0.135542168674699]],
    ["timeInVeryHighMinutes", [180, 1260, 2520, 5400]],
    ["timeInVeryHighPercent", [none, 0.1875, 0.15, 0.135542168674699]],
    ["timeInExtremeHighMinutes", [0, 0, 0, 0]],
    ["timeInExtremeHighPercent", [none, 0, 0, 0]],
    ["timeInAnyLowMinutes", [180, 1260, 2520, 3480]],
    ["timeInAnyLowPercent", [none, 0.1875, 0.15, 0.0873493975903614]],
    ["timeInAnyHighMinutes", [360, 2520, 5040, 10800]],
    ["timeInAnyHighPercent", [none, 0.375, 0.3, 0.271084337349398]],
    ["hoursWithData", [16, 112, 280, 664]],
    ["daysWithData", [1, 7, 14, 30]],
    ["averageDailyRecords", [192, 192, 240, 265.6]],
    ["min", [2.8, 2.8, 2.8, 2.8]],
    ["max", [14.6, 14.6, 14.6, 15.6]],
    ["totalRecordsDelta", [0, -672, -672, 7968]],
    ["timeCGMUseMinutesDelta", [0, -3360, -3360, 39840]],
    ["timeCGMUsePercentDelta", [0, -0.333333333333333, -0.166666666666667, none]],
    ["averageGlucoseMmolDelta", [0, 0.816666666666666, -0.673333333333333, none]],
    ["glucoseManagementIndicatorDelta", [none, none, -0.3, none]],
    ["timeInTargetPercentDelta", [none, -0.1875, -0.158333333333333, none]],
    ["timeInVeryLowPercentDelta", [none, 0.0208333333333333, 0.05, none]],
    ["timeInAnyHighPercentDelta", [none, 0.125, 0.05, none]],
    ["standardDeviationDelta", [0, 0.42460254392588, 0.198295400454262, 0]],
    ["coefficientOfVariationDelta", [0, 0.00813403603409718, 0.0562207153275429, 0]],
    ["hoursWithDataDelta", [0, -56, -56, 664]],
    ["daysWithDataDelta", [0, 0, 0, 30]],
    ["minDelta", [0, 0, -1, 2.8]],
    ["maxDelta", [0, 0, -1, 15.6]],
    ["averageDailyRecordsDelta", [0, -96, -48, 265.6]],
  ],
};

/** Nine days of fingersticks. */
export const FINGERSTICKS: SummaryExample = {
  kind: "bgm",
  readings: Array.from({ length: 9 }, (_, i) => i + 2).flatMap((day) =>
    ["07:15", "12:30", "18:45", "22:10"].map((clock, k) => ({
      units: "mg/dL" as const,
      value: 70 + ((37 * day + 53 * k) % 230),
      time: Date.parse(`2024-04-${String(day).padStart(2, "0")}T${clock}:00Z`),
    })),
  ),
  shown: [
    ["totalRecords", [4, 28, 36, 36]],
    ["averageGlucoseMmol", [9.686055, 10.3640392857143, 10.3367261111111, 10.3367261111111]],
    ["timeInTargetRecords", [2, 13, 16, 16]],
    ["timeInTargetPercent", [0.5, 0.464285714285714, 0.444444444444444, 0.444444444444444]],
    ["timeInHighRecords", [1, 8, 12, 12]],
    ["timeInHighPercent", [0.25, 0.285714285714286, 0.333333333333333, 0.333333333333333]],
    ["timeInVeryHighRecords", [1, 7, 8, 8]],
    ["timeInVeryHighPercent", [0.25, 0.25, 0.222222222222222, 0.222222222222222]],
    ["timeInAnyHighRecords", [2, 15, 20, 20]],
    ["timeInAnyHighPercent", [0.5, 0.535714285714286, 0.555555555555556, 0.555555555555556]],
    ["timeInVeryLowRecords", [0, 0, 0, 0]],
    ["timeInVeryLowPercent", [0, 0, 0, 0]],
    ["timeInLowRecords", [0, 0, 0, 0]],
    ["timeInLowPercent", [0, 0, 0, 0]],
    ["timeInAnyLowRecords", [0, 0, 0, 0]],
    ["timeInAnyLowPercent", [0, 0, 0, 0]],
    ["timeInExtremeHighRecords", [0, 0, 0, 0]],
    ["timeInExtremeHighPercent", [0, 0, 0, 0]],
    ["daysWithData", [1, 7, 9, 9]],
    ["averageDailyRecords", [4, 4, 2.57142857142857, 1.2]],
    ["standardDeviation", [none, none, 3.7068797437627, 3.7068797437627]],
    ["coefficientOfVariation", [none, none, 0.358612553328477, 0.358612553328477]],
    ["min", [4.77364, 4.32958, 4.05205, 4.05205]],
    ["max", [14.59847, 16.37471, 16.37471, 16.37471]],
    ["totalRecordsDelta", [0, 20, 36, 36]],
    ["averageGlucoseMmolDelta", [-1.1379025, 0.122909285714284, none, none]],
    ["timeInTargetPercentDelta", [0, 0.0892857142857143, none, none]],
    ["daysWithDataDelta", [0, 5, 9, 9]],
    ["standardDeviationDelta", [none, none, 3.7068797437627, 3.7068797437627]],
    ["glucoseManagementIndicator", [none, none, none, none]],
    ["timeInTargetMinutes", [none, none, none, none]],
    ["timeCGMUsePercent", [none, none, none, none]],
  ],
};
