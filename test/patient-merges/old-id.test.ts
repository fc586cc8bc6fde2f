import { describe, expect, test, vi } from "vitest";
import { operations } from "../../src/entry/operations.ts";
import { EXPECTED } from "../every-operation/expected-access.ts";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  person,
  rows,
  UNKNOWN_ID,
} from "../harness.ts";
import { givenTwo, merge } from "../patient-merges.ts";

/** What an id that was merged away answers, for as long as the merge stands and the survivor is there. */

const born = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const another = (clinic: GivenClinic) => givenPatient(clinic, { ...born, mrn: newUserId() });
const at = ({ path }: GivenClinic, id: string) => `${path}/patients/${id}`;
const leadsTo = async (clinic: GivenClinic, id: string) => {
  const { status, body } = await clinic.admin.get(at(clinic, id));
  return status === 200 ? "itself" : body.replacedBy;
};
async function mergeOf(clinic: GivenClinic, target: string, source: string): Promise<string> {
  const done = await merge(clinic, target, source, { accept: ["not-alike", "data-stays", "records-elsewhere"] });
  expect(done.status, done.text).toBe(200);
  return done.body.id;
}
const undo = async (clinic: GivenClinic, id: string) =>
  expect((await clinic.admin.post(`${clinic.path}/patient_merges/${id}/undo`)).status).toBe(200);

/** Operations on a patient of a clinic that answer for an old id, too, and what they answer. */
const ANSWERING: Readonly<Record<string, number>> = {
  ListPatientMerges: 200,
  ListPatientAudit: 200,
};
/** Bodies for which the operation comes to look for the patient. */
const BODIES: Readonly<Record<string, unknown>> = {
  UpdatePatient: born,
  UpdatePatientPermissions: { view: {} },
  CreatePatientReport: {},
};
const ofPatients = operations
  .map(({ route }) => route)
  .filter(
    ({ path, operationId }) =>
      path.startsWith("/v1/clinics/{clinicId}/patients/{patientId}") && operationId !== "CreatePatientFromUser",
  );

