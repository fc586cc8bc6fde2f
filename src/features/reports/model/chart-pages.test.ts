import { beforeAll, describe, expect, test } from "vitest";
import { type ReadPage, type ReadPdf, readPdf } from "../../../../test/pdf.ts";
import { sampleContent, sampleOptions, samplePatient } from "../../../../test/reports.ts";
import { type SampleOptions, sampleCharts } from "../../../../test/chart-samples.ts";
import { dejaVuSans } from "../../../platform/formats/pdf/dejavu.ts";
import type { ChartData, MarkKind } from "./chart-data.ts";
import type { ReportContent, ReportOptions } from "./content.ts";
import { rendererWith, reportRenderer } from "./renderer.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const END = Date.parse("2026-03-16T15:00:00Z");
const MARGIN = 36;
const [WIDTH, HEIGHT] = [612, 792];

/** A report of nothing but charts unless there is more. */
const draw = (charts: ChartData | undefined, options: Partial<ReportOptions> = {}, more: Partial<ReportContent> = {}) =>
  reportRenderer.render(
    sampleContent({ summary: undefined, ...(charts ? { charts } : {}), ...more }),
    sampleOptions(options),
  );
const read = async (...args: Parameters<typeof draw>) => readPdf(await draw(...args));
const TITLE = /^(?:Pattern of the day|Day by day|Fingersticks|Last \d+ days?)(?:, continued)?$/;
const titles = ({ pages }: ReadPdf) => pages.map(({ texts }) => texts.find((text) => TITLE.test(text)) ?? "other");
const pageOf = async (title: string, ...args: Parameters<typeof draw>) => {
  const pdf = await read(...args);
  return pdf.pages[titles(pdf).indexOf(title)]!;
};
const figuresOf = ({ roles }: ReadPage) => roles.filter((role) => role === "Figure").length;

/** Device data with these fingersticks, a time of the clinic's zone and mmol/L each, and no more. */
const fingersticksAt = (...all: readonly (readonly [at: string, value: number])[]): ChartData => ({
  from: END - 40 * DAY_MS,
  to: END,
  sensor: { times: [], values: [] },
  fingersticks: { times: all.map(([at]) => Date.parse(`${at}:00-07:00`)), values: all.map(([, value]) => value) },
  marks: [],
});

// pdf.js takes seconds to load.
beforeAll(() => read(undefined), 120_000);

