import { beforeEach, describe, expect, test } from "vitest";
import {
  type Answer,
  countRows,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  rows,
  statuses,
} from "../../../test/harness.ts";
import { lockPair, carryOut } from "../../../test/merge-rows.ts";
import { unchanging } from "../../../test/patient-rows.ts";

let [a, b, c]: GivenClinic[] = [];
beforeEach(async () => {
  [a, b, c] = [await givenClinic({ name: "A" }), await givenClinic({ name: "B" }), await givenClinic({ name: "C" })];
});
const merge = (source: GivenClinic, target: GivenClinic): Promise<Answer> =>
  target.service.post(`${target.path}/merge`, { sourceId: source.clinicId });
const remaining = async () =>
  (
    await rows<{ id: string }>("SELECT id FROM clinics WHERE id IN (?, ?, ?)", a!.clinicId, b!.clinicId, c!.clinicId)
  ).map(({ id }) => id);

/** No patient, member, tag, site or code is left to a clinic that is gone, nobody is locked out. */
async function expectNoOrphans(): Promise<void> {
  for (const table of [
    "patients",
    "clinicians",
    "clinic_patient_tags",
    "clinic_sites",
    "clinic_share_codes",
    "patient_invitations",
  ]) {
    const pending = table === "patient_invitations" ? " AND status = 'pending'" : "";
    expect(
      await countRows(`${table} WHERE clinic_id IS NOT NULL AND clinic_id NOT IN (SELECT id FROM clinics)${pending}`),
    ).toBe(0);
  }
  expect(
    await countRows("merge_participants WHERE clinic_id IN (?, ?, ?)", a!.clinicId, b!.clinicId, c!.clinicId),
  ).toBe(0);
}
const ofClinics = async () =>
  (
    await rows<{ user_id: string }>(
      "SELECT user_id FROM patients WHERE is_demo = 0 AND clinic_id IN (?, ?, ?)",
      a!.clinicId,
      b!.clinicId,
      c!.clinicId,
    )
  ).map((it) => it.user_id);

describe("two merges", () => {
  test("of one pair in both directions: one is done, the other is told so", async () => {
    const people = [await givenPatient(a!), await givenPatient(b!)].map(({ id }) => id);
    const answers = await Promise.all([merge(a!, b!), merge(b!, a!)]);
    expect([
      [200, 409],
      [200, 404],
    ]).toContainEqual(statuses(answers));
    expect((await remaining()).length).toBe(2);
    expect(new Set(await ofClinics())).toEqual(new Set(people));
    await expectNoOrphans();
  });

  test("into one clinic: each is done, or told that the other is", async () => {
    const people = [await givenPatient(a!), await givenPatient(c!)].map(({ id }) => id);
    const answers = await Promise.all([merge(a!, b!), merge(c!, b!)]);
    expect([
      [200, 200],
      [200, 409],
    ]).toContainEqual(statuses(answers));
    expect(new Set(await ofClinics())).toEqual(new Set(people));
    await expectNoOrphans();
  });

  test("in a chain: whoever is a target and a source at once is one first", async () => {
    const people = [await givenPatient(a!), await givenPatient(b!)].map(({ id }) => id);
    const answers = await Promise.all([merge(a!, b!), merge(b!, c!)]);
    expect([
      [200, 200],
      [200, 409],
      [200, 404],
    ]).toContainEqual(statuses(answers));
    expect(new Set(await ofClinics())).toEqual(new Set(people));
    await expectNoOrphans();
  });
});

