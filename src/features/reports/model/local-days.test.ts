import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cases } from "../../../../test/properties/size.ts";
import { clockOf } from "./clock.ts";
import {
  clockText,
  DAY_MS,
  dateText,
  dayOf,
  dayText,
  HOUR_MS,
  localTimes,
  MINUTE_MS,
  minuteOf,
  stretchesOf,
  unusualDays,
} from "./local-days.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "Asia/Beirut",
  "America/Havana",
  "Pacific/Apia",
  "Pacific/Chatham",
] as const;

const stretches = (zone: string, from: string, to: string) =>
  stretchesOf(Date.parse(from), Date.parse(to), clockOf(zone).offsetAt);

/** What Intl says of an instant: the day as `2026-03-29`, and minutes since 00:00. */
function intlOf(zone: string, ms: number): { readonly day: string; readonly minute: number } {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(ms);
  const get = (name: string) => parts.find(({ type }) => type === name)!.value;
  return {
    day: `${get("year")}-${get("month")}-${get("day")}`,
    minute: Number(get("hour")) * 60 + Number(get("minute")),
  };
}

describe("local times", () => {
  test("are those of Intl, in every zone and on days on which clocks change", { timeout: 120_000 }, () => {
    const start = fc.date({ min: new Date("2012-01-01"), max: new Date("2031-01-01"), noInvalidDate: true });
    const times = fc.array(fc.integer({ min: 0, max: 31 * 24 * 60 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), start, times, (zone, date, minutes) => {
        const from = date.getTime();
        const ordered = minutes.toSorted((a, b) => a - b).map((minute) => from + minute * MINUTE_MS);
        const local = localTimes(ordered, stretchesOf(from, from + 31 * DAY_MS, clockOf(zone).offsetAt));
        for (const [i, time] of ordered.entries()) {
          expect({
            day: new Date(dayOf(local[i]!) * DAY_MS).toISOString().slice(0, 10),
            minute: Math.floor(minuteOf(local[i]!)),
          }).toEqual(intlOf(zone, time));
        }
      }),
      { numRuns: cases(3000, 200) },
    );
  });

  test.each([
    ["Europe/Berlin", "2026-03-29T01:00:00Z"],
    ["Europe/Berlin", "2026-10-25T01:00:00Z"],
    ["America/New_York", "2026-03-08T07:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z"],
    ["Asia/Beirut", "2026-03-28T22:00:00Z"],
    ["America/Havana", "2026-11-01T05:00:00Z"],
  ])("change at the minute at which clocks do: %s, %s", (zone, at) => {
    const change = Date.parse(at);
    const [first, second, third] = stretchesOf(change - 5 * DAY_MS, change + 5 * DAY_MS, clockOf(zone).offsetAt);
    expect({ from: second!.from, third }).toEqual({ from: change, third: undefined });
    expect(first!.offset).not.toBe(second!.offset);
    const [before, after] = localTimes([change - 1, change], [first!, second!]);
    expect([before, after]).toEqual([change - 1 + first!.offset, change + second!.offset]);
  });

  test("of a zone without changes are one stretch", () => {
    const offset = 5.5 * HOUR_MS;
    const from = Date.parse("2026-01-01");
    expect(stretches("Asia/Kolkata", "2026-01-01", "2026-12-31")).toEqual([{ from, offset }]);
  });
});

describe("a day", () => {
  test.each([
    ["Europe/Berlin", "2026-03-29", 23],
    ["Europe/Berlin", "2026-10-25", 25],
    ["America/New_York", "2026-03-08", 23],
    ["America/New_York", "2026-11-01", 25],
    ["Australia/Lord_Howe", "2026-04-05", 24.5],
    ["Australia/Lord_Howe", "2026-10-04", 23.5],
    // At midnight: the first hour of a day is skipped, or repeated.
    ["Asia/Beirut", "2026-03-29", 23],
    ["Asia/Beirut", "2026-10-24", 25],
    ["America/Havana", "2026-11-01", 25],
  ])("has another number of hours where clocks change: %s, %s", (zone, date, hours) => {
    const day = Date.parse(date) / DAY_MS;
    const around = stretchesOf((day - 3) * DAY_MS, (day + 4) * DAY_MS, clockOf(zone).offsetAt);
    expect([...unusualDays(around)]).toEqual([[day, hours]]);
  });

  test("has 24 hours elsewhere", () => {
    expect(unusualDays(stretches("Asia/Kolkata", "2026-01-01", "2026-12-31")).size).toBe(0);
    expect(unusualDays(stretches("Europe/Berlin", "2026-01-01", "2026-12-31")).size).toBe(2);
  });

  test("is written with its weekday, or with its year", () => {
    const day = Date.parse("2026-03-09") / DAY_MS;
    expect([dayText(day), dateText(day)]).toEqual(["Mon 9 Mar", "9 Mar 2026"]);
  });

  test.each([
    [0, "00:00"],
    [59.99, "00:59"],
    [450, "07:30"],
    [1440, "24:00"],
  ])("has minute %d at %s", (minute, text) => expect(clockText(minute)).toBe(text));
});