describe("the pages of device data", () => {
  test.each<[ReportOptions["reports"], readonly string[]]>([
    [["all"], ["Pattern of the day", "Day by day", "Fingersticks"]],
    [["agpCGM"], ["Pattern of the day"]],
    [["agpBGM"], ["Pattern of the day"]],
    [["daily"], ["Day by day"]],
    [["bgLog"], ["Fingersticks"]],
    [
      ["bgLog", "daily"],
      ["Day by day", "Fingersticks"],
    ],
    [["basics"], ["other"]],
  ])("of %j are %j", async (reports, expected) => {
    expect(titles(await read(sampleCharts(), { reports }))).toEqual(expected);
  });

  test.each<[string, SampleOptions, readonly string[]]>([
    ["a sensor", { fingersticks: 0 }, ["Pattern of the day", "Day by day"]],
    ["a meter", { sensorMinutes: 0 }, ["Pattern of the day", "Day by day", "Fingersticks"]],
    ["a meter that is seldom used", { sensorMinutes: 0, fingersticks: 1, days: 3 }, ["Day by day", "Fingersticks"]],
    ["a pump", { sensorMinutes: 0, fingersticks: 0 }, ["Day by day"]],
    ["nothing", { sensorMinutes: 0, fingersticks: 0, marks: false }, ["other"]],
  ])("appear only with data: %s", async (_, of, expected) => {
    expect(titles(await read(sampleCharts(of)))).toEqual(expected);
  });

  test("stand between the overview and the pages of the periods", async () => {
    const pdf = await read(sampleCharts(), {}, { summary: sampleContent().summary });
    expect(titles(pdf)).toEqual([
      "other",
      "Pattern of the day",
      "Day by day",
      "Fingersticks",
      "Last 14 days",
      "Last 1 day",
      "Last 7 days",
      "Last 30 days",
    ]);
  });

  test("are available with device data, and settings are not", async () => {
    const all = { reports: ["daily", "bgLog", "settings"] } as const;
    const [page] = (await read(sampleCharts(), all)).pages;
    expect(page!.text).toContain("Not available yet: device settings");
    const { summary } = sampleContent();
    const without = await read(undefined, all, { summary });
    expect(without.pages[0]!.text).toContain("Insufficient data");
    const empty = await read(sampleCharts({ sensorMinutes: 0, fingersticks: 0, marks: false }), all, { summary });
    expect(empty.pages[0]!.text).toContain("Insufficient data");
  });

  test("say their days, the zone and the unit", async () => {
    for (const { text } of (await read(sampleCharts())).pages) {
      expect(text).toContain("3 Mar 2026 – 16 Mar 2026 · America/Vancouver · mg/dL");
    }
    const long = { startDate: END - 60 * DAY_MS, endDate: END, bgUnits: "mmol/L", tzName: "Asia/Kolkata" };
    const page = await pageOf("Day by day", sampleCharts({ days: 60 }), long);
    expect(page.text).toContain("14 Feb 2026 – 16 Mar 2026 · the last 31 days of the period · Asia/Kolkata · mmol/L");
  });

  test("have the same bytes for the same data, whatever was drawn before", async () => {
    const first = await draw(sampleCharts());
    await draw(sampleCharts({ days: 5, offset: 3 }), { bgUnits: "mmol/L" });
    expect(await draw(sampleCharts())).toEqual(first);
    const fresh = rendererWith(() => Promise.resolve(dejaVuSans()));
    expect(await fresh.render(sampleContent({ summary: undefined, charts: sampleCharts() }), sampleOptions())).toEqual(
      first,
    );
  });

  test("of 14 days of a sensor, a meter and a pump have at most 50 KB more than a report without", async () => {
    const charts = sampleCharts({ missing: 0 });
    expect(charts.sensor.times).toHaveLength(14 * 288);
    const [withCharts, without] = [await draw(charts), await draw(undefined)];
    expect(withCharts.length - without.length).toBeLessThanOrEqual(50 * 1024);
  });

  test.each([
    ["of many words", "Maximiliana Wolfeschlegelstein ".repeat(8).trim()],
    ["of other scripts", "Ёлка Ωνάση דוד محمد 李 Nguyễn"],
    ["of one word", "W".repeat(256)],
  ])("are within the margins, with a name %s", async (_, name) => {
    const more = { patient: { ...samplePatient(name), mrn: "W".repeat(64) }, clinicName: name };
    for (const days of [14, 31]) {
      const options = { startDate: END - days * DAY_MS, endDate: END };
      const { pages } = await read(sampleCharts({ days, fingersticks: 8 }), options, more);
      for (const [i, page] of pages.entries()) {
        expect(page.text).toContain(`Page ${i + 1} of ${pages.length}`);
        for (const box of page.boxes) {
          expect(box.left).toBeGreaterThanOrEqual(MARGIN - 0.1);
          expect(box.right).toBeLessThanOrEqual(WIDTH - MARGIN + 0.1);
          expect(box.baseline).toBeLessThanOrEqual(HEIGHT - MARGIN);
        }
      }
    }
  });

  test("are bounded, whatever there is", { timeout: 120_000 }, async () => {
    const count = 100_000;
    const times = Array.from({ length: count }, (_, i) => END - 31 * DAY_MS + Math.floor((i * 31 * DAY_MS) / count));
    const values = times.map((_, i) => (i % 3 === 0 ? 55 : i % 3 === 1 ? 0 : 7));
    const charts: ChartData = {
      from: times[0]!,
      to: END,
      sensor: { times, values },
      fingersticks: { times, values },
      marks: times.map((time) => ({ time, kind: "reservoir" })),
    };
    const bytes = await draw(charts, { startDate: END - 31 * DAY_MS, endDate: END });
    expect(bytes.length).toBeLessThan(700 * 1024);
    const pdf = await readPdf(bytes);
    expect(pdf.pages.length).toBeLessThanOrEqual(12);
    const text = pdf.pages.map((page) => page.text).join("\n");
    for (const note of [
      "Values above 450 mg/dL are drawn at the upper edge.",
      "Of more than 100 fingersticks on a day, the first 100 are drawn.",
      "Of more than 12 site changes on a day, the first 12 are drawn.",
      "Of more than 6 in a part of a day, the first 6 are listed; the others are counted.",
    ]) {
      expect(text).toContain(note);
    }
  });
});

