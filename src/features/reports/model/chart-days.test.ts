import { describe, expect, test } from "vitest";
import type { ChartData } from "./chart-data.ts";
import { chartDaysOf } from "./chart-days.ts";
import { clockOf } from "./clock.ts";
import { dateText, DAY_MS, HOUR_MS } from "./local-days.ts";

const at = (text: string) => Date.parse(text);
const NEWEST = at("2026-03-16T15:00:00Z");

const dataOf = (times: readonly number[], more: Partial<ChartData> = {}): ChartData => ({
  from: NEWEST - 90 * DAY_MS,
  to: NEWEST,
  sensor: { times, values: times.map(() => 6) },
  fingersticks: { times: [], values: [] },
  marks: [],
  ...more,
});
const daysOf = (data: ChartData, period: { startDate?: number; endDate?: number } = {}, zone = "America/Vancouver") =>
  chartDaysOf(data, period, clockOf(zone));
const datesOf = (...args: Parameters<typeof daysOf>) => {
  const days = daysOf(...args)?.days ?? [];
  return days.length === 0 ? [] : [dateText(days[0]!.day), dateText(days.at(-1)!.day), days.length];
};

describe("the days that are drawn", () => {
  test("are the 14 up to the newest data, where there is no period", () => {
    expect(datesOf(dataOf([NEWEST]))).toEqual(["3 Mar 2026", "16 Mar 2026", 14]);
    expect(datesOf(dataOf([NEWEST]), { startDate: NEWEST - DAY_MS })).toEqual(["3 Mar 2026", "16 Mar 2026", 14]);
  });

  test.each([
    ["14 times 24 hours", NEWEST - 14 * DAY_MS, NEWEST, ["3 Mar 2026", "16 Mar 2026", 14]],
    ["a week of the zone", at("2026-03-06T08:00:00Z"), at("2026-03-13T07:00:00Z"), ["6 Mar 2026", "12 Mar 2026", 7]],
    ["a day and a half", NEWEST - 36 * HOUR_MS, NEWEST, ["15 Mar 2026", "16 Mar 2026", 2]],
    ["nothing", NEWEST, NEWEST, ["16 Mar 2026", "16 Mar 2026", 1]],
    ["40 days", NEWEST - 40 * DAY_MS, NEWEST, ["14 Feb 2026", "16 Mar 2026", 31]],
  ])("are those of a period: %s", (_, startDate, endDate, expected) => {
    expect(datesOf(dataOf([at("2026-03-12T20:00:00Z"), NEWEST]), { startDate, endDate })).toEqual(expected);
  });

  test.each(["sensor", "fingersticks"] as const)(
    "go on to the day that begins with the newest reading of the period: %s",
    (name) => {
      // 00:00 in Vancouver.
      const midnight = at("2026-03-16T07:00:00Z");
      const data = dataOf([], {
        from: midnight - 15 * DAY_MS,
        to: midnight + DAY_MS,
        [name]: { times: [midnight], values: [6] },
      });
      const period = { startDate: midnight - 14 * DAY_MS, endDate: midnight };
      expect(datesOf(data, period)).toEqual(["3 Mar 2026", "16 Mar 2026", 14]);
      expect(daysOf(data, period)!.days.at(-1)).toMatchObject({ [name]: { minutes: [0], values: [6] } });
    },
  );

  test("are cut only where more are asked for", () => {
    expect(daysOf(dataOf([NEWEST]), { startDate: NEWEST - 32 * DAY_MS, endDate: NEWEST })?.isCut).toBe(true);
    expect(daysOf(dataOf([NEWEST]), { startDate: NEWEST - 31 * DAY_MS, endDate: NEWEST })?.isCut).toBe(false);
  });

  test("are never before or after those of the data", () => {
    const from = at("2026-03-12T20:00:00Z");
    const data = dataOf([from, NEWEST], { from });
    expect(datesOf(data, { startDate: NEWEST - 14 * DAY_MS, endDate: NEWEST + 3 * DAY_MS })).toEqual([
      "12 Mar 2026",
      "16 Mar 2026",
      5,
    ]);
  });

  test.each([
    ["without data", dataOf([])],
    ["with data of other days", dataOf([NEWEST - 60 * DAY_MS])],
  ])("are none %s", (_, data) => {
    expect(daysOf(data, { startDate: NEWEST - 14 * DAY_MS, endDate: NEWEST })).toBeUndefined();
    expect(chartDaysOf(undefined, {}, clockOf("UTC"))).toBeUndefined();
  });

  test("have what was recorded on them, by what their clocks showed", () => {
    // The night on which clocks are set back from 03:00 to 02:00.
    const times = [
      "2026-10-24T22:00Z",
      "2026-10-25T00:30Z",
      "2026-10-25T01:30Z",
      "2026-10-25T22:59Z",
      "2026-10-25T23:00Z",
    ].map(at);
    const [first, second] = daysOf(
      dataOf(times, { to: times.at(-1)!, marks: [{ time: times[1]!, kind: "reservoir" }] }),
      { startDate: at("2026-10-24T22:00Z"), endDate: at("2026-10-26T23:00Z") },
      "Europe/Berlin",
    )!.days;
    expect(first).toMatchObject({ hours: 25, sensor: { minutes: [0, 150, 150, 1439] }, marks: [{ minute: 150 }] });
    expect(first!.sensor.times).toEqual(times.slice(0, 4));
    expect(second).toMatchObject({ hours: 24, sensor: { minutes: [0], values: [6] } });
  });
});
