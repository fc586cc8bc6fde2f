import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, rows, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const get = (caller = clinic.member) => caller.get(`${clinic.path}/settings/patient_count`);
const LIMIT = { hardLimit: { plan: 250 } };

describe("GetPatientCountSettings", () => {
  test("200 shows members and services the limit a new clinic starts with, in one round trip", async () => {
    const answer = await get();
    expect([answer.status, answer.body, answer.calls]).toEqual([200, LIMIT, 1]);
    expect((await get(clinic.service)).body).toEqual(LIMIT);
  });

  test.each([
    [null, null, LIMIT],
    ["", "tier0100", LIMIT],
    ["US", "tier0100", LIMIT],
    ["CA", "tier0100", {}],
    ["USA", null, {}],
    ["us", null, {}],
    ["US", "tier0200", {}],
    ["US", "tier0101", {}],
  ])("200 of a clinic in country %j and tier %j", async (country, tier, expected) => {
    await rows("UPDATE clinics SET country = ?, tier = ? WHERE id = ?", country, tier, clinic.clinicId);
    expect((await get()).body).toEqual(expected);
  });

  test("200 is empty, not 404, where nothing is stored", async () => {
    await rows("UPDATE clinics SET hard_limit_plan = NULL WHERE id = ?", clinic.clinicId);
    expect((await get()).body).toEqual({});
  });

  test("403 comes before 400 and 404: a prescriber learns nothing", async () => {
    expect((await get(clinic.prescriber)).status).toBe(403);
    expect((await clinic.outsider.get("/v1/clinics/no-id/settings/patient_count")).status).toBe(403);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/settings/patient_count`);
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
