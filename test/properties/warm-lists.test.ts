import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetRedoxTokens } from "../../src/features/ehr/redox/client.ts";
import { forgetXealthTokens } from "../../src/features/ehr/xealth/client.ts";
import { forgetIdentities } from "../../src/platform/auth/authenticate.ts";
import { startClock, stopClock } from "../examples/clock.ts";
import { playScenario } from "../examples/scenario/index.ts";
import { playFarther } from "./warm-farther.ts";
import { WarmRecorder } from "./warm-recorder.ts";

/**
 * What is kept of patients in memory, and what callers keep by its tag, is never shown instead of what is stored, whatever has
 * happened in between: the whole scenario of the examples, and more about merges.
 */

const recorder = new WarmRecorder();

beforeAll(async () => {
  startClock();
  await playScenario(recorder);
  await playFarther(recorder);
}, 600_000);
afterAll(() => {
  stopClock();
  forgetIdentities();
  forgetRedoxTokens();
  forgetXealthTokens();
});

test("after every operation and job, lists in a warm isolate show the records that are stored", () => {
  expect(recorder.faults.slice(0, 20).join("\n")).toBe("");
  expect(recorder.compared).toBeGreaterThan(300);
});
