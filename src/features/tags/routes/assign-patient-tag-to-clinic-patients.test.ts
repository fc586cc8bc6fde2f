import { beforeEach, describe, expect, test } from "vitest";
import {
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
let tag: { id: string };
beforeEach(async () => {
  clinic = await givenClinic();
  tag = await givenTag(clinic);
});
const assign = (body?: unknown, tagId = tag.id, caller = clinic.admin) =>
  caller.post(`${clinic.path}/patients/assign_tag/${tagId}`, body);
const tagged = async () =>
  [...(await carried(clinic.clinicId))].filter(([, { tags }]) => tags.includes(tag.id)).map(([userId]) => userId);
const DEMO = "de30de30de";

describe("AssignPatientTagToClinicPatients", () => {
  test.each([undefined, "null"])("200 with body %j tags all patients of the clinic, and of no other", async (body) => {
    const patients = await givenPatients(clinic, {}, { tags: [tag.id] }, {});
    const other = await givenClinic();
    const [stranger] = await givenPatients(other, {});
    const answer = await assign(body);
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 1]);
    expect(await tagged()).toEqual([DEMO, ...patients]);
    expect(await shownCounts(clinic)).toEqual({ [tag.id]: 4 });
    expect((await carried(other.clinicId)).get(stranger!)?.tags).toEqual([]);
  });

  test("200 with a list tags those of them that are patients here, and counts each once", async () => {
    const [first, second, third] = await givenPatients(clinic, {}, { tags: [tag.id] }, {});
    expect((await assign([first, second, newUserId()])).status).toBe(200);
    expect(await tagged()).toEqual([first, second]);
    expect((await carried(clinic.clinicId)).get(third!)?.tags).toEqual([]);
    expect(await shownCounts(clinic)).toEqual({ [tag.id]: 2 });
  });

  test("200 touches only the patients that lacked the tag, each with its own audit row", async () => {
    const [lacked, had] = await givenPatients(clinic, {}, { tags: [tag.id] });
    const before = await clinicVersion(clinic.clinicId);
    await assign([lacked, had]);
    expect(await rows("SELECT user_id FROM patients WHERE clinic_id = ? AND version > 1", clinic.clinicId)).toEqual([
      { user_id: lacked },
    ]);
    expect(await audited(clinic.clinicId, "AssignPatientTagToClinicPatients")).toEqual([
      { patient_id: lacked, actor_id: clinic.admin.id },
    ]);
    expect(await clinicVersion(clinic.clinicId)).toEqual(before);
  });

  test("200 again changes nothing", async () => {
    await givenPatients(clinic, {});
    await assign();
    expect((await unchanging(() => assign())).status).toBe(200);
  });

  test("200 with a thousand users", async () => {
    const [patient] = await givenPatients(clinic, {});
    expect((await assign([patient, ...Array.from({ length: 999 }, newUserId)])).status).toBe(200);
    expect(await tagged()).toEqual([patient]);
  });

  test.each([
    [[]],
    [["1000000001", "1000000001"]],
    [["nobody"]],
    [Array.from({ length: 1001 }, (_, i) => (0x2000000000 + i).toString(16))],
    [{}],
    ["{"],
  ])("400 on %.40j stores nothing", async (body) => {
    await givenPatients(clinic, {});
    expect((await unchanging(() => assign(body))).status).toBe(400);
  });

  test("404 for a tag that is another clinic's, and for a clinic that is not there", async () => {
    await givenPatients(clinic, {});
    const foreign = await givenTag(await givenClinic());
    const answer = await unchanging(() => assign(undefined, foreign.id));
    expect([answer.status, answer.body.message]).toEqual([404, "patient tag not found"]);
    const gone = await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/patients/assign_tag/${tag.id}`);
    expect([gone.status, gone.body.message]).toEqual([404, "clinic not found"]);
  });

  test("of eight at once the tag is given and counted once", async () => {
    const [patient] = await givenPatients(clinic, {});
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => assign([patient]))))).toEqual(Array(8).fill(200));
    expect((await carried(clinic.clinicId)).get(patient!)?.tags).toEqual([tag.id]);
    expect(await shownCounts(clinic)).toEqual({ [tag.id]: 1 });
  });

  test("against a deletion of the tag no patient is left with it", async () => {
    await givenPatients(clinic, {}, {});
    const racers = await Promise.all([
      ...Array.from({ length: 4 }, () => assign()),
      clinic.admin.delete(`${clinic.path}/patient_tags/${tag.id}`),
      ...Array.from({ length: 3 }, () => assign()),
    ]);
    expect(racers.every(({ status }) => [200, 204, 404].includes(status))).toBe(true);
    expect(await tagged()).toEqual([]);
  });

  test("403 comes before 400: a plain member may not, whatever the body", async () => {
    expect((await unchanging(() => assign([], tag.id, clinic.member))).status).toBe(403);
  });
});