describe("the pattern of the day", () => {
  test("says how many readings and days it is based on, and when a part is blank", async () => {
    const { text } = await pageOf("Pattern of the day", sampleCharts({ missing: 0 }));
    // 3 March begins 17 hours after the first reading.
    expect(text).toContain("Based on 3828 sensor readings from 14 days.");
    expect(text).toContain("Based on 67 fingersticks from 14 days.");
    expect(text).toContain(
      "fewer than 10 readings (20 for the outer band) or readings from fewer than 5 days is blank",
    );
  });

  test.each([
    ["mg/dL", ["70", "180", "200"], "Target 70–180 mg/dL"],
    ["mmol/L", ["3.9", "10.0", "15"], "Target 3.9–10.0 mmol/L"],
  ])("has the clinic's unit on its axis: %s", async (bgUnits, labels, target) => {
    const { texts, text } = await pageOf("Pattern of the day", sampleCharts(), { bgUnits });
    expect(texts).toEqual(expect.arrayContaining([...labels, "00:00", "03:00", "21:00", "24:00"]));
    expect(text).toContain(target);
  });

  test("is two figures that say what they show", async () => {
    /** Low at night, in target by day, high in the evening, on each of seven days. */
    const values = (minute: number, day: number) => (minute < 240 ? 3 : minute < 1080 ? 6 : 12) + day / 10;
    const days = Array.from({ length: 7 }, (_, day) => Date.parse("2026-02-03T08:00:00Z") + day * DAY_MS);
    const minutes = Array.from({ length: 288 }, (_, i) => i * 5).filter((minute) => minute < 1320);
    const readings = days.flatMap((from, day) =>
      minutes.map((minute) => [from + minute * MINUTE_MS, values(minute, day)]),
    );
    const charts: ChartData = {
      from: days[0]!,
      to: days[6]! + DAY_MS,
      sensor: { times: readings.map(([time]) => time!), values: readings.map(([, value]) => value!) },
      fingersticks: { times: days, values: days.map(() => 5) },
      marks: [],
    };
    const options = { startDate: charts.from, endDate: charts.to, bgUnits: "mmol/L" };
    const page = await pageOf("Pattern of the day", charts, options);
    expect(page.roles.filter((role) => /^H\d|Figure/.test(role))).toEqual(["H1", "H2", "H3", "Figure", "H3", "Figure"]);
    expect(page.alts).toEqual([
      "Sensor glucose by time of day in mmol/L. Based on 1848 sensor readings from 7 days. " +
        "Lowest median 3.3 (00:00–00:30), highest median 12.3 (18:00–18:30). " +
        "Median below 3.9: 00:00–04:00. Median above 10.0: 18:00–22:00. " +
        "A quarter of readings or more below 3.9: 00:00–04:00. A quarter of readings or more above 10.0: 18:00–22:00. " +
        "One reading in twenty or more below 3.9: 00:00–04:00. One reading in twenty or more above 10.0: 18:00–22:00. " +
        "Too few readings to say anything: 22:00–24:00.",
      "Fingersticks by time of day in mmol/L. Based on 7 fingersticks from 7 days. " +
        "Lowest median 5.0 (00:00–03:00), highest median 5.0 (00:00–03:00). " +
        "Median below 3.9: never. Median above 10.0: never. " +
        "A quarter of readings or more below 3.9: never. A quarter of readings or more above 10.0: never. " +
        "Too few readings to say anything: 03:00–24:00.",
    ]);
  });
});

