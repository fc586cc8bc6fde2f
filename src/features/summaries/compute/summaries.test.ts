import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cases } from "../../../../test/properties/size.ts";
import { FINGERSTICKS, MONTH, MORNING, PERIODS, type SummaryExample } from "../../../../test/summary-examples.ts";
import {
  type ModelPeriod,
  type ModelReading,
  modelStats,
  periodDifferences,
} from "../../../../test/summaries-model.ts";
import { mmolPerLitre } from "../../device-data/model/glucose.ts";
import { STATISTICS, type SummaryType } from "../model/statistics.ts";
import { PatientSummary } from "../schema.ts";
import { bucketOf, conBucketOf, FIELD, minutesOf, type Reading, writeBucket } from "./bucket.ts";
import { patientStatsOf } from "./flat.ts";
import { innerSummaryOf, SUMMARY_CONFIG, withOutdated } from "./inner.ts";
import { type GlucosePeriod, type GlucoseSummary, InnerSummary } from "./inner-schema.ts";
import { blockOf, consideredSpan, edgesOf, hourInBlock, hourOf, newBlock, windowOf } from "./window.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ID = "65f0c2a1b3d4e5f601234567";
const USER = "0123456789";

/** The bucket of those readings that are visible, and when one of them was changed last. */
function hourWith(kind: SummaryType, readings: readonly ModelReading[]) {
  const counted = readings
    .filter(({ active }) => active)
    .toSorted((a, b) => a.time - b.time || a.createdTime - b.createdTime || (a.id < b.id ? -1 : 1))
    .map(
      ({ time, value, sampleInterval, deviceId }): Reading => ({
        time,
        value,
        minutes: minutesOf(kind, sampleInterval, deviceId),
      }),
    );
  return [bucketOf(kind, counted), Math.max(0, ...readings.map(({ modifiedTime }) => modifiedTime))] as const;
}

/** What a person's object does: blocks of all hours, from them the window of the last reading, from it the summary. */
function calculated(kind: SummaryType, readings: readonly ModelReading[], now: number): GlucoseSummary | undefined {
  const blocks = new Map<number, Float64Array>();
  for (const [hour, ofHour] of Map.groupBy(readings, ({ time }) => hourOf(time))) {
    const block = blocks.get(blockOf(hour)) ?? newBlock(kind);
    blocks.set(blockOf(hour), block);
    writeBucket(kind, block, hourInBlock(hour), ...hourWith(kind, ofHour));
  }
  const { from, to } = consideredSpan(now);
  const times = readings.filter(({ active, time }) => active && time >= from && time <= to).map(({ time }) => time);
  if (times.length === 0) return undefined;
  const lastData = Math.max(...times);
  const window = windowOf(kind, lastData, blocks);
  for (const { index, from, to } of edgesOf(lastData)) {
    const ofEdge = readings.filter(({ time }) => time >= from && time <= to);
    writeBucket(kind, window, index, ...hourWith(kind, ofEdge));
  }
  const dates = { lastData, lastUpdatedDate: now, lastUpdatedReason: ["DATA_ADDED"] };
  return innerSummaryOf({ id: ID, userId: USER, kind, window, dates });
}

let made = 0;
const reading = (given: Partial<ModelReading> & { time: number; value: number }): ModelReading => ({
  id: String(++made).padStart(8, "0"),
  createdTime: given.time + MINUTE,
  modifiedTime: given.time + MINUTE,
  active: true,
  ...given,
});
const flatOf = (summary: GlucoseSummary) => patientStatsOf(summary).periods as Record<string, ModelPeriod>;
const [cgm, bgm] = (["cgm", "bgm"] as const).map((kind) => (readings: readonly ModelReading[]) => {
  const summary = calculated(kind, readings, Math.max(...readings.map(({ time }) => time)) + HOUR)!;
  return { inner: summary.periods, flat: flatOf(summary), dates: patientStatsOf(summary).dates! };
}) as [(readings: readonly ModelReading[]) => Summaries, (readings: readonly ModelReading[]) => Summaries];
interface Summaries {
  inner: GlucoseSummary["periods"];
  flat: Record<string, ModelPeriod>;
  dates: NonNullable<ReturnType<typeof patientStatsOf>["dates"]>;
}