describe("an old id", () => {
  test("is answered with the survivor by every operation on a patient", async () => {
    const { clinic, a, b } = await givenTwo();
    await mergeOf(clinic, b.id, a.id);
    const itself = await person({ sub: a.id });
    expect(ofPatients.length).toBeGreaterThan(12);
    for (const { operationId, method, path } of ofPatients) {
      const url = path
        .replace("{clinicId}", clinic.clinicId)
        .replace("{patientId}", a.id)
        .replace("{permission}", "custodian")
        .replace("{providerId}", "dexcom")
        .replace("{otherPatientId}", b.id)
        .replace(/\{\w+\}/g, UNKNOWN_ID);
      const { allowed } = EXPECTED[operationId]!;
      const isForClinics = allowed.includes("admin") || allowed.includes("member");
      const caller: Caller = isForClinics ? clinic.admin : allowed.includes("service") ? clinic.service : itself;
      const body = operationId === "MergePatient" ? { sourceId: b.id } : BODIES[operationId];
      const answer = await caller.send(method.toUpperCase(), url, body);
      if (caller === itself) {
        expect([operationId, answer.status, answer.body.replacedBy]).toEqual([operationId, 404, undefined]);
        continue;
      }
      if (operationId in ANSWERING) {
        expect([operationId, answer.status]).toEqual([operationId, ANSWERING[operationId]]);
        continue;
      }
      expect([operationId, answer.status, answer.body.replacedBy], answer.text).toEqual([operationId, 404, b.id]);
      expect(answer.headers.get("link")).toBe(`<${at(clinic, b.id)}>; rel="successor-version"`);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
    expect(await leadsTo(clinic, b.id)).toBe("itself");
  });

  test("is told to those alone who may see the clinic's patients", async () => {
    const { clinic, a, b } = await givenTwo();
    await mergeOf(clinic, b.id, a.id);
    expect((await clinic.outsider.get(at(clinic, a.id))).status).toBe(403);
    expect((await clinic.prescriber.get(at(clinic, a.id))).status).toBe(403);
    const own = await (await person({ sub: a.id })).get(at(clinic, a.id));
    expect([own.status, own.body.replacedBy]).toEqual([own.status, undefined]);
    const other = await givenClinic();
    expect((await other.admin.get(at(other, a.id))).body).toEqual({ code: 404, message: "patient not found" });
  });

  test("leads along a chain to its end, and differently at once when its middle is undone", async () => {
    const { clinic, a, b } = await givenTwo();
    const [c, d] = [await another(clinic), await another(clinic)];
    await mergeOf(clinic, b.id, a.id);
    const middle = await mergeOf(clinic, c.id, b.id);
    const last = await mergeOf(clinic, d.id, c.id);
    const all = () => Promise.all([a, b, c, d].map(({ id }) => leadsTo(clinic, id)));
    expect(await all()).toEqual([d.id, d.id, d.id, "itself"]);
    const early = await clinic.admin.post(`${clinic.path}/patient_merges/${middle}/undo`);
    expect([early.status, early.body.errors]).toEqual([409, [{ reason: "later-merge", ids: [last] }]]);
    await undo(clinic, last);
    expect(await all()).toEqual([c.id, c.id, "itself", "itself"]);
    await undo(clinic, middle);
    expect(await all()).toEqual([b.id, "itself", "itself", "itself"]);
  });

  test("leads nowhere once the survivor is deleted", async () => {
    const { clinic, a, b } = await givenTwo();
    const id = await mergeOf(clinic, b.id, a.id);
    expect((await clinic.admin.delete(at(clinic, b.id))).status).toBe(204);
    expect((await clinic.admin.get(at(clinic, a.id))).body).toEqual({ code: 404, message: "patient not found" });
    const late = await clinic.admin.post(`${clinic.path}/patient_merges/${id}/undo`);
    expect([late.status, late.body.errors]).toEqual([409, [{ reason: "survivor-gone" }]]);
  });

  test("is a record of its own again once its user is back, and the undo is blocked", async () => {
    const { clinic, a, b } = await givenTwo();
    const id = await mergeOf(clinic, b.id, a.id);
    const back = await clinic.service.post(at(clinic, a.id), { permissions: { view: {} } });
    expect(back.status, back.text).toBe(200);
    expect(await leadsTo(clinic, a.id)).toBe("itself");
    const connect = await clinic.admin.post(`${at(clinic, a.id)}/connect/dexcom`);
    expect([connect.status, connect.body.replacedBy]).toEqual([404, undefined]);
    const late = await clinic.admin.post(`${clinic.path}/patient_merges/${id}/undo`);
    expect([late.status, late.body.errors]).toEqual([409, [{ reason: "source-returned" }]]);
    expect((await clinic.admin.delete(at(clinic, a.id))).status).toBe(204);
    expect(await leadsTo(clinic, a.id)).toBe(b.id);
  });

  test("moves with the clinic and back, and is undone where it was made", async () => {
    const { clinic, a, b } = await givenTwo();
    const id = await mergeOf(clinic, b.id, a.id);
    const other = await givenClinic();
    const merged = await other.service.post(`${other.path}/merge`, { sourceId: clinic.clinicId });
    expect(merged.status, merged.text).toBe(200);
    expect(await leadsTo(other, a.id)).toBe(b.id);
    const [found] = await rows<{ id: string }>("SELECT id FROM merges WHERE source_id = ?", clinic.clinicId);
    const undone = () => other.service.post(`${other.path}/merges/${found!.id}/undo`);
    await vi.waitFor(async () => expect((await undone()).status).toBeLessThan(300), {
      timeout: 20_000,
      interval: 100,
    });
    await vi.waitFor(async () => expect(await leadsTo(clinic, a.id)).toBe(b.id), { timeout: 20_000, interval: 100 });
    expect([await leadsTo(clinic, a.id), (await other.admin.get(at(other, a.id))).body.replacedBy]).toEqual([
      b.id,
      undefined,
    ]);
    await undo(clinic, id);
    expect([await leadsTo(clinic, a.id), await leadsTo(clinic, b.id)]).toEqual(["itself", "itself"]);
  });

  test("is ignored by bulk calls, in no list, and unknown to what asks by the user", async () => {
    const { clinic, a, b, t1 } = await givenTwo();
    await mergeOf(clinic, b.id, a.id);
    const assigned = await clinic.admin.post(`${clinic.path}/patients/assign_tag/${t1.id}`, [a.id, b.id]);
    expect(assigned.status, assigned.text).toBeLessThan(300);
    const listed = await clinic.member.get(`${clinic.path}/patients`);
    const ids = listed.body.data.map(({ id }: { id: string }) => id);
    expect([ids.includes(a.id), ids.includes(b.id), listed.body.meta.count]).toEqual([false, true, ids.length]);
    expect((await clinic.service.get(`/v1/patients/${a.id}/clinics`)).body).toEqual([]);
  });
});

describe("the data of an old id", () => {
  const upload = { time: "2026-01-01T00:00:00Z", type: "upload", dataSetType: "continuous" };
  const sets = (who: Caller, id: string) => who.get(`/v1/users/${id}/data_sets`);
  const open = (who: Caller, id: string) => who.post(`/v1/users/${id}/data_sets`, upload);

  const grantsOnly = (bits: number, { clinicId }: GivenClinic, id: string) =>
    rows("UPDATE patients SET permissions = ? WHERE user_id = ? AND clinic_id = ? RETURNING 1", bits, id, clinicId);

  async function givenData() {
    const clinic = await givenClinic();
    const other = await givenClinic();
    const [a, b] = [await another(clinic), await another(clinic)];
    expect((await open(clinic.member, a.id)).status).toBeLessThan(300);
    const shared = await other.service.post(at(other, a.id), { permissions: { view: {}, upload: {} } });
    expect(shared.status, shared.text).toBe(200);
    return { clinic, other, a: a.id as string, b: b.id as string };
  }

  test("is read by the clinic, written no more; another clinic is as before", async () => {
    const { clinic, other, a, b } = await givenData();
    const before = (await sets(clinic.member, a)).body;
    const merged = await mergeOf(clinic, b, a);
    expect((await sets(clinic.member, a)).body).toEqual(before);
    expect((await open(clinic.member, a)).status).toBe(403);
    expect((await sets(other.member, a)).body).toEqual(before);
    expect((await open(other.member, a)).status).toBeLessThan(300);
    expect((await sets(clinic.member, b)).body).toEqual([]);
    await undo(clinic, merged);
    expect((await open(clinic.member, a)).status).toBeLessThan(300);
  });

  test("is read along a chain, and by nobody once the last record is gone", async () => {
    const { clinic, a, b } = await givenData();
    const c = (await another(clinic)).id as string;
    await mergeOf(clinic, b, a);
    await mergeOf(clinic, c, b);
    expect((await sets(clinic.member, a)).status).toBe(200);
    expect((await clinic.admin.delete(at(clinic, c))).status).toBe(204);
    expect((await sets(clinic.member, a)).status).toBe(403);
  });

  test("is not read where the record that went was not seen by the clinic", async () => {
    const { clinic, a, b } = await givenData();
    await grantsOnly(1, clinic, a);
    await mergeOf(clinic, b, a);
    expect((await sets(clinic.member, a)).status).toBe(403);
  });

  test("is not read where the view was taken away between two merges", async () => {
    const { clinic, a, b } = await givenData();
    await undo(clinic, await mergeOf(clinic, b, a));
    await grantsOnly(1, clinic, a);
    await mergeOf(clinic, b, a);
    expect((await sets(clinic.member, a)).status).toBe(403);
  });

  test("is read by what the user grants once they are back", async () => {
    const { clinic, a, b } = await givenData();
    await mergeOf(clinic, b, a);
    const back = await clinic.service.post(at(clinic, a), { permissions: { note: {} } });
    expect(back.status, back.text).toBe(200);
    expect((await sets(clinic.member, a)).status).toBe(403);
    await grantsOnly(2, clinic, a);
    expect((await sets(clinic.member, a)).status).toBe(200);
  });
});
