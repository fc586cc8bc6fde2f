import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  type GivenClinic,
  givenClinic,
  givenTag,
  newUserId,
  rows,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import {
  audited,
  carried,
  clinicVersion,
  givenPatients,
  shownCounts,
  unchanging,
} from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let tag: { id: string; name: string };
beforeEach(async () => {
  clinic = await givenClinic();
  tag = await givenTag(clinic);
});
const unassign = (body?: unknown, tagId = tag.id, caller = clinic.admin) =>
  caller.post(`${clinic.path}/patients/delete_tag/${tagId}`, body);
const tagsOf = async (userId: string | undefined) => (await carried(clinic.clinicId)).get(userId!)?.tags;

describe("DeletePatientTagFromClinicPatients", () => {
  test.each([undefined, "null"])(
    "200 with body %j takes the tag from all patients; the clinic keeps it",
    async (body) => {
      const other = await givenTag(clinic);
      const [first, second] = await givenPatients(clinic, { tags: [tag.id, other.id] }, { tags: [tag.id] });
      const answer = await unassign(body);
      expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
      expect([await tagsOf(first), await tagsOf(second)]).toEqual([[other.id], []]);
      expect((await clinic.admin.get(clinic.path)).body.patientTags).toEqual([tag, { ...other, numPatients: 1 }]);
    },
  );

  test("200 with a list takes it from those of them that are patients here", async () => {
    const [first, second] = await givenPatients(clinic, { tags: [tag.id] }, { tags: [tag.id] });
    expect((await unassign([first, newUserId()])).status).toBe(200);
    expect([await tagsOf(first), await tagsOf(second)]).toEqual([[], [tag.id]]);
    expect(await shownCounts(clinic)).toEqual({ [tag.id]: 1 });
  });

  test("200 touches only the patients that had the tag, each with its own audit row", async () => {
    const [had, lacked] = await givenPatients(clinic, { tags: [tag.id] }, {});
    const before = await clinicVersion(clinic.clinicId);
    await unassign([had, lacked]);
    expect(await rows("SELECT user_id FROM patients WHERE clinic_id = ? AND version > 1", clinic.clinicId)).toEqual([
      { user_id: had },
    ]);
    expect(await audited(clinic.clinicId, "DeletePatientTagFromClinicPatients")).toEqual([
      { patient_id: had, actor_id: clinic.admin.id },
    ]);
    expect(await clinicVersion(clinic.clinicId)).toEqual(before);
  });

  test("200 for a tag the clinic no longer has: what patients have of it goes", async () => {
    const [patient] = await givenPatients(clinic, { tags: [UNKNOWN_ID, tag.id] });
    expect((await unassign(undefined, UNKNOWN_ID)).status).toBe(200);
    expect(await tagsOf(patient)).toEqual([tag.id]);
    expect(await shownCounts(clinic)).toEqual({ [tag.id]: 1 });
  });

  test("200 for a service and a clinic that is not there changes nothing", async () => {
    const path = `/v1/clinics/${UNKNOWN_ID}/patients/delete_tag/${tag.id}`;
    expect((await unchanging(() => clinic.service.post(path))).status).toBe(200);
    expect(await countRows("patient_changes WHERE clinic_id = ?", UNKNOWN_ID)).toBe(0);
  });

  test("200 again changes nothing", async () => {
    await givenPatients(clinic, { tags: [tag.id] });
    await unassign();
    expect((await unchanging(() => unassign())).status).toBe(200);
  });

  test.each([[[]], [["1000000001", "1000000001"]], [["nobody"]], [{}], ["{"]])(
    "400 on %j stores nothing",
    async (body) => {
      await givenPatients(clinic, { tags: [tag.id] });
      expect((await unchanging(() => unassign(body))).status).toBe(400);
    },
  );

  test("of eight at once the tag is taken and counted once", async () => {
    const [first] = await givenPatients(clinic, { tags: [tag.id] }, { tags: [tag.id] });
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => unassign([first]))))).toEqual(Array(8).fill(200));
    expect(await shownCounts(clinic)).toEqual({ [tag.id]: 1 });
  });

  test("403 comes before 400: a plain member may not, whatever the body", async () => {
    expect((await unchanging(() => unassign([], tag.id, clinic.member))).status).toBe(403);
  });
});
