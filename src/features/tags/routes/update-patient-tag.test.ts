import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenTag, rows, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, clinicVersion, fill, givenPatients, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const rename = (tagId: string, body: unknown, caller = clinic.admin) =>
  caller.put(`${clinic.path}/patient_tags/${tagId}`, body);
const names = async () =>
  (await rows<{ name: string }>("SELECT name FROM clinic_patient_tags WHERE clinic_id = ?", clinic.clinicId))
    .map((tag) => tag.name)
    .toSorted();

describe("UpdatePatientTag", () => {
  test("200 renames the tag and leaves its patients as they are, in one round trip", async () => {
    const tag = await givenTag(clinic, "Type 1");
    await givenPatients(clinic, { tags: [tag.id] });
    const before = await rows("SELECT * FROM patients");
    const { version } = await clinicVersion(clinic.clinicId);
    const answer = await rename(tag.id, { id: UNKNOWN_ID, name: "T1D ", numPatients: 0 }, clinic.member);
    expect([answer.status, answer.body]).toEqual([200, { id: tag.id, name: "T1D" }]);
    expect((await clinic.admin.get(clinic.path)).body.patientTags).toEqual([
      { id: tag.id, name: "T1D", numPatients: 1 },
    ]);
    expect(await rows("SELECT * FROM patients")).toEqual(before);
    expect(await audited(clinic.clinicId, "UpdatePatientTag")).toHaveLength(1);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
    expect(answer.calls).toBe(1);
  });

  test.each(["TYPE 1", "t y p e 1", "Type 1"])("200 when its own name becomes %j", async (name) => {
    const tag = await givenTag(clinic, "Type 1");
    expect((await rename(tag.id, { name })).status).toBe(200);
    expect(await names()).toEqual([name]);
  });

  test("200 in a clinic that has more tags than a clinic may have", async () => {
    const tag = await givenTag(clinic, "Type 1");
    await fill(clinic.clinicId, "clinic_patient_tags", 51);
    expect((await rename(tag.id, { name: "Type 2" })).status).toBe(200);
  });

  test.each([{}, { name: "" }, { name: " x" }, { name: "x".repeat(21) }, undefined])(
    "400 on %j stores nothing",
    async (body) => {
      const tag = await givenTag(clinic);
      expect((await unchanging(() => rename(tag.id, body))).status).toBe(400);
    },
  );

  test("403 comes before 400: an outsider learns nothing about path and body", async () => {
    expect((await rename("no-id", {}, clinic.outsider)).status).toBe(403);
    expect((await rename("no-id", {})).status).toBe(400);
  });

  test("404 for a clinic that is not there, and for a tag of another clinic", async () => {
    const gone = await clinic.service.put(`/v1/clinics/${UNKNOWN_ID}/patient_tags/${UNKNOWN_ID}`, { name: "T" });
    expect([gone.status, gone.body.message]).toEqual([404, "clinic not found"]);
    const other = await givenTag(await givenClinic());
    const foreign = await unchanging(() => rename(other.id, { name: "T" }));
    expect([foreign.status, foreign.body.message]).toEqual([404, "patient tag not found"]);
  });

  test("404 comes before 409: an unknown tag is not told that the name is taken", async () => {
    await givenTag(clinic, "Type 1");
    expect((await rename(UNKNOWN_ID, { name: "Type 1" })).status).toBe(404);
  });

  test("409 when another tag has the name in any case and spacing", async () => {
    await givenTag(clinic, "Type 1");
    const tag = await givenTag(clinic, "Type 2");
    const answer = await unchanging(() => rename(tag.id, { name: "TYPE1" }));
    expect([answer.status, answer.body.message]).toEqual([409, "duplicate patient tag"]);
  });

  test("of eight tags renamed at once to one name one gets it, the rest get 409", async () => {
    const tags = await Promise.all(Array.from({ length: 8 }, (_, i) => givenTag(clinic, `Tag ${i}`)));
    const racers = await Promise.all(tags.map((tag) => rename(tag.id, { name: "Same" })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect((await names()).filter((name) => name === "Same")).toHaveLength(1);
  });
});
