import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CODES,
  connectedClinic,
  type FakeRedox,
  fakeRedox,
  jobsOf,
  orderFor,
  patientWithData,
} from "../../../../test/ehr/fake-redox.ts";
import { newUserId, service } from "../../../../test/harness.ts";

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

const WITHOUT_UPLOADS = { scheduledReports: { cadence: "14d", onUploadEnabled: false } };

/** The job of the order apart, how many jobs a sync of the patient makes. */
async function jobsMadeFor(settings: object, isOrdered: boolean): Promise<number> {
  const clinic = await connectedClinic(settings as Record<string, unknown>);
  const patient = await patientWithData(clinic, {}, null);
  if (isOrdered) {
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    await redox.run();
  }
  const answer = await clinic.service.post(`/v1/patients/${patient.id}/ehr/sync`);
  expect([answer.status, answer.text]).toEqual([202, ""]);
  return (await jobsOf(patient.id)).filter(({ cause }) => cause === "patient").length;
}

describe("SyncEHRDataForPatient", () => {
  test.each<[string, object, boolean, number]>([
    ["a job where it was ordered and the clinic wants it", {}, true, 1],
    ["no job where nothing was ordered", {}, false, 0],
    ["no job where the clinic does not want it", WITHOUT_UPLOADS, true, 0],
  ])("records %s", async (_, settings, isOrdered, expected) => {
    expect(await jobsMadeFor(settings, isOrdered)).toBe(expected);
  });

  test("answers 202 for somebody who is no patient", async () => {
    const answer = await (await service()).post(`/v1/patients/${newUserId()}/ehr/sync`);
    expect([answer.status, answer.text]).toEqual([202, ""]);
  });
});
