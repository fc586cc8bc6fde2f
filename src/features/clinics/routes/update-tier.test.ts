import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, clinicVersion, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const update = (body: unknown, caller = clinic.service) => caller.post(`${clinic.path}/tier`, body);
const limits = async () => (await clinic.member.get(`${clinic.path}/settings/patient_count`)).body;

describe("UpdateTier", () => {
  test.each([
    ["tier0100", "Free"],
    ["tier0200", "Standard"],
    ["tier0300", "Premium"],
    ["tier0400", "Enterprise"],
  ])("200 without a body moves the clinic to %s, %s, in one round trip", async (tier, tierDescription) => {
    const { version } = await clinicVersion(clinic.clinicId);
    const answer = await update({ tier });
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    expect((await clinic.admin.get(clinic.path)).body).toMatchObject({ tier, tierDescription });
    expect(await audited(clinic.clinicId, "UpdateTier")).toHaveLength(1);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
  });

  test("200 suspends the patient limits outside the free tier and lets them hold again in it", async () => {
    await update({ tier: "tier0300" });
    expect(await limits()).toEqual({});
    await update({ tier: "tier0100" });
    expect(await limits()).toEqual({ hardLimit: { plan: 250 } });
  });

  test.each([undefined, {}, { tier: "tier0101" }, { tier: null }, null])("400 on %j stores nothing", async (body) => {
    expect((await unchanging(() => update(body))).status).toBe(400);
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await update({}, clinic.admin)).status).toBe(403);
  });

  test("404 for a clinic that is not there", async () => {
    const answer = await unchanging(() => clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/tier`, { tier: "tier0100" }));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