describe("day by day", () => {
  test("has a figure for each day of the clinic's calendar, the older ones first", async () => {
    const page = await pageOf("Day by day", sampleCharts());
    expect(figuresOf(page)).toBe(14);
    expect(page.alts[0]).toMatch(/^Tue 3 Mar 2026, glucose in mg\/dL\. /);
    expect(page.alts.at(-1)).toMatch(/^Mon 16 Mar 2026, /);
    const days = page.texts.filter((text) => /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) \d+ Mar$/.test(text));
    expect(days).toHaveLength(14);
    expect(days.slice(0, 2)).toEqual(["Tue 3 Mar", "Wed 4 Mar"]);
  });

  test("goes on with 14 days on a page", async () => {
    const options = { startDate: END - 31 * DAY_MS, endDate: END };
    const { pages } = await read(sampleCharts({ days: 31 }), { ...options, reports: ["daily"] });
    expect(pages.map(figuresOf)).toEqual([14, 14, 3]);
    expect(pages.map(({ text }) => text.includes("Day by day, continued"))).toEqual([false, true, true]);
  });

  test("says in words what a day's chart shows", async () => {
    const start = Date.parse("2026-03-16T00:00:00-07:00");
    const at = (minute: number) => start + minute * MINUTE_MS;
    const minutes = [0, 5, 10, 15, 20, 120, 125, 130, 135];
    const kinds: readonly MarkKind[] = ["reservoir", "prime-tubing", "prime-cannula"];
    const charts: ChartData = {
      from: start,
      to: END,
      sensor: { times: minutes.map(at), values: [6, 3.8, 3.5, 5, 6, 9, 10.1, 11, 9] },
      fingersticks: { times: [at(7), at(130)], values: [3.4, 11.2] },
      marks: kinds.map((kind, i) => ({ time: at(180 + 3 * i), kind })),
    };
    const [page] = (await read(charts, { bgUnits: "mmol/L", reports: ["daily"] })).pages;
    expect(page!.alts).toEqual([
      "Mon 16 Mar 2026, glucose in mmol/L. 9 sensor readings from 3.5 to 11.0, median 6.0; below 3.9: 00:05–00:10; " +
        "above 10.0: 02:05–02:10; recorded: 00:00–00:20, 02:00–02:15. 2 fingersticks: 00:07 3.4 low, 02:10 11.2 high. " +
        "03:00 reservoir changed, 03:03 tubing primed, 03:06 cannula primed.",
    ]);
    for (const text of ["Cannula primed", "Tubing primed", "Reservoir changed", "Low fingerstick"]) {
      expect(page!.texts).toContain(text);
    }
  });

  test("has no legend for what there is not", async () => {
    const { texts } = await pageOf("Day by day", sampleCharts({ fingersticks: 0, marks: false }));
    expect(texts).toContain("Sensor");
    for (const text of ["Cannula primed", "Reservoir changed", "Low fingerstick"]) expect(texts).not.toContain(text);
    const { texts: ofMeter } = await pageOf("Day by day", sampleCharts({ sensorMinutes: 0 }));
    expect(ofMeter).not.toContain("Sensor");
  });

  test("says that a day without readings has none", async () => {
    const page = await pageOf("Day by day", fingersticksAt(["2026-03-14T12:00", 5], ["2026-03-16T07:00", 6]));
    expect(page.alts.filter((alt) => alt.includes("No sensor readings. No fingersticks."))).toHaveLength(12);
    expect(page.texts.filter((text) => text === "No readings")).toHaveLength(12);
  });

  test.each([
    ["2026-03-16", -7, "Sun 8 Mar 2026", 23, "forward: the time that they skipped"],
    ["2026-11-10", -5, "Sun 1 Nov 2026", 25, "back: the curve of the repeated time"],
  ])("marks the day on which clocks change: %s", async (date, offset, day, hours, note) => {
    const end = Date.parse(`${date}T12:00:00Z`);
    const options = { startDate: end - 14 * DAY_MS, endDate: end, tzName: "America/New_York" };
    const page = await pageOf("Day by day", sampleCharts({ end, offset }), options);
    expect(page.text).toContain(`${hours} hours: clocks set`);
    expect(page.text).toContain(`Clocks were set ${note}`);
    expect(
      page.alts.filter((alt) => alt.includes(`the day has ${hours} hours`)).map((alt) => alt.slice(0, day.length)),
    ).toEqual([day]);
  });
});

