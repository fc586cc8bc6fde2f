import { expect, test } from "vitest";
import { dejaVuSans } from "./dejavu.ts";
import { openFont } from "./font.ts";

test("words that go on being used stay shaped, however many others come and go", async () => {
  const font = await openFont(dejaVuSans());
  const usual = font.shape("Target");
  const rare = font.shape("Jellyfish");
  for (let i = 0; i < 5000; i++) {
    font.shape(`x${i}`);
    if (i % 100 === 0) expect(font.shape("Target")).toBe(usual);
  }
  expect(font.shape("Jellyfish")).not.toBe(rare);
  expect(font.shape("Jellyfish")).toEqual(rare);
});
