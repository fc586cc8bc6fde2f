import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenSite, rows, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, clinicVersion, fill, givenPatients, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const rename = (siteId: string, body: unknown, caller = clinic.admin) =>
  caller.put(`${clinic.path}/sites/${siteId}`, body);
const names = async () =>
  (await rows<{ name: string }>("SELECT name FROM clinic_sites WHERE clinic_id = ?", clinic.clinicId)).map(
    (site) => site.name,
  );

describe("UpdateSite", () => {
  test("200 renames the site and shows the number of its patients, in two round trips", async () => {
    const site = await givenSite(clinic, "East Wing");
    await givenPatients(clinic, { sites: [site.id] });
    const { version } = await clinicVersion(clinic.clinicId);
    const answer = await rename(site.id, { id: UNKNOWN_ID, name: "West Wing " });
    expect(answer.body).toEqual({ id: site.id, name: "West Wing ", numPatients: 1, patients: 1 });
    expect(await names()).toEqual(["West Wing "]);
    expect(await audited(clinic.clinicId, "UpdateSite")).toHaveLength(1);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
    expect(answer.calls).toBe(2);
  });

  test("200 moves the change of the patients at the site, but of nobody else", async () => {
    const [site, other] = [await givenSite(clinic), await givenSite(clinic)];
    const [at] = await givenPatients(clinic, { sites: [site.id] }, { sites: [other.id] }, {});
    await rename(site.id, { name: "West" });
    expect(await rows("SELECT user_id FROM patients WHERE clinic_id = ? AND version > 1", clinic.clinicId)).toEqual([
      { user_id: at },
    ]);
  });

  test.each(["EAST WING", "East Wing"])("200 when its own name becomes %j", async (name) => {
    const site = await givenSite(clinic, "East Wing");
    expect((await rename(site.id, { name })).body).toEqual({ id: site.id, name });
  });

  test("200 in a clinic that has more sites than a clinic may have", async () => {
    const site = await givenSite(clinic, "East");
    await fill(clinic.clinicId, "clinic_sites", 51);
    expect((await rename(site.id, { name: "West" })).status).toBe(200);
  });

  test.each([{}, { name: "" }, { name: " x" }, { id: "X", name: "x" }, { name: "x".repeat(201) }, undefined])(
    "400 on %j stores nothing",
    async (body) => {
      const site = await givenSite(clinic);
      expect((await unchanging(() => rename(site.id, body))).status).toBe(400);
    },
  );

  test("403 comes before 400: a plain member learns nothing about path and body", async () => {
    expect((await rename("no-id", {}, clinic.member)).status).toBe(403);
    expect((await rename("no-id", {})).status).toBe(400);
  });

  test("404 for a clinic that is not there, and for a site of another clinic", async () => {
    const gone = await clinic.service.put(`/v1/clinics/${UNKNOWN_ID}/sites/${UNKNOWN_ID}`, { name: "S" });
    expect([gone.status, gone.body.message]).toEqual([404, "clinic not found"]);
    const foreign = await givenSite(await givenClinic());
    expect((await unchanging(() => rename(foreign.id, { name: "S" }))).status).toBe(404);
  });

  test("404 comes before 409: an unknown site is not told that the name is taken", async () => {
    await givenSite(clinic, "East");
    expect((await rename(UNKNOWN_ID, { name: "East" })).status).toBe(404);
  });

  test("409 when another site has the name in any case", async () => {
    await givenSite(clinic, "East");
    const site = await givenSite(clinic, "West");
    const answer = await unchanging(() => rename(site.id, { name: "EAST" }));
    expect([answer.status, answer.body.message]).toEqual([409, "checking site constraints: duplicate site name"]);
  });

  test("of eight sites renamed at once to one name one gets it, the rest get 409", async () => {
    const sites = await Promise.all(Array.from({ length: 8 }, () => givenSite(clinic)));
    const racers = await Promise.all(sites.map((site) => rename(site.id, { name: "Same" })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect((await names()).filter((name) => name === "Same")).toHaveLength(1);
  });
});