/** Readings of an example as they are stored. */
const readingsOf = ({ readings }: SummaryExample) =>
  readings.map(({ units, value, ...it }) => reading({ ...it, value: units === "mg/dL" ? mmolPerLitre(value) : value }));
const RANGES = ["VeryLow", "Low", "Target", "High", "VeryHigh", "ExtremeHigh", "AnyLow", "AnyHigh"] as const;
const isAbout = (expected: number | boolean | undefined) =>
  typeof expected === "number" ? expect.closeTo(expected, 9) : expected;
/** What a field has in each period, to nine digits behind the point. */
function expectRow(flat: Record<string, ModelPeriod>, field: string, expected: readonly (number | undefined)[]) {
  expect([field, ...PERIODS.map((name) => flat[name]![field])]).toEqual([field, ...expected.map(isAbout)]);
}
const none = undefined;

describe("one morning of three sensors", () => {
  const readings = readingsOf(MORNING);
  const { inner, flat, dates } = cgm(readings);

  test("fills two buckets", () => {
    const hours = [10, 11].map((hour) => {
      const ofHour = readings.filter(({ time }) => new Date(time).getUTCHours() === hour);
      const [bucket] = hourWith("cgm", ofHour);
      return [FIELD.glucose, FIELD.minutes, FIELD.records, FIELD.deviations].map((field) => bucket![field]!);
    });
    expect(hours).toEqual([[458.4918, 51, 9, 1304.81932023947].map(isAbout), [88.812, 10, 2, 49.2973209].map(isAbout)]);
  });

  test("comes to these inner numbers", () => {
    const { total, delta, ...period } = inner["1d"];
    expect([total.minutes, total.records, total.glucose, total.variance]).toEqual(
      [61, 11, 547.3038, 1354.21567412038].map(isAbout),
    );
    expect(period.glucoseManagementIndicator).toBe(7.2);
    expect(RANGES.map((range) => period[`in${range}`].minutes)).toEqual([5, 5, 26, 15, 10, 5, 10, 25]);
    expect(RANGES.map((range) => period[`in${range}`].records)).toEqual([1, 1, 4, 3, 2, 1, 2, 5]);
    expect(RANGES.map((range) => period[`in${range}`].percent)).toEqual(
      [
        0.0819672131147541, 0.0819672131147541, 0.426229508196721, 0.245901639344262, 0.163934426229508,
        0.0819672131147541, 0.163934426229508, 0.40983606557377,
      ].map(isAbout),
    );
    expect(delta.total).toEqual({ minutes: 61, records: 11, percent: 61 / 1440 });
  });

  test.each(MORNING.shown)("shows clinics %s %j", (field, expected) => expectRow(flat, field, expected));

  test("shows clinics no flags of what they do not see, and when data begin and end", () => {
    expect(flat["1d"]).toMatchObject({ hasGlucoseManagementIndicator: false, hasTimeInTargetPercent: false });
    expect(dates).toMatchObject({ firstData: "2024-05-01T10:00:00.000Z", lastData: "2024-05-01T11:05:00.000Z" });
  });
});

