import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenTag,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
let patient: Caller;
beforeEach(async () => {
  clinic = await givenClinic();
  patient = await givenAccount();
  const permissions = { custodian: {}, view: {}, note: {} };
  const linked = await clinic.service.post(`${clinic.path}/patients/${patient.id}`, { fullName: "Rosa", permissions });
  expect(linked.status).toBe(200);
});
const pathOf = (id: string) => `${clinic.path}/patients/${id}/permissions`;
const update = (body?: unknown, headers?: Record<string, string>, caller = patient) =>
  caller.put(pathOf(patient.id), body, headers);
const get = async () => (await clinic.member.get(`${clinic.path}/patients/${patient.id}`)).body;
const total = async () => (await clinic.member.get(`${clinic.path}/patient_count`)).body.total;

describe("UpdatePatientPermissions", () => {
  test("200 replaces all grants, moves updatedTime and leaves an audit row, in one round trip", async () => {
    const before = await get();
    const answer = await update({ view: {}, upload: { whatever: 1 } });
    expect([answer.status, answer.body, answer.calls]).toEqual([200, { view: {}, upload: {} }, 1]);
    const after = await get();
    expect(after).toEqual({ ...before, permissions: { view: {}, upload: {} }, updatedTime: after.updatedTime });
    expect(Date.parse(after.updatedTime)).toBeGreaterThan(Date.parse(before.updatedTime));
    const requestId = answer.headers.get("x-request-id");
    expect(await rows("SELECT actor_id, patient_id FROM audit_log WHERE request_id = ?", requestId)).toEqual([
      { actor_id: patient.id, patient_id: patient.id },
    ]);
  });

  test("200 never gives custody back", async () => {
    expect((await update({ custodian: {}, note: {} })).body).toEqual({ note: {} });
    expect((await get()).permissions).toEqual({ note: {} });
  });

  test.each([{}, { custodian: {} }, { other: {} }])(
    "204 for %j ends the link: archived whole as deleted by the patient, counted out, in one round trip",
    async (body) => {
      const tag = await givenTag(clinic);
      await clinic.admin.post(`${clinic.path}/patients/assign_tag/${tag.id}`, [patient.id]);
      const [before] = await rows("SELECT * FROM patients WHERE user_id = ?", patient.id);
      const counted = await total();
      const answer = await update(body);
      expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
      expect(await rows("SELECT * FROM deleted_patients WHERE user_id = ?", patient.id)).toEqual([
        { ...before, deleted_at: expect.any(Number), deleted_by: patient.id },
      ]);
      expect(await countRows("patients WHERE user_id = ?", patient.id)).toBe(0);
      expect(await total()).toBe(counted - 1);
      expect((await clinic.admin.get(clinic.path)).body.patientTags).toEqual([tag]);
      expect((await update(body)).status).toBe(404);
    },
  );

  test.each([undefined, "", "null", "[]", { view: true }, { view: null }, { note: [] }])(
    "400 on %j changes nothing",
    async (body) => {
      expect((await unchanging(() => update(body))).status).toBe(400);
    },
  );

  test("403 for the clinic's admin, a service and another patient, whatever the body", async () => {
    const other = await givenAccount();
    for (const caller of [clinic.admin, clinic.service, other]) {
      expect((await unchanging(() => update("{", {}, caller))).status).toBe(403);
    }
  });

  test("404 for who is no patient of the clinic", async () => {
    const answer = await unchanging(() => clinic.outsider.put(pathOf(clinic.outsider.id), { view: {} }));
    expect([answer.status, answer.body.message]).toEqual([404, "patient not found"]);
  });

  test("of eight who end the link one does, the rest get 404; the record is archived once", async () => {
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => update({}))))).toEqual([
      204,
      ...Array(7).fill(404),
    ]);
    expect(await countRows("deleted_patients WHERE user_id = ?", patient.id)).toBe(1);
  });

  test("a repeat with the same Idempotency-Key gets its first answer, 204 as well as 200", async () => {
    for (const [key, body, status] of [
      ["kept", { view: {} }, 200],
      ["ended", {}, 204],
    ] as const) {
      const headers = { "idempotency-key": key };
      const first = await update(body, headers);
      const again = await update(body, headers);
      expect([again.status, again.text]).toEqual([status, first.text]);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
    }
  });
});
