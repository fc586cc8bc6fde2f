import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenTag, rows, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, carried, clinicVersion, givenPatients, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (tagId: string, caller = clinic.admin) => caller.delete(`${clinic.path}/patient_tags/${tagId}`);

describe("DeletePatientTag", () => {
  test("204 removes the tag from the clinic and from every patient at once, in one round trip", async () => {
    const [gone, kept] = [await givenTag(clinic), await givenTag(clinic)];
    const [both, one, none] = await givenPatients(clinic, { tags: [gone.id, kept.id] }, { tags: [gone.id] }, {});
    const answer = await remove(gone.id);
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    const left = await carried(clinic.clinicId);
    expect([left.get(both!)?.tags, left.get(one!)?.tags, left.get(none!)?.tags]).toEqual([[kept.id], [], []]);
    expect((await clinic.admin.get(clinic.path)).body.patientTags).toEqual([{ ...kept, numPatients: 1 }]);
  });

  test("204 moves the change of the patients that had the tag, and of the clinic, but of nobody else", async () => {
    const tag = await givenTag(clinic);
    const [tagged, other] = await givenPatients(clinic, { tags: [tag.id] }, {});
    const { version } = await clinicVersion(clinic.clinicId);
    await remove(tag.id);
    const versions = await rows<{ user_id: string; version: number; updated_at: number }>(
      "SELECT user_id, version, updated_at FROM patients WHERE clinic_id = ?",
      clinic.clinicId,
    );
    expect(versions).toContainEqual({ user_id: tagged, version: 2, updated_at: expect.any(Number) });
    expect(versions.find((row) => row.user_id === tagged)!.updated_at).toBeGreaterThan(1);
    expect(versions).toContainEqual({ user_id: other, version: 1, updated_at: 1 });
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
  });

  test("204 writes an audit row for the clinic and one for each patient that had the tag", async () => {
    const tag = await givenTag(clinic);
    const [tagged] = await givenPatients(clinic, { tags: [tag.id] }, {});
    await remove(tag.id);
    const written = (await audited(clinic.clinicId, "DeletePatientTag")).map((row) => row.patient_id);
    expect(written).toHaveLength(2);
    expect(written).toEqual(expect.arrayContaining([null, tagged]));
  });

  test("204 for a tag that is not there, and takes what patients still have of it", async () => {
    const [patient] = await givenPatients(clinic, { tags: [UNKNOWN_ID] });
    expect((await remove(UNKNOWN_ID)).status).toBe(204);
    expect((await remove(UNKNOWN_ID)).status).toBe(204);
    expect((await carried(clinic.clinicId)).get(patient!)?.tags).toEqual([]);
  });

  test("204 leaves the tag of another clinic alone", async () => {
    const other = await givenClinic();
    const tag = await givenTag(other);
    const [patient] = await givenPatients(other, { tags: [tag.id] });
    expect((await remove(tag.id)).status).toBe(204);
    expect((await carried(other.clinicId)).get(patient!)?.tags).toEqual([tag.id]);
    expect((await other.admin.get(other.path)).body.patientTags).toEqual([{ ...tag, numPatients: 1 }]);
  });

  test("403 comes before 400: a plain member may not delete, whatever the id", async () => {
    const tag = await givenTag(clinic);
    expect((await unchanging(() => remove(tag.id, clinic.member))).status).toBe(403);
    expect((await remove("no-id", clinic.member)).status).toBe(403);
    expect((await remove("no-id")).status).toBe(400);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await unchanging(() =>
      clinic.service.delete(`/v1/clinics/${UNKNOWN_ID}/patient_tags/${UNKNOWN_ID}`),
    );
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });

  test("of eight at once all get 204, and the patients' records change once", async () => {
    const tag = await givenTag(clinic);
    const [patient] = await givenPatients(clinic, { tags: [tag.id] });
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => remove(tag.id))))).toEqual(Array(8).fill(204));
    expect(await rows("SELECT version FROM patients WHERE user_id = ?", patient)).toEqual([{ version: 2 }]);
  });
});