describe("thirty days of a sensor", () => {
  const readings = readingsOf(MONTH);
  const { inner, flat } = cgm(readings);

  test("are 7968 readings", () => {
    expect(readings).toHaveLength(7968);
  });

  test.each(MONTH.shown)("have %s %j", (field, expected) => expectRow(flat, field, expected));

  test("have a management indicator inside where clinics see none", () => {
    expect(PERIODS.map((name) => inner[name].glucoseManagementIndicator)).toEqual([7, 7, 6.8, 7]);
  });

  test("flag a percent of 0 that says something", () => {
    expect(flat["7d"]).toMatchObject({ timeInExtremeHighPercent: 0, hasTimeInExtremeHighPercent: true });
    expect(flat["7d"]).toMatchObject({ timeInExtremeHighMinutes: 0, hasTimeInExtremeHighMinutes: false });
  });

  test("compare with the periods before", () => {
    const before = (figure: (it: Pick<GlucosePeriod, keyof GlucosePeriod["delta"]>) => number) =>
      PERIODS.map((name) => figure(inner[name]) - figure(inner[name].delta as GlucosePeriod));
    expect(before(({ total }) => total.records)).toEqual([192, 2016, 4032, 0]);
    expect(before(({ total }) => total.minutes)).toEqual([960, 10080, 20160, 0]);
    expect(before(({ total }) => total.percent)).toEqual([2 / 3, 1, 1, 0].map(isAbout));
    expect(before((it) => it.averageGlucoseMmol)).toEqual([8.625, 7.80833333333333, 8.80833333333333, 0].map(isAbout));
    expect(before((it) => it.glucoseManagementIndicator)).toEqual([7, 6.7, 7.1, 0].map(isAbout));
    expect(before((it) => it.standardDeviation)).toEqual(
      [3.8135449387676, 3.38894239484172, 3.38894239484172, 0].map(isAbout),
    );
    expect(before((it) => it.inTarget.percent)).toEqual([0.4375, 0.625, 0.708333333333333, 0].map(isAbout));
  });
});

describe("nine days of fingersticks", () => {
  const readings = readingsOf(FINGERSTICKS);
  const { inner, flat } = bgm(readings);

  test("are these values", () => {
    const values = readings.map(({ value }) => value);
    expect(values.slice(0, 4)).toEqual([7.99308, 10.93497, 13.87687, 4.05205]);
    expect(values.slice(-4)).toEqual([11.65657, 14.59847, 4.77364, 7.71554]);
  });

  test.each(FINGERSTICKS.shown)("have %s %j", (field, expected) => expectRow(flat, field, expected));

  test("have a spread inside where clinics see none", () => {
    const [day, week] = [inner["1d"], inner["7d"]];
    expect([day.standardDeviation, week.standardDeviation, week.coefficientOfVariation]).toEqual(
      [3.74264281607596, 3.68618765558182, 0.355670945850507].map(isAbout),
    );
  });

  test("compare with the periods before", () => {
    const before = PERIODS.map((name) => inner[name]).map(({ total, averageGlucoseMmol, delta }) => [
      total.records - delta.total.records,
      averageGlucoseMmol - delta.averageGlucoseMmol,
    ]);
    expect(before.map(([records]) => records)).toEqual([4, 8, 0, 0]);
    expect(before.map(([, average]) => average)).toEqual([10.8239575, 10.24113, 0, 0].map(isAbout));
  });
});

describe("a sensor's statistics are shown", () => {
  const END = Date.parse("2024-05-31T00:00:00Z");
  /** Readings that count some minutes each and follow one another; the last of them in the last hour of May. */
  const readingsOf = (...minutes: readonly number[]) => {
    let time = END;
    return minutes.map((length) => {
      time -= length * MINUTE;
      return reading({ time, value: 6, sampleInterval: length * MINUTE });
    });
  };
  const times = (count: number, minutes: number) => Array<number>(count).fill(minutes);

  test("for a whole day of readings", () => {
    const { flat, inner } = cgm(readingsOf(...times(288, 5)));
    expect(inner["1d"].total).toMatchObject({ percent: 1, records: 288 });
    expect(flat["1d"]).toMatchObject({ timeCGMUsePercent: 1, glucoseManagementIndicator: 5.9, timeInTargetPercent: 1 });
    expect(flat["7d"]).toMatchObject({ hasGlucoseManagementIndicator: false, hasTimeInTargetPercent: false });
  });

  test("for a day of more than seven tenths", () => {
    const [exactly, more] = [
      [...times(67, 15), 3],
      [...times(67, 15), 5],
    ].map((it) => cgm(readingsOf(...it)));
    expect(exactly!.inner["1d"].total.minutes).toBe(1008);
    expect(exactly!.flat["1d"]).toMatchObject({ hasTimeInTargetPercent: false, hasGlucoseManagementIndicator: false });
    expect(more!.inner["1d"].total.minutes).toBe(1010);
    expect(more!.flat["1d"]).toMatchObject({ hasTimeInTargetPercent: true, hasGlucoseManagementIndicator: true });
  });

  test("for more than 1440 minutes of a longer period", () => {
    const [exactly, more] = [times(288, 5), times(289, 5)].map((it) => cgm(readingsOf(...it)).flat);
    for (const name of ["7d", "14d", "30d"]) {
      expect([exactly![name]!.hasTimeInTargetPercent, exactly![name]!.timeInTargetPercent]).toEqual([false, none]);
      expect([more![name]!.hasTimeInTargetPercent, more![name]!.timeInTargetPercent]).toEqual([true, 1]);
    }
  });

  test("without comparison when the period before has too few", () => {
    const day = readingsOf(...times(288, 5));
    const earlier = (count: number) => day.slice(0, count).map((it) => reading({ ...it, time: it.time - DAY }));
    const few = cgm([...day, ...earlier(100)]).flat["1d"]!;
    expect(few).toMatchObject({ hasTimeInTargetPercent: true, averageGlucoseMmolDelta: 0 });
    expect([few.timeInTargetPercentDelta, few.glucoseManagementIndicatorDelta]).toEqual([none, none]);
    const enough = cgm([...day, ...earlier(250)]).flat["1d"]!;
    expect(enough).toMatchObject({ timeInTargetPercentDelta: 0, glucoseManagementIndicatorDelta: 0 });
  });
});

