import { describe, expect, test } from "vitest";
import { notFound } from "./errors.ts";
import { StaleRead, untilFresh } from "./stale.ts";

describe("untilFresh", () => {
  test("retries after stale reads, and returns the result of the cycle that committed", async () => {
    let cycles = 0;
    const answer = untilFresh(async () => {
      cycles += 1;
      if (cycles < 10) throw new StaleRead();
      return cycles;
    });
    await expect(answer).resolves.toBe(10);
  });

  test("503 with Retry-After when the deadline has passed", async () => {
    let cycles = 0;
    const answer = untilFresh(async () => {
      cycles += 1;
      throw new StaleRead();
    }, 200);
    await expect(answer).rejects.toMatchObject({ kind: "unavailable", status: 503, seconds: 2 });
    expect(cycles).toBeGreaterThan(1);
  });

  test("runs at most two retries at once; one that fails or hangs frees its slot", async () => {
    let atOnce = 0;
    let most = 0;
    const writers = Array.from({ length: 20 }, (_, i) => {
      let attempt = 0;
      return untilFresh(async () => {
        if (attempt++ === 0) throw new StaleRead();
        atOnce += 1;
        most = Math.max(most, atOnce);
        await scheduler.wait(2);
        atOnce -= 1;
        if (i % 3 === 0) throw notFound("clinic");
        return i;
      });
    });
    const ended = await Promise.allSettled(writers);
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(13);
    expect(most).toBeLessThanOrEqual(2);
  });

  test("throws every other refusal at once", async () => {
    await expect(untilFresh(async () => Promise.reject(notFound("clinic")))).rejects.toMatchObject({ status: 404 });
  });
});
