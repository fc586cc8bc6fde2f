import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetRedoxTokens } from "../../src/features/ehr/redox/client.ts";
import { forgetXealthTokens } from "../../src/features/ehr/xealth/client.ts";
import { forgetIdentities } from "../../src/platform/auth/authenticate.ts";
import { startClock, stopClock } from "./clock.ts";
import { faultsOfExample } from "./judge.ts";
import { publishedOperations } from "./operations.ts";
import { type Example, Recorder } from "./recorder.ts";
import { playScenario } from "./scenario/index.ts";
import { shortened } from "./shorten.ts";
import { StandIns } from "./stand-ins.ts";

const BYTES_MAX = 170_000;

/** By operation, in the order of the calls. */
const examples = new Map<string, Example>();

beforeAll(async () => {
  const recorder = new Recorder();
  startClock();
  await playScenario(recorder);
  const standIns = new StandIns();
  for (const [operationId, example] of recorder.examples) {
    examples.set(operationId, standIns.replaceIn(shortened(example)));
  }
}, 120_000);
afterAll(() => {
  stopClock();
  // They were taken until a time that does not come.
  forgetIdentities();
  forgetRedoxTokens();
  forgetXealthTokens();
});

/** In the order of the description, whatever the order of the calls. */
const inOrder = () =>
  Object.fromEntries(
    [...publishedOperations.keys()].filter((id) => examples.has(id)).map((id) => [id, examples.get(id)]),
  );

test("every operation has an example, and there is none of another", () => {
  expect([...examples.keys()].toSorted()).toEqual([...publishedOperations.keys()].toSorted());
});

test("every example is as described", () => {
  expect([...examples].flatMap(([id, example]) => faultsOfExample(id, example))).toEqual([]);
});

test("src/description/examples.json has them; `npm run openapi` writes it", async () => {
  const text = `${JSON.stringify(inOrder(), null, 1)}\n`;
  expect(text.length).toBeLessThan(BYTES_MAX);
  await expect(text).toMatchFileSnapshot("../../src/description/examples.json");
});