test("the first reading of an hour counts, though one of the hour before still does", () => {
  const time = Date.parse("2024-05-01T10:59:00Z");
  const { inner } = cgm([
    reading({ time, value: 6, deviceId: "AbbottFreeStyleLibre" }),
    reading({ time: time + MINUTE, value: 6 }),
  ]);
  expect(inner["1d"].total).toMatchObject({ records: 2, minutes: 20 });
});

test("readings of the same time are taken as they were created", () => {
  const time = Date.parse("2024-05-01T10:00:00Z");
  const given = [
    reading({ time, value: 4, createdTime: time + 2, id: "a" }),
    reading({ time, value: 5, createdTime: time + 1, id: "c" }),
    reading({ time, value: 6, createdTime: time + 1, id: "b" }),
  ];
  expect(cgm(given).inner["1d"]).toMatchObject({ min: 6, max: 6 });
  expect(cgm(given.toReversed()).inner["1d"]).toMatchObject({ min: 6, max: 6 });
});

describe("the spread of fingersticks is shown", () => {
  const END = Date.parse("2024-05-31T12:00:00Z");
  const fingersticks = (records: number, days: number) =>
    Array.from({ length: records }, (_, i) => reading({ time: END - (i % days) * DAY + i * 1000, value: 5 + (i % 3) }));

  test.each([
    [30, 6, false],
    [29, 7, false],
    [30, 7, true],
  ])("with %i records on %i days: %s", (records, days, isShown) => {
    const period = bgm(fingersticks(records, days)).flat["14d"]!;
    expect(period).toMatchObject({ totalRecords: records, daysWithData: days });
    for (const field of ["standardDeviation", "coefficientOfVariation", "standardDeviationDelta"]) {
      expect(field in period).toBe(isShown);
    }
  });
});

describe("data are considered", () => {
  const NOW = Date.parse("2024-05-01T10:00:00Z");

  test.each([
    [Date.parse("2022-05-01T10:00:00Z"), true],
    [Date.parse("2022-05-01T09:59:59.999Z"), false],
    [NOW + DAY, true],
    [NOW + DAY + 1, false],
  ])("at %d: %s", (time, isConsidered) => {
    expect(calculated("cgm", [reading({ time, value: 6 })], NOW) !== undefined).toBe(isConsidered);
  });

  test("as they end, not as today", () => {
    const time = NOW - 600 * DAY;
    expect(flatOf(calculated("cgm", [reading({ time, value: 6 })], NOW)!)["1d"]).toMatchObject({ totalRecords: 1 });
  });
});

