import { describe, expect, test } from "vitest";
import { givenPatient, givenTag, rows } from "../../../../test/harness.ts";
import { expectNumbersRight, givenTwo, merge } from "../../../../test/patient-merges.ts";

describe("UndoPatientMerge", () => {
  test("undoes a merge: both records are as they were", async () => {
    const { clinic, a, b, t1 } = await givenTwo();
    const patient = async (id: string) => {
      const { updatedTime: _, ...rest } = (await clinic.admin.get(`${clinic.path}/patients/${id}`)).body;
      return rest;
    };
    const before = [await patient(a.id), await patient(b.id)];
    const claims = await rows("SELECT * FROM account_claims WHERE user_id IN (?, ?) ORDER BY user_id", a.id, b.id);
    const { body } = await merge(clinic, b.id, a.id, { take: ["fullName"] });
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect(undone.calls).toBe(2);
    expect(undone.body).toMatchObject({ state: "undone", notRestored: [] });
    expect([await patient(a.id), await patient(b.id)]).toEqual(before);
    expect(await rows("SELECT * FROM account_claims WHERE user_id IN (?, ?) ORDER BY user_id", a.id, b.id)).toEqual(
      claims,
    );
    await expectNumbersRight(clinic, t1.id, 2);
    expect((await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`)).status).toBe(200);
    expect((await merge(clinic, b.id, a.id)).body.id).not.toBe(body.id);
  });

  test("names what was changed since, and restores the rest", async () => {
    const { clinic, a, b, t1, t2, email } = await givenTwo();
    const t3 = await givenTag(clinic);
    const { body } = await merge(clinic, b.id, a.id, { take: ["fullName"] });
    const changed = { fullName: "Rosa Diaz", birthDate: "1987-02-03", email, mrn: "A-99", tags: [t2.id, t1.id, t3.id] };
    await clinic.member.put(`${clinic.path}/patients/${b.id}`, changed);
    const dry = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo?dryRun=true`);
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    const named = [
      { record: "target", field: "mrn", reason: "changed" },
      { record: "target", field: "tags", reason: "changed" },
    ];
    expect(dry.body).toMatchObject({ allowed: true, notRestored: named });
    expect(undone.body).toMatchObject({ notRestored: named, patient: { fullName: "rosa díaz", mrn: "A-99" } });
    expect((await clinic.admin.get(`${clinic.path}/patients/${a.id}`)).body).toMatchObject({
      mrn: "A-17",
      tags: [t1.id],
    });
  });

  test("a chain leads to the last record, and is undone from its end", async () => {
    const { clinic, a, b } = await givenTwo();
    const c = await givenPatient(clinic, { fullName: "Rosa Diaz", birthDate: "1987-02-03", mrn: "C-3" });
    const first = (await merge(clinic, b.id, a.id)).body;
    const second = (await merge(clinic, c.id, b.id)).body;
    const leadsTo = async (id: string) => (await clinic.admin.get(`${clinic.path}/patients/${id}`)).body.replacedBy;
    expect([await leadsTo(a.id), await leadsTo(b.id)]).toEqual([c.id, c.id]);
    const found = await clinic.member.get(`${clinic.path}/patients?search=A-17`);
    expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([c.id]);
    const blocked = await clinic.admin.post(`${clinic.path}/patient_merges/${first.id}/undo`);
    expect([blocked.status, blocked.body.errors]).toEqual([409, [{ reason: "later-merge", ids: [second.id] }]]);
    expect((await clinic.admin.post(`${clinic.path}/patient_merges/${second.id}/undo`)).status).toBe(200);
    expect(await leadsTo(a.id)).toBe(b.id);
    expect((await clinic.admin.post(`${clinic.path}/patient_merges/${first.id}/undo`)).status).toBe(200);
    expect((await clinic.admin.get(`${clinic.path}/patients/${a.id}`)).status).toBe(200);
  });
});
