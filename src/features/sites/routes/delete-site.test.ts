import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenSite, rows, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, carried, clinicVersion, givenPatients, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (siteId: string, caller = clinic.admin) => caller.delete(`${clinic.path}/sites/${siteId}`);

describe("DeleteSite", () => {
  test("204 removes the site from the clinic and from every patient at once, in one round trip", async () => {
    const [gone, kept] = [await givenSite(clinic), await givenSite(clinic)];
    const [both, one, none] = await givenPatients(clinic, { sites: [gone.id, kept.id] }, { sites: [gone.id] }, {});
    const { version } = await clinicVersion(clinic.clinicId);
    const answer = await remove(gone.id);
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    const left = await carried(clinic.clinicId);
    expect([left.get(both!)?.sites, left.get(one!)?.sites, left.get(none!)?.sites]).toEqual([[kept.id], [], []]);
    expect((await clinic.admin.get(clinic.path)).body.sites).toEqual([{ ...kept, numPatients: 1 }]);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
  });

  test("204 touches only the patients at the site, each with an audit row beside the clinic's", async () => {
    const site = await givenSite(clinic);
    const [at] = await givenPatients(clinic, { sites: [site.id] }, {});
    await remove(site.id);
    expect(await rows("SELECT user_id FROM patients WHERE clinic_id = ? AND version > 1", clinic.clinicId)).toEqual([
      { user_id: at },
    ]);
    const written = (await audited(clinic.clinicId, "DeleteSite")).map((row) => row.patient_id);
    expect(written).toHaveLength(2);
    expect(written).toEqual(expect.arrayContaining([null, at]));
  });

  test("403 comes before 400: a plain member may not delete, whatever the id", async () => {
    const site = await givenSite(clinic);
    expect((await unchanging(() => remove(site.id, clinic.member))).status).toBe(403);
    expect((await remove("no-id", clinic.member)).status).toBe(403);
    expect((await remove("no-id")).status).toBe(400);
  });

  test("404 for a site that is not there, one of another clinic, and a clinic that is not there", async () => {
    const other = await givenClinic();
    const foreign = await givenSite(other);
    await givenPatients(other, { sites: [foreign.id] });
    for (const siteId of [UNKNOWN_ID, foreign.id]) {
      const answer = await unchanging(() => remove(siteId));
      expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
    }
    expect((await clinic.service.delete(`/v1/clinics/${UNKNOWN_ID}/sites/${foreign.id}`)).status).toBe(404);
  });

  test("of eight at once one deletes, the rest get 404", async () => {
    const site = await givenSite(clinic);
    const racers = await Promise.all(Array.from({ length: 8 }, () => remove(site.id)));
    expect(statuses(racers)).toEqual([204, ...Array(7).fill(404)]);
    expect(await audited(clinic.clinicId, "DeleteSite")).toHaveLength(1);
  });
});
