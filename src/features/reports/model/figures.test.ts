import { expect, test } from "vitest";
import { mmolPerLitre } from "../../device-data/model/glucose.ts";
import { glucoseText } from "./figures.ts";

/** What a sensor reports: whole numbers in mg/dL. */
const READINGS = Array.from({ length: 361 }, (_, i) => 40 + i);

test("a reading in mg/dL is shown as the same number", () => {
  const shown = READINGS.map((reading) => glucoseText(mmolPerLitre(reading), "mg/dL"));
  expect(shown).toEqual(READINGS.map(String));
});

test("in mmol/L it is shown in tenths, rounded once: 100 mg/dL are 5.6, 300 are 16.7", () => {
  const shown = READINGS.map((reading) => glucoseText(mmolPerLitre(reading), "mmol/L"));
  expect(shown).toEqual(READINGS.map((reading) => (Math.round((reading * 10) / 18.01559) / 10).toFixed(1)));
  expect([shown[60], shown[260]]).toEqual(["5.6", "16.7"]);
});
