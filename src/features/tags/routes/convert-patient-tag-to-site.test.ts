import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  type GivenClinic,
  givenClinic,
  givenSite,
  givenTag,
  rows,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import {
  audited,
  carried,
  clinicVersion,
  fill,
  givenPatients,
  interrupted,
  shownCounts,
  unchanging,
} from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const convert = (tagId: string, caller = clinic.service) => caller.post(`${clinic.path}/patient_tags/${tagId}/site`);

describe("ConvertPatientTagToSite", () => {
  test("200 moves the tag's patients to a new site and removes the tag, in two round trips", async () => {
    const [tag, kept, site] = [await givenTag(clinic, "Pumps"), await givenTag(clinic), await givenSite(clinic)];
    const [first, second, third] = await givenPatients(
      clinic,
      { tags: [tag.id, kept.id], sites: [site.id] },
      { tags: [tag.id] },
      { tags: [kept.id] },
    );
    const answer = await convert(tag.id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id: expect.any(String), name: "Pumps", numPatients: 2, patients: 2 });
    const made = answer.body.id as string;
    const after = await carried(clinic.clinicId);
    expect(after.get(first!)).toEqual({ tags: [kept.id], sites: [site.id, made] });
    expect(after.get(second!)).toEqual({ tags: [], sites: [made] });
    expect(after.get(third!)).toEqual({ tags: [kept.id], sites: [] });
    expect(await shownCounts(clinic)).toEqual({ [kept.id]: 2, [site.id]: 1, [made]: 2 });
    expect(answer.calls).toBe(2);
  });

  test("200 moves the change of the clinic and of the patients that had the tag, each once and audited", async () => {
    const tag = await givenTag(clinic);
    const [had] = await givenPatients(clinic, { tags: [tag.id] }, {});
    const { version } = await clinicVersion(clinic.clinicId);
    await convert(tag.id);
    expect(
      await rows("SELECT user_id, version FROM patients WHERE clinic_id = ? AND version > 1", clinic.clinicId),
    ).toEqual([{ user_id: had, version: 2 }]);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
    const written = (await audited(clinic.clinicId, "ConvertPatientTagToSite")).map((row) => row.patient_id);
    expect(written).toHaveLength(2);
    expect(written).toEqual(expect.arrayContaining([null, had]));
  });

  test("200 leaves out the numbers of a site without patients", async () => {
    const tag = await givenTag(clinic, "Nobody");
    expect((await convert(tag.id)).body).toEqual({ id: expect.any(String), name: "Nobody" });
  });

  test("200 gives the site the next free number when the name is taken in any case", async () => {
    await givenSite(clinic, "PUMPS");
    await givenSite(clinic, "Pumps (2)");
    const tag = await givenTag(clinic, "Pumps");
    expect((await convert(tag.id)).body.name).toBe("Pumps (3)");
  });

  test("200 makes single spaces of the white space a site may not have", async () => {
    const tag = await givenTag(clinic, "a\tb  c");
    expect((await convert(tag.id)).body.name).toBe("a b c");
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await convert("no-id", clinic.admin)).status).toBe(403);
    expect((await convert("no-id")).status).toBe(400);
  });

  test("404 for a clinic that is not there, and for a tag of another clinic", async () => {
    const gone = await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/patient_tags/${UNKNOWN_ID}/site`);
    expect([gone.status, gone.body.message]).toEqual([404, "clinic not found"]);
    const foreign = await givenTag(await givenClinic());
    const answer = await unchanging(() => convert(foreign.id));
    expect([answer.status, answer.body.message]).toEqual([404, "unable to find patient tag: not found"]);
  });

  test("409 in a clinic with all its sites, and the tag stays with its patients", async () => {
    const tag = await givenTag(clinic);
    await givenPatients(clinic, { tags: [tag.id] });
    await fill(clinic.clinicId, "clinic_sites", 50);
    const answer = await unchanging(() => convert(tag.id));
    expect([answer.status, answer.body.message]).toEqual([409, "conflict"]);
  });

  test("of eight at once one makes the site, the rest find the tag gone", async () => {
    const tag = await givenTag(clinic);
    const [patient] = await givenPatients(clinic, { tags: [tag.id] });
    const racers = await Promise.all(Array.from({ length: 8 }, () => convert(tag.id)));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(404)]);
    expect((await carried(clinic.clinicId)).get(patient!)?.sites).toHaveLength(1);
    expect(await countRows("clinic_sites WHERE clinic_id = ?", clinic.clinicId)).toBe(1);
  });

  test("of eight tags for the last free place one gets it, the rest get 409 and stay", async () => {
    await fill(clinic.clinicId, "clinic_sites", 49);
    const tags = await Promise.all(Array.from({ length: 8 }, () => givenTag(clinic)));
    expect(statuses(await Promise.all(tags.map(({ id }) => convert(id))))).toEqual([200, ...Array(7).fill(409)]);
    expect(await countRows("clinic_patient_tags WHERE clinic_id = ?", clinic.clinicId)).toBe(7);
  });

  describe("while something else happens between its look and its change", () => {
    let tag: { id: string };
    beforeEach(async () => {
      tag = await givenTag(clinic, "Pumps");
    });
    const path = () => `${clinic.path}/patient_tags/${tag.id}`;
    const convertWhile = (meanwhile: () => Promise<unknown>) =>
      interrupted(clinic.service, { method: "POST", path: `${path()}/site` }, meanwhile);

    test("200 counts and moves the patients that got the tag in between", async () => {
      await givenPatients(clinic, { tags: [tag.id] }, {});
      const answer = await convertWhile(() => clinic.admin.post(`${clinic.path}/patients/assign_tag/${tag.id}`));
      expect(answer.body).toMatchObject({ numPatients: 3 });
      expect(await shownCounts(clinic)).toEqual({ [answer.body.id]: 3 });
    });

    test("200 gives the site the name the tag got in between", async () => {
      const answer = await convertWhile(() => clinic.admin.put(path(), { name: "Pens" }));
      expect([answer.status, answer.body.name]).toEqual([200, "Pens"]);
    });

    test("404 when the tag went in between", async () => {
      expect((await convertWhile(() => clinic.admin.delete(path()))).status).toBe(404);
      expect(await countRows("clinic_sites WHERE clinic_id = ?", clinic.clinicId)).toBe(0);
    });

    test("409 when a site took the name in between, and the tag stays", async () => {
      const answer = await convertWhile(() => givenSite(clinic, "PUMPS"));
      expect([answer.status, answer.body.message]).toEqual([409, "conflict"]);
      expect(Object.keys(await shownCounts(clinic))).toContain(tag.id);
      expect((await convert(tag.id)).body.name).toBe("Pumps (2)");
    });
  });
});