describe("the log of fingersticks", () => {
  const log = (charts: ChartData, options: Partial<ReportOptions> = {}) =>
    read(charts, { reports: ["bgLog"], ...options }).then(({ pages }) => pages[0]!);

  test("is a table of days and parts of the day", async () => {
    const page = await log(fingersticksAt(["2026-03-14T04:59", 5], ["2026-03-14T05:00", 6], ["2026-03-16T07:30", 7]));
    expect(page.roles.filter((role) => role === "Table")).toHaveLength(1);
    expect(page.roles.filter((role) => role === "TR")).toHaveLength(3);
    expect(page.roles.filter((role) => role === "TD")).toHaveLength(8);
    expect(page.roles.filter((role) => role === "TH")).toHaveLength(7);
    const xOf = (text: string) => page.boxes.find((box) => box.text === text)!.left;
    expect(xOf("04:59")).toBe(xOf("Night"));
    expect([xOf("05:00"), xOf("07:30")]).toEqual([xOf("Morning"), xOf("Morning")]);
    expect(page.text).toContain("Days without fingersticks are left out.");
  });

  test.each([
    ["mg/dL", ["36", "54", "70", "71", "180", "181", "252"]],
    ["mmol/L", ["2.0", "3.0", "3.9", "3.9", "10.0", "10.0", "14.0"]],
  ])("says which values are low and high: %s", async (bgUnits, values) => {
    const all = [2, 3, 3.88552, 3.94, 10, 10.04, 13.99];
    const page = await log(fingersticksAt(...all.map((value, i) => [`2026-03-${10 + i}T04:00`, value] as const)), {
      bgUnits,
    });
    const rows = values.map((_, i) => {
      const { baseline } = page.boxes.find(({ text }) => text.endsWith(`${10 + i} Mar`))!;
      return page.boxes
        .filter((box) => Math.abs(box.baseline - baseline) < 2 && box.text.trim() !== "")
        .map(({ text }) => text);
    });
    expect(rows.map((texts) => texts.slice(2))).toEqual([
      [values[0], "Very low"],
      [values[1], "Low"],
      [values[2], "Low"],
      [values[3]],
      [values[4]],
      [values[5], "High"],
      [values[6], "Very high"],
    ]);
    expect(page.text.includes("70 mg/dL is 3.886 mmol/L and low")).toBe(bgUnits === "mg/dL");
  });

  test("counts what is more than six in a part of a day", async () => {
    const many = Array.from({ length: 9 }, (_, i) => [`2026-03-16T06:0${i}`, 5 + i] as const);
    const { texts } = await log(fingersticksAt(...many), { bgUnits: "mmol/L" });
    expect(texts.filter((text) => /^06:0\d$/.test(text))).toHaveLength(6);
    expect(texts).toContain("3 more, 11.0–13.0");
  });
});
