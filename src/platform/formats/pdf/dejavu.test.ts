import { expect, test } from "vitest";
import { dejaVuSans } from "./dejavu.ts";

test("the embedded font is a TrueType file: of a web font readers draw nothing", () => {
  expect([...dejaVuSans().subarray(0, 4)]).toEqual([0, 1, 0, 0]);
});
