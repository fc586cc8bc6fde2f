import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { interrupted, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let patient: Caller;
const link = async (...permissions: string[]) => {
  patient = await givenAccount({ is_custodial: permissions.includes("custodian") ? 1 : 0 });
  const body = { permissions: Object.fromEntries(permissions.map((name) => [name, {}])) };
  expect((await clinic.service.post(`${clinic.path}/patients/${patient.id}`, body)).status).toBe(200);
};
beforeEach(async () => {
  clinic = await givenClinic();
  await link("custodian", "view", "upload", "note");
});
const pathOf = (permission: string) => `${clinic.path}/patients/${patient.id}/permissions/${permission}`;
const remove = (permission: string, caller = patient, headers?: Record<string, string>) =>
  caller.delete(pathOf(permission), headers);
const get = async () => (await clinic.member.get(`${clinic.path}/patients/${patient.id}`)).body;
const isLeft = () => countRows("patients WHERE user_id = ?", patient.id);

describe("DeletePatientPermission", () => {
  test.each(["custodian", "view", "upload", "note"])(
    "204 takes %s back for the patient and nothing else",
    async (it) => {
      const before = await get();
      const answer = await remove(it);
      expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 2]);
      const { [it]: _, ...left } = before.permissions;
      const after = await get();
      expect(after).toEqual({ ...before, permissions: left, updatedTime: after.updatedTime });
      expect(Date.parse(after.updatedTime)).toBeGreaterThan(Date.parse(before.updatedTime));
    },
  );

  test("204 for a service that ends custody; the account is offered to nobody any more", async () => {
    expect(await countRows("account_claims WHERE user_id = ?", patient.id)).toBe(1);
    expect((await remove("custodian", clinic.service)).status).toBe(204);
    expect((await get()).permissions).toEqual({ view: {}, upload: {}, note: {} });
    expect(await countRows("account_claims WHERE user_id = ?", patient.id)).toBe(0);
  });

  test.each(["view", "upload", "note", "CUSTODIAN", "%63ustodiam", "nothing"])(
    "403 for a service that would take %s back, before anything is looked at",
    async (it) => {
      const answer = await unchanging(() => remove(it, clinic.service));
      expect([answer.status, answer.body.message]).toEqual([
        403,
        "security requirements failed: the subject is not authorized for the requested action",
      ]);
      expect((await clinic.service.delete(`/v1/clinics/x/patients/y/permissions/${it}`)).status).toBe(403);
    },
  );

  test("403 for the clinic's admin and for somebody else, custody included", async () => {
    for (const caller of [clinic.admin, clinic.outsider]) {
      for (const it of ["custodian", "view"]) {
        expect((await unchanging(() => remove(it, caller))).status).toBe(403);
      }
    }
  });

  test.each([
    ["note", () => patient],
    ["custodian", () => clinic.service],
  ] as const)("204 on the last one, %s, ends the link as deleted by the patient, whoever asked", async (it, caller) => {
    await link(it);
    const [before] = await rows("SELECT * FROM patients WHERE user_id = ?", patient.id);
    expect((await remove(it, caller())).status).toBe(204);
    expect(await rows("SELECT * FROM deleted_patients WHERE user_id = ?", patient.id)).toEqual([
      { ...before, deleted_at: expect.any(Number), deleted_by: patient.id },
    ]);
    expect(await isLeft()).toBe(0);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body.total).toBe(2);
  });

  test("404 for what is not granted, the second time, and for who is no patient", async () => {
    await link("view", "note");
    for (const it of ["upload", "custodian"]) {
      const answer = await unchanging(() => remove(it));
      expect([answer.status, answer.body.message]).toEqual([404, "permission not found"]);
    }
    await remove("view");
    expect((await remove("view")).status).toBe(404);
    const { outsider } = clinic;
    const nobody = await unchanging(() => outsider.delete(`${clinic.path}/patients/${outsider.id}/permissions/view`));
    expect([nobody.status, nobody.body.message]).toEqual([404, "permission not found"]);
  });

  test("404 where the record grants nothing that was ever said", async () => {
    patient = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${patient.id}`, {});
    expect((await unchanging(() => remove("view"))).status).toBe(404);
  });

  test.each(["nothing", "VIEW"])("400 for the patient with %s, which is no permission", async (it) => {
    expect((await unchanging(() => remove(it))).status).toBe(400);
  });

  test("of eight who take the same one back one does, the rest get 404", async () => {
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => remove("view"))))).toEqual([
      204,
      ...Array(7).fill(404),
    ]);
    expect((await get()).permissions).toEqual({ custodian: {}, upload: {}, note: {} });
  });

  test("of eight who take all four back each succeeds once, and the link ends once", async () => {
    const asked = ["custodian", "view", "upload", "note"].flatMap((it) => [remove(it), remove(it)]);
    expect(statuses(await Promise.all(asked))).toEqual([...Array(4).fill(204), ...Array(4).fill(404)]);
    expect([await isLeft(), await countRows("deleted_patients WHERE user_id = ?", patient.id)]).toEqual([0, 1]);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body.total).toBe(1);
  });

  test("a grant given between look and write is not undone", async () => {
    await link("view");
    const request = { method: "DELETE", path: pathOf("view") };
    const answer = await interrupted(patient, request, () =>
      patient.put(`${clinic.path}/patients/${patient.id}/permissions`, { view: {}, note: {} }),
    );
    expect([answer.status, (await get()).permissions]).toEqual([204, { note: {} }]);
  });

  test("a repeat with the same Idempotency-Key gets 204 again", async () => {
    const key = { "idempotency-key": "p-1" };
    await remove("note", patient, key);
    const again = await remove("note", patient, key);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([204, "true"]);
  });
});
