import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantOf, isLocalTime, isZone, utcText } from "./instants.ts";

const instants = fc.date({
  min: new Date("0000-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

describe("instants", () => {
  test("are read as the runtime reads them, in any zone", () => {
    const offset = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 });
    fc.assert(
      fc.property(instants, offset, (date, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000);
        fc.pre(/^\d{4}-/.test(local.toISOString()));
        const zone = `${String(Math.trunc(Math.abs(minutes) / 60)).padStart(2, "0")}:${String(Math.abs(minutes) % 60).padStart(2, "0")}`;
        const text = `${local.toISOString().slice(0, -1)}${minutes < 0 ? "-" : "+"}${zone}`;
        expect(instantOf(text)).toBe(date.getTime());
        expect(instantOf(date.toISOString())).toBe(date.getTime());
        expect(isLocalTime(local.toISOString().slice(0, 19))).toBe(true);
      }),
    );
  });

  test("of every day of four hundred years", () => {
    for (let day = Date.UTC(1800, 0, 1); day < Date.UTC(2201, 0, 1); day += 86_400_000) {
      if (instantOf(new Date(day).toISOString()) !== day) expect.fail(new Date(day).toISOString());
    }
  });

  test.each([
    ["2024-05-01T20:15:30Z", 0],
    ["2024-05-01t20:15:30z", 0],
    ["2024-05-01T20:15:30.1Z", 100],
    ["2024-05-01T20:15:30.123456789Z", 123],
    ["2024-05-01T20:15:30.0009Z", 0],
    ["2024-05-01T13:15:30-07:00", 0],
    ["2024-05-02T05:45:30.5+09:30", 500],
  ])("%s", (text, ms) => {
    expect(instantOf(text)).toBe(Date.UTC(2024, 4, 1, 20, 15, 30, ms));
  });

  test.each([
    "",
    "2024-05-01",
    "2024-05-01T20:15:30",
    "2024-05-01 20:15:30Z",
    "2024-05-01T20:15Z",
    "2024-05-01T20:15:30.Z",
    "2024-05-01T20:15:30,5Z",
    "2024-05-01T20:15:30.1234567890Z",
    "2024-05-01T20:15:30ZZ",
    "2024-05-01T20:15:30+0700",
    "2024-05-01T20:15:30+07:00Z",
    "2024-05-01T20:15:30+24:00",
    "2024-05-01T20:15:30+07:60",
    "2024-05-01T20:15:30+-7:00",
    "2024-05-01T24:00:00Z",
    "2024-05-01T20:60:00Z",
    "2016-12-31T23:59:60Z",
    "2024-00-01T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-05-00T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "-024-05-01T20:15:30Z",
    "2024-5-01T20:15:30Z",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    " 2024-05-01T20:15:30Z",
    // As LibreView writes it: cgm-format 0.13.0 takes the month of such a file for the day.
    "05-01-2024 20:15",
  ])("%j is none", (text) => {
    expect(instantOf(text)).toBeNaN();
  });

  test("are written in UTC, without trailing zeros", () => {
    const ms = Date.UTC(2024, 4, 1, 20, 15, 30);
    expect([0, 500, 270, 123, 10].map((more) => utcText(ms + more).slice(19))).toEqual([
      "Z",
      ".5Z",
      ".27Z",
      ".123Z",
      ".01Z",
    ]);
    fc.assert(
      fc.property(instants, (date) => {
        expect(instantOf(utcText(date.getTime()))).toBe(date.getTime());
      }),
    );
  });
});

test("a local time is in upper case and has no zone", () => {
  expect(
    ["2024-05-01T20:15:30", "2024-05-01t20:15:30", "2024-05-01T20:15:30Z", "2024-05-01T20:15:30."].map(isLocalTime),
  ).toEqual([true, false, false, false]);
});

test("zones are those of the runtime, by name", () => {
  const names = ["America/Los_Angeles", "US/Pacific", "UTC", "America/Los Angeles", "+01:00", "", "A".repeat(65)];
  for (let round = 0; round < 2; round++)
    expect(names.map(isZone)).toEqual([true, true, true, false, false, false, false]);
  for (let i = 0; i < 3000; i++) isZone(`None/${i}`);
  expect(isZone("US/Pacific")).toBe(true);
});
