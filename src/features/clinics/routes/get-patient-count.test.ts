import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { givenPatients } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const get = (caller = clinic.member) => caller.get(`${clinic.path}/patient_count`);

describe("GetPatientCount", () => {
  test("200 of a new clinic counts the demo patient apart, in one round trip", async () => {
    const answer = await get();
    expect([answer.status, answer.body, answer.calls]).toEqual([200, { total: 1, demo: 1, plan: 0 }, 1]);
    expect((await get(clinic.service)).body).toEqual(answer.body);
  });

  test("200 counts plan patients, and entries of providers by state", async () => {
    await givenPatients(
      clinic,
      {},
      { dataSources: [{ providerName: "dexcom", state: "connected" }] },
      {
        dataSources: [
          { providerName: "dexcom", state: "connected" },
          { providerName: "dexcom", state: "error" },
        ],
      },
      { dataSources: [{ providerName: "twiist", state: "pending" }], countsToPlan: 0 },
    );
    expect((await get()).body).toEqual({
      total: 5,
      demo: 1,
      plan: 3,
      providers: {
        dexcom: { total: 3, states: { connected: 2, error: 1 } },
        twiist: { total: 1, states: { pending: 1 } },
      },
    });
  });

  test("200 leaves the demo patient's providers out", async () => {
    const dataSources = JSON.stringify([{ providerName: "dexcom", state: "connected" }]);
    await rows(
      "UPDATE patients SET data_sources = ? WHERE clinic_id = ? AND is_demo = 1",
      dataSources,
      clinic.clinicId,
    );
    await clinic.service.post(`${clinic.path}/patient_count/refresh`);
    expect((await get()).body).toEqual({ total: 1, demo: 1, plan: 0 });
  });

  test("403 comes before 400 and 404: a prescriber learns nothing", async () => {
    expect((await get(clinic.prescriber)).status).toBe(403);
    expect((await clinic.outsider.get("/v1/clinics/no-id/patient_count")).status).toBe(403);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/patient_count`);
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
