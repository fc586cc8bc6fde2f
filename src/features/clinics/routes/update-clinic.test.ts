import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenTag, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, clinicVersion, givenPatients, interrupted, unchanging } from "../../../../test/patient-rows.ts";

const KEPT = {
  address: "1 Pier",
  city: "Bay",
  postalCode: "94000",
  state: "CA",
  country: "US",
  website: "https://harbor.example",
  clinicType: "provider_practice",
  clinicSize: "0-249",
};
let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const NAMED = { name: "Harbor", preferredBgUnits: "mmol/L" };
const update = (body: unknown, caller = clinic.admin) => caller.put(clinic.path, body);

describe("UpdateClinic", () => {
  test("200 writes what the body has and answers the whole clinic, in two round trips", async () => {
    const tag = await givenTag(clinic);
    await givenPatients(clinic, { tags: [tag.id] });
    const before = (await clinic.admin.get(clinic.path)).body;
    const fields = { ...NAMED, ...KEPT, timezone: "US/Pacific", phoneNumbers: [{ type: "Office", number: "1" }] };
    const answer = await update(fields);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...before, ...fields, updatedTime: expect.any(String) });
    expect(answer.body.patientTags).toEqual([{ ...tag, numPatients: 1 }]);
    expect((await clinic.admin.get(clinic.path)).body).toEqual(answer.body);
    expect(await audited(clinic.clinicId, "UpdateClinic")).toHaveLength(1);
    expect(answer.calls).toBe(2);
  });

  test("200 keeps absent fields, except phone numbers and time zone, which absence clears", async () => {
    await update({ ...NAMED, ...KEPT, timezone: "US/Pacific", phoneNumbers: [{ number: "1" }] });
    const { body } = await update(NAMED);
    expect(body).toMatchObject(KEPT);
    expect(body).not.toHaveProperty("timezone");
    expect(body).not.toHaveProperty("phoneNumbers");
  });

  test("200 clears the website when it is given empty", async () => {
    await update({ ...NAMED, ...KEPT });
    expect((await update({ ...NAMED, website: "" })).body).not.toHaveProperty("website");
    expect((await clinic.admin.get(clinic.path)).body).not.toHaveProperty("website");
  });

  test("200 leaves alone what has an operation of its own", async () => {
    await clinic.service.post(`${clinic.path}/tier`, { tier: "tier0300" });
    const { body } = await update({ ...NAMED, tier: "tier0100", shareCode: "X", suppressedNotifications: {} });
    expect(body).toMatchObject({ tier: "tier0300", shareCode: expect.stringMatching(/^\w{4}-/) });
  });

  test.each([
    undefined,
    {},
    { name: "x" },
    { ...NAMED, name: "" },
    { ...NAMED, city: "" },
    { ...NAMED, country: null },
  ])("400 on %j stores nothing", async (body) => {
    expect((await unchanging(() => update(body))).status).toBe(400);
  });

  test("403 comes before 400: a plain member learns nothing about the body", async () => {
    expect((await update({}, clinic.member)).status).toBe(403);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await unchanging(() => clinic.service.put(`/v1/clinics/${UNKNOWN_ID}`, NAMED));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });

  test("of eight at once, each with a field of its own, no field is lost", async () => {
    const racers = await Promise.all(Object.entries(KEPT).map(([name, value]) => update({ ...NAMED, [name]: value })));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect((await clinic.admin.get(clinic.path)).body).toMatchObject({ ...NAMED, ...KEPT });
    expect(await audited(clinic.clinicId, "UpdateClinic")).toHaveLength(8);
  });

  test("200 keeps what another update set between its look and its change", async () => {
    const request = { method: "PUT", path: clinic.path, body: { ...NAMED, city: "Bay" } };
    const answer = await interrupted(clinic.admin, request, () => update({ ...NAMED, address: "1 Pier" }));
    expect([answer.status, answer.calls]).toEqual([200, 4]);
    expect(answer.body).toMatchObject({ address: "1 Pier", city: "Bay" });
    expect((await clinic.admin.get(clinic.path)).body).toEqual(answer.body);
  });

  test("against other writes to the clinic neither is lost", async () => {
    const { version } = await clinicVersion(clinic.clinicId);
    const racers = await Promise.all([
      ...Array.from({ length: 4 }, (_, i) => clinic.admin.post(`${clinic.path}/sites`, { name: `Site ${i}` })),
      ...["address", "city", "state", "country"].map((name) => update({ ...NAMED, [name]: name })),
    ]);
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    const { body } = await clinic.admin.get(clinic.path);
    expect(body).toMatchObject({ address: "address", city: "city", state: "state", country: "country" });
    expect(body.sites).toHaveLength(4);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 8);
  });
});
