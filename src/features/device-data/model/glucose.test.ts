import { expect, test } from "vitest";
import { mmolPerLitre } from "./glucose.ts";

test.each([
  [40, 2.2203],
  [54, 2.9974],
  [70, 3.88552],
  [100, 5.55075],
  [119, 6.60539],
  [180, 9.99135],
  [181, 10.04685],
  [250, 13.87687],
  [251, 13.93238],
  [350, 19.42762],
  [400, 22.20299],
  [0, 0],
  [-100, -5.55075],
])("%d mg/dL are %d mmol/L", (milligrams, millimoles) => {
  expect(mmolPerLitre(milligrams)).toBe(millimoles);
});
