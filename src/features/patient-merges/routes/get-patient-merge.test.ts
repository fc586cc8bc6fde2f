import { describe, expect, test } from "vitest";
import { givenClinic } from "../../../../test/harness.ts";
import { givenTwo, merge } from "../../../../test/patient-merges.ts";

describe("GetPatientMerge", () => {
  test("shows members the merge and the survivor, and another clinic nothing", async () => {
    const { clinic, a, b } = await givenTwo();
    const done = (await merge(clinic, b.id, a.id)).body;
    const shown = await clinic.member.get(`${clinic.path}/patient_merges/${done.id}`);
    expect(shown.body).toEqual(done);
    expect(shown.calls).toBe(1);
    const other = await givenClinic();
    const elsewhere = await other.admin.get(`${other.path}/patient_merges/${done.id}`);
    expect([elsewhere.status, elsewhere.body.message]).toEqual([404, "merge not found"]);
    expect((await other.admin.get(`${clinic.path}/patient_merges/${done.id}`)).status).toBe(403);
  });
});
