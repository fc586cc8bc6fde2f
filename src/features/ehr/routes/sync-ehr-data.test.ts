import { describe, expect, test } from "vitest";
import { connectedClinic } from "../../../../test/ehr/fake-redox.ts";
import { countRows, givenClinic, service, UNKNOWN_ID } from "../../../../test/harness.ts";

describe("SyncEHRData", () => {
  test("records a sync and answers 202, also when there is nobody to send anything about", async () => {
    const clinic = await connectedClinic();
    const answer = await clinic.service.post(`${clinic.path}/ehr/sync`);
    expect([answer.status, answer.text]).toEqual([202, ""]);
    expect(await countRows("ehr_runs WHERE clinic_id = ?", clinic.clinicId)).toBe(1);
  });

  test("is absorbed by a sync that is under way", async () => {
    const clinic = await connectedClinic();
    const answers = await Promise.all(Array.from({ length: 8 }, () => clinic.service.post(`${clinic.path}/ehr/sync`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await countRows("ehr_runs WHERE clinic_id = ? AND finished_at IS NULL", clinic.clinicId)).toBe(1);
  });

  test("refuses an unknown clinic, and one that Redox does not connect", async () => {
    const expected = { code: 404, message: "not found: couldn't find a matching clinic" };
    const clinic = await givenClinic();
    for (const id of [UNKNOWN_ID, clinic.clinicId]) {
      const answer = await (await service()).post(`/v1/clinics/${id}/ehr/sync`);
      expect([answer.status, answer.body]).toEqual([404, expected]);
    }
    const xealth = await connectedClinic({ provider: "xealth" });
    expect((await xealth.service.post(`${xealth.path}/ehr/sync`)).body).toEqual(expected);
  });
});
