import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, UNKNOWN_ID } from "../../../../test/harness.ts";

const LEAST = {
  enabled: false,
  provider: "xealth",
  sourceId: "",
  mrnIdType: "MRN",
  procedureCodes: {},
  scheduledReports: { onUploadEnabled: false, cadence: "DISABLED" },
  tags: {},
  flowsheets: { icode: false },
};

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const get = (caller = clinic.member) => caller.get(`${clinic.path}/settings/ehr`);

describe("GetEHRSettings", () => {
  test("200 shows members and services what was set, in one round trip", async () => {
    await clinic.service.put(`${clinic.path}/settings/ehr`, LEAST);
    const answer = await get();
    expect([answer.status, answer.body, answer.calls]).toEqual([200, { ...LEAST, tags: { codes: [] } }, 1]);
    expect((await get(clinic.service)).body).toEqual(answer.body);
  });

  test("403 comes before 400 and 404: a prescriber learns nothing", async () => {
    expect((await get(clinic.prescriber)).status).toBe(403);
    expect((await clinic.outsider.get("/v1/clinics/no-id/settings/ehr")).status).toBe(403);
  });

  test("404 tells a clinic that never set it from one that is not there", async () => {
    expect((await get()).body).toEqual({ code: 404, message: "not found" });
    expect((await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/settings/ehr`)).body.message).toBe("clinic not found");
  });
});