describe("a merge against", () => {
  test("the creation of patients in both clinics: each is there in the end, or was refused", async () => {
    const create = (clinic: GivenClinic) =>
      clinic.member.post(`${clinic.path}/patients`, { fullName: `Racer ${newUserId()}`, birthDate: "1980-01-31" });
    const [merged, ...created] = await Promise.all([merge(a!, b!), ...[a!, b!, a!, b!, a!, b!].map(create)]);
    expect(merged.status).toBe(200);
    // The membership was in the clinic that is gone, or is in the other by now.
    for (const answer of created) expect([200, 403, 409]).toContain(answer.status);
    const made = created.filter(({ status }) => status === 200).map(({ body }) => body.id);
    expect(new Set(await ofClinics())).toEqual(new Set(made));
    expect(await countRows("clinics WHERE id = ? AND patient_total = ?", b!.clinicId, made.length + 1)).toBe(1);
    await expectNoOrphans();
  });

  test("the removal of a member: they are gone from both, or the removal was refused", async () => {
    const [merged, removed] = await Promise.all([
      merge(a!, b!),
      a!.admin.delete(`${a!.path}/clinicians/${a!.member.id}`),
    ]);
    expect(merged.status).toBe(200);
    expect([200, 204, 403, 404, 409]).toContain(removed.status);
    const isRemoved = removed.status < 300;
    expect(await countRows("clinicians WHERE clinic_id = ? AND user_id = ?", b!.clinicId, a!.member.id)).toBe(
      isRemoved ? 0 : 1,
    );
    await expectNoOrphans();
  });

  test.each(["source", "target"] as const)("the deletion of its %s: one of them happens", async (which) => {
    const deleted = which === "source" ? a! : b!;
    const [merged, gone] = await Promise.all([merge(a!, b!), deleted.service.delete(deleted.path)]);
    const isDeleted = gone.status < 300;
    expect([merged.status, gone.status]).toEqual(
      isDeleted
        ? [expect.toSatisfy((s) => s === 404 || s === 200), gone.status]
        : [200, expect.toSatisfy((s) => s === 409 || s === 404)],
    );
    await expectNoOrphans();
  });
});

describe("while a merge is under way", () => {
  test("409 for every kind of write to either clinic, and nothing changes; reads go on", async () => {
    const patient = await givenPatient(a!);
    const id = await lockPair({ sourceId: a!.clinicId, targetId: b!.clinicId });
    for (const clinic of [a!, b!]) {
      const writes = [
        () => clinic.admin.post(`${clinic.path}/sites`, { name: "New" }),
        () => clinic.member.post(`${clinic.path}/patients`, { fullName: "New", birthDate: "1980-01-31" }),
        () => clinic.admin.put(clinic.path, { name: "New", preferredBgUnits: "mg/dL" }),
        () => clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: false }),
        () => clinic.admin.delete(`${clinic.path}/clinicians/${clinic.member.id}`),
        () =>
          clinic.admin.post(`${clinic.path}/invites/clinicians`, { email: "new@own.test", roles: ["CLINIC_MEMBER"] }),
        () => clinic.service.delete(clinic.path),
        () => clinic.service.post(`${clinic.path}/patients/${newUserId()}`, { permissions: { view: {} } }),
      ];
      for (const write of writes) {
        const answer = await unchanging(write);
        // Who is not there is said before: it would be so without the merge.
        expect([answer.status, answer.body.message]).toEqual([409, "clinic merge in progress"]);
      }
    }
    expect((await a!.admin.get(`${a!.path}/patients/${patient.id}`)).status).toBe(200);
    expect((await b!.admin.get(`${b!.path}/patients`)).status).toBe(200);
    expect((await c!.admin.post(`${c!.path}/sites`, { name: "Elsewhere" })).status).toBe(200);
    expect(await carryOut(id)).toBe("done");
  });

  test("a merge that shares a clinic is 409; the same one again joins it", async () => {
    const id = await lockPair({ sourceId: a!.clinicId, targetId: b!.clinicId });
    expect((await unchanging(() => merge(b!, c!))).body).toEqual({ code: 409, message: "clinic merge in progress" });
    expect((await unchanging(() => merge(c!, a!))).status).toBe(409);
    expect((await unchanging(() => merge(b!, a!))).status).toBe(409);
    expect((await merge(a!, b!)).status).toBe(200);
    expect(await countRows("merges WHERE id = ? AND phase IN ('notifying', 'done')", id)).toBe(1);
    expect(await countRows("merges WHERE source_id = ?", a!.clinicId)).toBe(1);
  });
});