describe("a summary", () => {
  const TIME = Date.parse("2024-05-01T10:00:00Z");
  const hidden = reading({ time: TIME - DAY, value: 9, active: false, modifiedTime: TIME + 7 * HOUR });
  const summary = calculated("cgm", [reading({ time: TIME, value: 6 }), hidden], TIME + 8 * HOUR)!;
  const con = innerSummaryOf({
    id: ID,
    userId: USER,
    kind: "con",
    window: windowOf("con", TIME, new Map()),
    dates: { lastData: TIME, lastUpdatedDate: TIME, lastUpdatedReason: [] },
  });

  test("says when its data begin and end, were changed and calculated, and why", () => {
    expect(summary.dates).toEqual({
      firstData: "2024-05-01T10:00:00.000Z",
      lastData: "2024-05-01T10:00:00.000Z",
      lastUploadDate: "2024-05-01T17:00:00.000Z",
      lastUpdatedDate: "2024-05-01T18:00:00.000Z",
      lastUpdatedReason: ["DATA_ADDED"],
      outdatedReason: [],
    });
  });

  test("says what it was calculated with", () => {
    expect(summary).toMatchObject({ id: ID, userId: USER, type: "cgm", config: SUMMARY_CONFIG });
    expect(SUMMARY_CONFIG).toEqual({
      schemaVersion: 6,
      highGlucoseThreshold: 10,
      veryHighGlucoseThreshold: 13.9,
      lowGlucoseThreshold: 3.9,
      veryLowGlucoseThreshold: 3,
    });
  });

  test("shows what makes it outdated, and nothing of it when it is no more", () => {
    const outdated = withOutdated(summary, { since: TIME, reasons: ["DATA_DELETED"] });
    expect(outdated.dates).toEqual({
      ...summary.dates,
      outdatedSince: "2024-05-01T10:00:00.000Z",
      outdatedReason: ["DATA_DELETED"],
    });
    expect(patientStatsOf(outdated).dates).toMatchObject({ hasOutdatedSince: true, outdatedReason: ["DATA_DELETED"] });
    expect(withOutdated(outdated, undefined)).toEqual(summary);
  });

  test("has a flag for each time that it shows clinics", () => {
    const { dates } = patientStatsOf(summary);
    expect(dates).toMatchObject({ hasFirstData: true, hasLastData: true, hasLastUploadDate: true });
    expect(dates).toMatchObject({ hasOutdatedSince: false, lastUpdatedReason: ["DATA_ADDED"], outdatedReason: [] });
    const { lastUploadDate: _, ...others } = summary.dates;
    expect(patientStatsOf({ ...summary, dates: others }).dates).toMatchObject({
      hasLastData: true,
      hasLastUploadDate: false,
    });
  });

  test("is as it is described, whole, without anything else", () => {
    const bgm = calculated("bgm", [reading({ time: TIME, value: 6 })], TIME)!;
    for (const it of [summary, withOutdated(bgm, { since: TIME, reasons: [] }), con]) {
      expect(InnerSummary.parse(it)).toEqual(it);
    }
  });

  test("of how soon readings arrive counts them", () => {
    const window = windowOf("con", TIME, new Map());
    const last = window.length / 5 - 1;
    writeBucket("con", window, last, conBucketOf([{ time: TIME, createdTime: TIME + DAY }]), TIME + DAY);
    const dates = { lastData: TIME, lastUpdatedDate: TIME, lastUpdatedReason: [] };
    const made = innerSummaryOf({ id: ID, userId: USER, kind: "con", window, dates });
    expect(made.periods["7d"]).toMatchObject({ deferred: { records: 1, percent: 1 }, realtime: { records: 0 } });
    expect(made.dates).toMatchObject({ firstData: made.dates.lastData, lastUploadDate: "2024-05-02T10:00:00.000Z" });
  });

  test.each(["cgm", "bgm"] as const)("shows clinics the statistics of %s and no others", (kind) => {
    const values = Array.from({ length: 60 * 24 * 12 }, (_, i) => reading({ time: TIME - i * 5 * MINUTE, value: 6 }));
    const stats = patientStatsOf(calculated(kind, values, TIME)!);
    const names = STATISTICS[kind].flatMap(({ name, flagged }) => [
      name,
      `${name}Delta`,
      ...(flagged ? [`has${name[0]!.toUpperCase()}${name.slice(1)}`] : []),
    ]);
    // Fingersticks of a single day have no spread.
    for (const name of PERIODS.slice(1))
      expect(Object.keys(stats.periods![name]!).toSorted()).toEqual(names.toSorted());
    const summary = { [`${kind}Stats`]: stats };
    expect(PatientSummary.parse(summary)).toEqual(summary);
  });
});

