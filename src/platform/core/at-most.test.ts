import { expect, test } from "vitest";
import { atMost } from "./at-most.ts";

test("starts tasks in FIFO order, at most `limit` at once, whether they succeed or fail", async () => {
  const inTurn = atMost(2);
  const begun: number[] = [];
  let [going, peak] = [0, 0];
  const work = async (n: number) => {
    begun.push(n);
    peak = Math.max(peak, ++going);
    await scheduler.wait(1);
    going -= 1;
    if (n % 2 === 0) throw new Error("even");
    return n;
  };
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => inTurn(() => work(n))));
  expect(results.map((it) => (it.status === "fulfilled" ? it.value : "failed"))).toEqual([
    "failed",
    1,
    "failed",
    3,
    "failed",
  ]);
  expect([begun, peak, going]).toEqual([[0, 1, 2, 3, 4], 2, 0]);
  expect(await inTurn(() => work(5))).toBe(5);
});
