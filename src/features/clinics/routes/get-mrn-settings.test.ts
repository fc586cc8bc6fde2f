import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const get = (caller = clinic.member) => caller.get(`${clinic.path}/settings/mrn`);

describe("GetMRNSettings", () => {
  test("200 shows members and services what was set, in one round trip", async () => {
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: false });
    const answer = await get();
    expect([answer.status, answer.body, answer.calls]).toEqual([200, { required: true, unique: false }, 1]);
    expect((await get(clinic.service)).body).toEqual(answer.body);
  });

  test("403 comes before 400 and 404: a prescriber learns nothing", async () => {
    expect((await get(clinic.prescriber)).status).toBe(403);
    expect((await clinic.outsider.get("/v1/clinics/no-id/settings/mrn")).status).toBe(403);
  });

  test("404 tells a clinic that never set them from one that is not there", async () => {
    expect((await get()).body).toEqual({ code: 404, message: "not found" });
    expect((await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/settings/mrn`)).body.message).toBe("clinic not found");
  });
});
