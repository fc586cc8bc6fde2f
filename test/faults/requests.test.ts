import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registry } from "../../src/entry/outbox.ts";
import { operations } from "../../src/entry/operations.ts";
import { forgetRedoxTokens } from "../../src/features/ehr/redox/client.ts";
import { forgetXealthTokens } from "../../src/features/ehr/xealth/client.ts";
import { forgetIdentities } from "../../src/platform/auth/authenticate.ts";
import { triesAll } from "../all-cases.ts";
import { startClock, stopClock } from "../examples/clock.ts";
import { playScenario } from "../examples/scenario/index.ts";
import { playEncore } from "./encore.ts";
import { FaultyRecorder } from "./faulty-recorder.ts";

/**
 * The whole scenario of the examples, with a database that fails at each batch and statement of every request and job that
 * writes. `npm run faults` tries all of them; without it the last batch of each loses its answer, and one other fault strikes.
 */

/** Change nothing, or only the object of a person (`test/device-data/kills.test.ts`). */
const ELSEWHERE = [
  "FhirCgmSummaryByPost FhirDocumentsByPost FhirObservationsByPost FhirPatientsByPost",
  "GenerateMergeReport MatchClinicAndPatient VerifyEndpoint XealthGetPrograms XealthPreorder",
  "AddData DeleteDataSet DeleteUserData OpenDataSet RecomputeSummary RemoveData UpdateDataSet",
].flatMap((names) => names.split(" "));
/** Jobs that there are only with an account service: `src/platform/accounts/http-directory.test.ts` has its outages. */
const WITH_ACCOUNT_SERVICE = ["copy_to_profile", "move_address"];

const recorder = new FaultyRecorder(triesAll);

beforeAll(async () => {
  startClock();
  await playScenario(recorder);
  await playEncore(recorder);
}, 1_800_000);
afterAll(() => {
  stopClock();
  forgetIdentities();
  forgetRedoxTokens();
  forgetXealthTokens();
});

describe("whatever the database does", () => {
  test("what is stored is as before or as after, and repeated it comes to the same, with the same answer", () => {
    expect(recorder.faults.join("\n")).toBe("");
  });

  test("at every operation that changes something in the database", () => {
    const changing = operations
      .filter(({ route }) => route.method !== "get")
      .map(({ route }) => route.operationId)
      .filter((name) => !recorder.disturbed.has(name));
    expect(changing.toSorted()).toEqual(ELSEWHERE.toSorted());
  });

  test("at every kind of mail and job", () => {
    const kinds = [...registry.mails.keys(), ...registry.jobs.keys()];
    expect(kinds.filter((kind) => !recorder.disturbed.has(kind))).toEqual(WITH_ACCOUNT_SERVICE);
  });
});