describe("every history comes to what a model says", () => {
  const NOW = Date.parse("2024-05-15T10:20:00Z");
  const device = fc.constantFrom<Pick<ModelReading, "deviceId" | "sampleInterval">>(
    {},
    { deviceId: "DexG6", sampleInterval: 300_000 },
    { deviceId: "AbbottFreeStyleLibre3-9" },
    { deviceId: "AbbottFreeStyleLibre-9" },
    { sampleInterval: 60_000 },
    { sampleInterval: 0 },
    { sampleInterval: 59_999 },
    { deviceId: "Long", sampleInterval: 3_600_000 },
  );
  const value = fc.oneof(
    fc.integer({ min: 20, max: 500 }).map(mmolPerLitre),
    fc.double({ min: 0, max: 55, noNaN: true }).filter((it) => it === 0 || it > 1e-3),
    fc.constantFrom(0, 2.99999, 3, 3.9, 10, 13.9, 19.4),
  );
  /** Around the hours that decide: the ends of periods and of the window, and of what is considered. */
  const start = fc
    .tuple(
      fc.constantFrom(0, 1, 2, 7, 14, 28, 30, 60, 61, 365, 731, -1).map((days) => NOW - days * DAY),
      fc.oneof(fc.integer({ min: -3 * HOUR, max: 3 * HOUR }), fc.constantFrom(-1, 0, 1, 20 * MINUTE)),
    )
    .map(([at, by]) => at + by);
  const stream = fc.record({
    start: fc.oneof(start, fc.integer({ min: NOW - 65 * DAY, max: NOW })),
    count: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 50, max: 150 })),
    step: fc.oneof(
      fc.constantFrom(0, 1000, 50_000, 290_000, 300_000, 300_000, 900_000, HOUR, 7 * HOUR, 13 * HOUR),
      fc.integer({ min: 1, max: 2 * HOUR }),
    ),
    device,
    values: fc.array(value, { minLength: 1, maxLength: 12 }),
    gap: fc.integer({ min: 2, max: 40 }),
    hidden: fc.integer({ min: 3, max: 60 }),
    late: fc.integer({ min: 0, max: 3 * DAY }),
  });
  const history = fc.array(stream, { minLength: 1, maxLength: 6 }).map((streams) =>
    streams.flatMap(({ start, count, step, device, values, gap, hidden, late }, s) =>
      Array.from({ length: count }, (_, i): ModelReading => {
        const time = start + i * step;
        const createdTime = time + ((late + i * 7919) % (DAY / 2));
        return {
          ...device,
          id: `${(i * 31) % 17}-${s}-${i}`,
          time,
          value: values[i % values.length]!,
          createdTime,
          modifiedTime: createdTime + ((i * 104_729) % DAY),
          active: i % hidden !== 1,
        };
      }).filter((_, i) => i % gap !== gap - 1),
    ),
  );
  const now = fc.constantFrom(NOW, NOW, NOW + 40 * DAY, NOW - 20 * MINUTE, NOW + 700 * DAY);

  test.each(["cgm", "bgm"] as const)("of %s", { timeout: 120_000 }, (kind) => {
    let withSummary = 0;
    fc.assert(
      fc.property(history, now, (readings, now) => {
        const expected = modelStats(kind, readings, now);
        const summary = calculated(kind, readings, now);
        expect(summary === undefined).toBe(expected === undefined);
        if (!summary || !expected) return;
        withSummary += 1;
        const { periods, dates } = patientStatsOf(summary);
        const differences = PERIODS.flatMap((name) =>
          periodDifferences(periods![name]!, expected.periods[name]!).map((it) => `${name} ${it}`),
        );
        expect(differences).toEqual([]);
        const times = [dates!.firstData, dates!.lastData, dates!.lastUploadDate].map((it) => Date.parse(it!));
        expect(times).toEqual([expected.firstData, expected.lastData, expected.lastUploadDate]);
      }),
      { numRuns: cases(2000, 500) },
    );
    expect(withSummary).toBeGreaterThan(400);
  });
});
