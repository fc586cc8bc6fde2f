import { describe, expect, test } from "vitest";
import { notFound } from "./errors.ts";
import { StaleRead, untilFresh } from "./stale.ts";

describe("untilFresh", () => {
  test("starts over as long as what was read has changed, and gives the answer of the cycle that held", async () => {
    let cycles = 0;
    const answer = untilFresh(async () => {
      cycles += 1;
      if (cycles < 10) throw new StaleRead();
      return cycles;
    });
    await expect(answer).resolves.toBe(10);
  });

  test("409 when ten cycles in a row were overtaken", async () => {
    let cycles = 0;
    const answer = untilFresh(async () => {
      cycles += 1;
      throw new StaleRead();
    });
    await expect(answer).rejects.toMatchObject({ kind: "conflict", status: 409 });
    expect(cycles).toBe(10);
  });

  test("passes every other refusal on at once", async () => {
    await expect(untilFresh(async () => Promise.reject(notFound("clinic")))).rejects.toMatchObject({ status: 404 });
  });
});
