import { describe, expect, test } from "vitest";
import { countRows, givenClinic, givenPatient, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { expectNumbersRight, givenTwo, merge } from "../../../../test/patient-merges.ts";

describe("MergePatient", () => {
  test("shows a plan and writes nothing", async () => {
    const { clinic, a, b, t1, t2, email } = await givenTwo();
    const before = await rows("SELECT * FROM patients WHERE clinic_id = ? ORDER BY key", clinic.clinicId);
    const { status, body } = await merge(clinic, b.id, a.id, { take: ["fullName"] }, "?dryRun=true");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      allowed: true,
      errors: [],
      likeness: "likely",
      shared: ["fullName", "birthDate"],
      mails: [],
    });
    expect(body.fields).toEqual([
      { field: "fullName", target: "rosa díaz", source: "Rosa Diaz", result: "Rosa Diaz", from: "source" },
      { field: "birthDate", target: "1987-02-03", source: "1987-02-03", result: "1987-02-03", from: "both" },
      { field: "email", target: email, result: email, from: "target" },
      { field: "mrn", source: "A-17", result: "A-17", from: "source" },
    ]);
    expect(body.tags).toEqual({ result: [t2.id, t1.id], added: [] });
    expect(await rows("SELECT * FROM patients WHERE clinic_id = ? ORDER BY key", clinic.clinicId)).toEqual(before);
    expect(await countRows("patient_merges WHERE clinic_id = ?", clinic.clinicId)).toBe(0);
  });

  test("merges as planned, in two round trips, and the old id leads to the survivor", async () => {
    const { clinic, a, b, t1 } = await givenTwo();
    const { body: plan } = await merge(clinic, b.id, a.id, { take: ["fullName"] }, "?dryRun=1");
    const done = await merge(clinic, b.id, a.id, { take: ["fullName"], plan: plan.plan });
    expect(done.status, done.text).toBe(200);
    expect(done.calls).toBe(2);
    const { id, patient, state } = done.body;
    expect({ state, fields: done.body.fields }).toEqual({ state: "merged", fields: plan.fields });
    const now = await clinic.admin.get(`${clinic.path}/patients/${b.id}`);
    expect(now.body).toEqual(patient);
    expect(now.body).toMatchObject({ fullName: "Rosa Diaz", mrn: "A-17" });
    const old = await clinic.admin.get(`${clinic.path}/patients/${a.id}`);
    expect(old.status).toBe(404);
    expect(old.body).toEqual({ code: 404, message: "patient not found", replacedBy: b.id });
    expect(old.headers.get("link")).toBe(`<${clinic.path}/patients/${b.id}>; rel="successor-version"`);
    expect(old.headers.get("cache-control")).toBe("no-store");
    expect((await clinic.member.get(`${clinic.path}/patient_merges/${id}`)).body).toEqual(done.body);
    expect((await merge(clinic, b.id, a.id)).body.id).toBe(id);
    await expectNumbersRight(clinic, t1.id, 1);
    const listed = await clinic.member.get(`${clinic.path}/patients/${a.id}/merges`);
    expect(listed.body).toMatchObject([{ id, role: "source", otherId: b.id, state: "merged" }]);
  });

  test("answers a repeat with the same Idempotency-Key as the first time, also one that found the pair merged", async () => {
    const { clinic, a, b } = await givenTwo();
    const ask = (key: string) =>
      clinic.admin.post(`${clinic.path}/patients/${b.id}/merge`, { sourceId: a.id }, { "idempotency-key": key });
    const [first, found] = [await ask("m-1"), await ask("m-2")];
    expect([first.status, found.status, found.body.id]).toEqual([200, 200, first.body.id]);
    expect((await clinic.admin.post(`${clinic.path}/patient_merges/${first.body.id}/undo`)).status).toBe(200);
    for (const key of ["m-1", "m-2"]) {
      const again = await ask(key);
      expect([again.body.id, again.headers.get("idempotent-replayed")]).toEqual([first.body.id, "true"]);
    }
    expect((await clinic.admin.get(`${clinic.path}/patients/${a.id}`)).status).toBe(200);
  });

  test("moves the address, offers the account to it, and gives it back", async () => {
    const { clinic, a, b, email } = await givenTwo();
    const { body } = await merge(clinic, a.id, b.id);
    expect(body).toMatchObject({ mails: ["account_claim"], patient: { email } });
    const claims = "SELECT user_id, email FROM account_claims WHERE user_id IN (?, ?)";
    expect(await rows(claims, a.id, b.id)).toEqual([{ user_id: a.id, email }]);
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect(undone.body).toMatchObject({ notRestored: [] });
    expect(await rows(claims, a.id, b.id)).toEqual([{ user_id: b.id, email }]);
  });

  test("refuses in the order of the specification", async () => {
    const { clinic, a, b } = await givenTwo();
    const c = await givenPatient(clinic);
    const told = async (answer: ReturnType<typeof merge>) => {
      const { status, body } = await answer;
      return [status, body.message];
    };
    const one = [400, "bad request: a patient can't be merged into itself"];
    expect(await told(merge(clinic, a.id, a.id))).toEqual(one);
    expect(await told(merge(clinic, "0123456789", a.id))).toEqual([404, "patient not found"]);
    expect(await told(merge(clinic, a.id, "0123456789"))).toEqual([404, "source patient not found"]);
    const old = await merge(clinic, b.id, a.id, { plan: "0".repeat(64) });
    expect([old.status, old.body.message]).toEqual([409, "conflict: the records have changed since the plan was made"]);
    expect(old.body.current.allowed).toBe(true);
    const blocked = await merge(clinic, b.id, c.id);
    expect([blocked.status, blocked.body.message]).toEqual([
      400,
      "bad request: the merge plan does not allow execution",
    ]);
    expect(blocked.body).toMatchObject({ errors: [{ reason: "not-alike" }], acceptable: ["not-alike"] });
    expect((await merge(clinic, b.id, c.id, { accept: ["not-alike"] })).status).toBe(200);
    expect((await merge(clinic, b.id, a.id, { accept: ["mrn-taken"] })).status).toBe(400);
    expect((await merge(clinic, b.id, a.id, { take: ["mrn", "mrn"] })).status).toBe(400);
    expect((await clinic.admin.get(`${clinic.path}/patient_merges/${UNKNOWN_ID}`)).status).toBe(404);
  });

  test("leaves the data of the old account to be read by the clinic, and adds nothing to it", async () => {
    const { clinic, a, b } = await givenTwo();
    const body = { time: "2026-01-01T00:00:00Z", type: "upload", dataSetType: "continuous" };
    const open = () => clinic.member.post(`/v1/users/${a.id}/data_sets`, body);
    const list = () => clinic.member.get(`/v1/users/${a.id}/data_sets`);
    const before = [(await open()).status, (await list()).status];
    await merge(clinic, b.id, a.id, { accept: ["data-stays"] });
    expect([before[0]! < 300, (await list()).status]).toEqual([true, before[1]]);
    expect((await open()).status).toBe(403);
    const other = await givenClinic();
    expect((await other.member.get(`/v1/users/${a.id}/data_sets`)).status).toBe(403);
  });

  test("finds the survivor by the MRN that is no more", async () => {
    const { clinic, a } = await givenTwo();
    const c = await givenPatient(clinic, { fullName: "Rosa Diaz", birthDate: "1987-02-03", mrn: "C-3" });
    await merge(clinic, c.id, a.id);
    const found = async () =>
      (await clinic.member.get("/v1/patients?mrn=a-17")).body.map((it: { patient: { id: string } }) => it.patient.id);
    expect(await found()).toEqual([c.id]);
    const changed = { fullName: "Rosa Diaz", birthDate: "1987-02-03", mrn: "C-4" };
    await clinic.member.put(`${clinic.path}/patients/${c.id}`, changed);
    const listed = await clinic.member.get(`${clinic.path}/patients?search=a-17`);
    expect(listed.body.data).toMatchObject([{ id: c.id, mrn: "C-4" }]);
    const live = await givenPatient(clinic, { mrn: "A-17" });
    expect(new Set(await found())).toEqual(new Set([c.id, live.id]));
  });
});
