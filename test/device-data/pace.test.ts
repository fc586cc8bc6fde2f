import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { operations } from "../../src/entry/operations.ts";
import { Pace } from "../../src/platform/limits/pace.ts";
import { TryLater } from "../../src/platform/core/errors.ts";
import { add, cbg, dataOf, dataPath, openSet } from "../device-data.ts";
import { type Caller, person } from "../harness.ts";

/** What has summaries computed begins in turn, and nothing else does. */

let owner: Caller;
let setId: string;
beforeEach(async () => {
  owner = await person();
  setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
});
afterEach(() => vi.restoreAllMocks());

test("every operation that works on device data, whatever its method", () => {
  const inTurn = operations.filter(({ pace }) => pace).map(({ route }) => route.operationId);
  const working = operations.filter(({ keepsAnswers, route }) => keepsAnswers && route.method !== "get");
  expect(inTurn).toEqual(working.map(({ route }) => route.operationId));
  expect(inTurn).toContain("AddData");
  expect(inTurn).toContain("RecomputeSummary");
});

test("all of many that come at once are done", async () => {
  const at = Date.now() - 3_600_000;
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => owner.post(dataPath(setId), [cbg(at - 300_000 * i)])),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await dataOf(owner, owner.id)).filter(({ type }) => type === "cbg")).toHaveLength(30);
});

test("503 where too many wait: nothing is asked of the database and nothing is stored; who reads is answered", async () => {
  vi.spyOn(Pace.prototype, "turn").mockRejectedValue(new TryLater("unavailable", "too much is under way", 7));
  const refused = await owner.post(dataPath(setId), [cbg(Date.now())]);
  expect([refused.status, refused.headers.get("retry-after"), refused.calls]).toEqual([503, "7", 0]);
  expect((await dataOf(owner, owner.id)).filter(({ type }) => type === "cbg")).toEqual([]);
});

test("a turn is over with its answer, and with a refusal as well", async () => {
  const over = vi.fn<() => void>();
  vi.spyOn(Pace.prototype, "turn").mockResolvedValue(over);
  await add(owner, setId, [cbg(Date.now())]);
  expect((await owner.post(dataPath(setId), [{ type: "nothing" }])).status).toBe(400);
  expect((await owner.put(`/v1/datasets/${setId}`, { dataState: 1 })).status).toBe(400);
  expect(over).toHaveBeenCalledTimes(3);
});
