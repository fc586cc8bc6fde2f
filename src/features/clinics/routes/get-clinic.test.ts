import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenSite, givenTag, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { givenPatients } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic({
    address: "1 Pier",
    city: "Bay",
    country: "US",
    state: "CA",
    postalCode: "94000",
    clinicType: "other",
  });
});
const get = async (caller = clinic.admin) => (await caller.get(clinic.path)).body;

describe("GetClinic", () => {
  test("200 for anybody signed in, in one round trip; what is not set is left out", async () => {
    const answer = await clinic.outsider.get(clinic.path);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(Object.keys(answer.body).toSorted()).toEqual(
      ["address", "canMigrate", "city", "clinicType", "country", "createdTime", "id", "name", "postalCode"].concat([
        "preferredBgUnits",
        "shareCode",
        "state",
        "tier",
        "tierDescription",
        "updatedTime",
      ]),
    );
    expect((await clinic.service.get(clinic.path)).body).toEqual(answer.body);
  });

  test("200 shows tags and sites with the number of their patients in this clinic, left out when there are none", async () => {
    const [tag, bareTag] = [await givenTag(clinic), await givenTag(clinic)];
    const [site, bareSite] = [await givenSite(clinic), await givenSite(clinic)];
    await givenPatients(clinic, { tags: [tag.id], sites: [site.id] }, { tags: [tag.id] });
    await givenPatients(await givenClinic(), { tags: [tag.id], sites: [site.id] });
    const { patientTags, sites } = await get();
    expect(patientTags).toEqual([{ ...tag, numPatients: 2 }, bareTag]);
    expect(sites).toEqual([{ ...site, numPatients: 1 }, bareSite]);
  });

  test("200 leaves out the tags of a clinic whose last tag was deleted", async () => {
    const tag = await givenTag(clinic);
    await clinic.admin.delete(`${clinic.path}/patient_tags/${tag.id}`);
    expect(await get()).not.toHaveProperty("patientTags");
  });

  test("200 describes a tier outside the list with an empty text, and units that were never set as mg/dL", async () => {
    await rows("UPDATE clinics SET tier = 'tier0101', preferred_bg_units = NULL WHERE id = ?", clinic.clinicId);
    expect(await get()).toMatchObject({ tier: "tier0101", tierDescription: "", preferredBgUnits: "mg/dL" });
  });

  test.each([
    ["is_migrated = 1", false],
    ["is_migrated = 0", true],
    ["is_migrated = 0, city = NULL", false],
    ["is_migrated = 0, name = ''", false],
    ["is_migrated = 0, clinic_type = NULL", false],
    ["is_migrated = 0, preferred_bg_units = NULL", false],
    ["is_migrated = 0, clinic_size = NULL, website = NULL", true],
  ])("200 of a clinic with %s says canMigrate %s", async (assignments, canMigrate) => {
    await rows(`UPDATE clinics SET ${assignments} WHERE id = ?`, clinic.clinicId);
    expect((await get()).canMigrate).toBe(canMigrate);
  });

  test("200 of a clinic without an admin says canMigrate false", async () => {
    await rows("UPDATE clinics SET is_migrated = 0 WHERE id = ?", clinic.clinicId);
    await rows("UPDATE clinicians SET roles = '[\"CLINIC_MEMBER\"]' WHERE clinic_id = ?", clinic.clinicId);
    expect((await get(clinic.outsider)).canMigrate).toBe(false);
  });

  test("400 for something that is no id", async () => {
    const answer = await clinic.admin.get(`/v1/clinics/${UNKNOWN_ID.toUpperCase()}`);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      expect.stringContaining('parameter "clinicId" in path'),
    ]);
  });

  test("404 for a clinic that is not there", async () => {
    const answer = await clinic.outsider.get(`/v1/clinics/${UNKNOWN_ID}`);
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
