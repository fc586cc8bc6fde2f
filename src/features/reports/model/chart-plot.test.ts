import { expect, test } from "vitest";
import { type Plot, rangeOf, scaleFor, targetText, xOf, yOf } from "./chart-plot.ts";

test.each([
  [0, "low"],
  [3.89, "low"],
  [3.9, "target"],
  [10, "target"],
  [10.01, "high"],
  [55, "high"],
])("%d mmol/L is %s", (value, range) => expect(rangeOf(value)).toBe(range));

test.each([
  [0, 15],
  [15, 15],
  [15.1, 20],
  [22.2, 25],
  [55, 25],
])("a scale with room for %d ends at %d", (highest, max) => expect(scaleFor(highest)).toBe(max));

test("a value has its place between the edges of a plot, and one that is higher is at the upper edge", () => {
  const plot: Plot = { left: 100, top: 50, width: 240, height: 60, max: 15 };
  expect([xOf(plot, 0), xOf(plot, 720), xOf(plot, 1440)]).toEqual([100, 220, 340]);
  expect([yOf(plot, 0), yOf(plot, 7.5), yOf(plot, 15), yOf(plot, 55)]).toEqual([110, 80, 50, 50]);
});

test("the target range is written in a unit", () => {
  expect([targetText("mg/dL"), targetText("mmol/L")]).toEqual(["70–180 mg/dL", "3.9–10.0 mmol/L"]);
});
