import { describe, expect, test } from "vitest";
import { fakeXealth, nameOf, somebody, xealthClinic } from "../ehr/fake-xealth.ts";
import { countRows, type GivenClinic, givenClinic, givenPatient, newUserId, rows } from "../harness.ts";
import { beginUndo, carryOut, lockPair } from "../merge-rows.ts";
import { merge } from "../patient-merges.ts";

/** An MRN that is no more finds the survivor, with the one it has; it is nobody's, and blocks nobody. */

const born = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const idsOf = (list: { id: string }[]) => list.map(({ id }) => id).toSorted();

async function givenMerged() {
  const clinic = await givenClinic();
  const old = `Old ${newUserId()}`;
  const a = await givenPatient(clinic, { ...born, mrn: old });
  const b = await givenPatient(clinic, { ...born, mrn: `New ${newUserId()}` });
  const done = await merge(clinic, b.id, a.id);
  expect(done.status, done.text).toBe(200);
  expect(done.body.fields.find(({ field }: { field: string }) => field === "mrn")).toMatchObject({
    becomesFormer: old,
  });
  const undo = () => clinic.admin.post(`${clinic.path}/patient_merges/${done.body.id}/undo`);
  return { clinic, old, a: a.id as string, b: b.id as string, undo };
}
const searched = async ({ member, path }: GivenClinic, text: string) =>
  idsOf((await member.get(`${path}/patients?search=${encodeURIComponent(text)}`)).body.data);
const foundBy = async (clinic: GivenClinic, mrn: string, more = "") =>
  (await clinic.member.get(`/v1/patients?mrn=${encodeURIComponent(mrn)}${more}`)).body.map(
    ({ patient }: { patient: { id: string; mrn: string } }) => patient,
  );

describe("a former MRN", () => {
  test("is searched for like the present one, also after updates, and not after the undo", async () => {
    const { clinic, old, a, b, undo } = await givenMerged();
    expect(await searched(clinic, old.toLowerCase())).toEqual([b]);
    await clinic.member.put(`${clinic.path}/patients/${b}`, { ...born, fullName: "Rosa Dias", mrn: "Next" });
    expect(await searched(clinic, old)).toEqual([b]);
    const [before] = await rows<{ rest: string }>("SELECT search_rest AS rest FROM patients WHERE user_id = ?", b);
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
    await clinic.member.put(`${clinic.path}/patients/${b}`, {
      ...born,
      fullName: "Rosa Dias",
      mrn: "Next",
      email: `${b}@x.test`,
    });
    const [after] = await rows<{ rest: string }>("SELECT search_rest AS rest FROM patients WHERE user_id = ?", b);
    expect(after!.rest.split("\u001f").slice(1)).toEqual(before!.rest.split("\u001f").slice(1));
    expect((await undo()).status).toBe(200);
    expect(await searched(clinic, old)).toEqual([a]);
  });

  test("finds the survivor with its present MRN beside the patient who has it now", async () => {
    const { clinic, old, b } = await givenMerged();
    const [found] = await foundBy(clinic, old.toUpperCase());
    expect([found.id, found.mrn === old]).toEqual([b, false]);
    const live = await givenPatient(clinic, { fullName: "Eva Gil", birthDate: "1990-01-01", mrn: old });
    expect(idsOf(await foundBy(clinic, old))).toEqual(idsOf([{ id: b }, live]));
    expect(idsOf(await foundBy(clinic, old, "&birthDate=1990-01-01"))).toEqual([live.id]);
    const other = await givenClinic();
    expect(await foundBy(other, old)).toEqual([]);
  });

  test("is free for a new patient where MRNs are unique, and for another merge", async () => {
    const { clinic, old, a, b, undo } = await givenMerged();
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: true });
    const live = await givenPatient(clinic, { ...born, fullName: "Eva Gil", mrn: old });
    const undone = await undo();
    expect(undone.body.notRestored).toEqual([{ record: "source", field: "mrn", reason: "taken" }]);
    // Exempt from the rule that an MRN is required.
    expect((await clinic.admin.get(`${clinic.path}/patients/${a}`)).body.mrn).toBeUndefined();
    expect(await searched(clinic, old)).toEqual([live.id]);
    expect((await merge(clinic, b, a)).status).toBe(200);
  });

  test("goes with the survivor's record, and comes along with it into another", async () => {
    const { clinic, old, b } = await givenMerged();
    const c = await givenPatient(clinic, { ...born, mrn: `Last ${newUserId()}` });
    const into = await merge(clinic, c.id, b);
    expect(into.status, into.text).toBe(200);
    expect([await searched(clinic, old), idsOf(await foundBy(clinic, old))]).toEqual([[c.id], [c.id]]);
    await clinic.admin.post(`${clinic.path}/patient_merges/${into.body.id}/undo`);
    expect([await searched(clinic, old), idsOf(await foundBy(clinic, old))]).toEqual([[b], [b]]);
    await clinic.admin.delete(`${clinic.path}/patients/${b}`);
    expect([await searched(clinic, old), await foundBy(clinic, old)]).toEqual([[], []]);
  });

  test("of a number that the survivor gets back is its own again", async () => {
    const { clinic, old, a, b } = await givenMerged();
    await clinic.member.put(`${clinic.path}/patients/${b}`, { ...born, mrn: old });
    expect(idsOf(await foundBy(clinic, old))).toEqual([b]);
    const c = await givenPatient(clinic, { ...born, fullName: "Rosa D", mrn: `C ${newUserId()}` });
    expect((await merge(clinic, c.id, b, { accept: ["not-alike"] })).status).toBe(200);
    expect(idsOf(await foundBy(clinic, old))).toEqual([c.id]);
    expect(await countRows("patients WHERE user_id = ?", a)).toBe(0);
  });
});

describe("former MRNs of several clinics", () => {
  test("are none of another clinic's search: it reads as many rows however many there are", async () => {
    const { clinic, old, b } = await givenMerged();
    const read = async () => (await clinic.member.get(`/v1/patients?mrn=${encodeURIComponent(old)}`)).rowsRead;
    const insert = (first: number, last: number) =>
      rows(
        `WITH RECURSIVE n (i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${last})
         INSERT INTO former_mrns (mrn_key, clinic_id, patient_key, merge_id, mrn)
         SELECT own.mrn_key, 'ffffffffffffffffffffffff', 900000000 + n.i, 'other-' || n.i, own.mrn
         FROM n CROSS JOIN former_mrns AS own
         WHERE own.patient_key = (SELECT key FROM patients WHERE user_id = ?) RETURNING 1`,
        b,
      );
    // A search may touch the entry that comes next in an index.
    await insert(1, 1);
    const before = await read();
    await insert(2, 500);
    expect(await read()).toBe(before);
    expect(idsOf(await foundBy(clinic, old))).toEqual([b]);
    await rows("DELETE FROM former_mrns WHERE merge_id LIKE 'other-%' RETURNING 1");
  });

  test("go along with a record that moves, or becomes one with another, and come back with it", async () => {
    const [moving, joining] = [await givenMerged(), await givenMerged()];
    const source = moving.clinic;
    // The second pair into the first one's clinic, as patients of its own.
    const target = await givenClinic();
    const joined = await target.service.post(`${target.path}/patients/${moving.b}`, {
      permissions: { view: {} },
      ...born,
    });
    expect(joined.status, joined.text).toBe(200);
    const stays = async (clinic: GivenClinic, { old, b }: { old: string; b: string }) => {
      expect(await searched(clinic, old)).toEqual([b]);
      expect(idsOf(await foundBy(clinic, old))).toEqual([b]);
    };
    const gone = async (clinic: GivenClinic, { old }: { old: string }) => {
      expect(await searched(clinic, old)).toEqual([]);
      expect(await foundBy(clinic, old)).toEqual([]);
    };
    for (const [from, pair] of [
      [source, moving],
      [joining.clinic, joining],
    ] as const) {
      const id = await lockPair({ sourceId: from.clinicId, targetId: target.clinicId });
      await carryOut(id);
      await stays(target, pair);
      await target.member.put(`${target.path}/patients/${pair.b}`, {
        ...born,
        fullName: "Rosa Dias",
        mrn: `Now ${newUserId()}`,
      });
      await stays(target, pair);
      await beginUndo(id);
      await carryOut(id);
      await stays(from, pair);
      await gone(target, pair);
    }
  });
});

describe("an order of Xealth under a former MRN", () => {
  async function givenXealth() {
    const xealth = fakeXealth();
    const clinic = await xealthClinic();
    const who = somebody();
    const record = { fullName: nameOf(who), birthDate: who.birthDate };
    const a = await givenPatient(clinic, { ...record, mrn: who.mrn });
    const b = await givenPatient(clinic, { ...record, mrn: `New ${newUserId()}` });
    const done = await merge(clinic, b.id, a.id);
    expect(done.status, done.text).toBe(200);
    const ordersOf = async (id: string) =>
      (await rows<{ it: string | null }>("SELECT ehr_subscriptions AS it FROM patients WHERE user_id = ?", id))[0]
        ?.it ?? null;
    const patients = () => countRows("patients WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId);
    return { xealth, clinic, who, b: b.id as string, ordersOf, patients };
  }

  test("is the survivor's, and makes no third record", async () => {
    const { xealth, clinic, who, b, ordersOf, patients } = await givenXealth();
    try {
      const orderId = xealth.place(clinic, who);
      await xealth.notify("new", clinic, who, orderId);
      await xealth.run();
      expect([await ordersOf(b), await patients()]).toEqual([expect.stringContaining('"active":true'), 1]);
    } finally {
      xealth.restore();
    }
  });

  test("is the survivor's that has no MRN any more, whatever blank numbers come with it", async () => {
    const { xealth, clinic, who, b, ordersOf, patients } = await givenXealth();
    try {
      const cleared = { fullName: nameOf(who), birthDate: who.birthDate };
      expect((await clinic.member.put(`${clinic.path}/patients/${b}`, cleared)).status).toBe(200);
      const said = {
        patientIdentity: {
          ids: [
            { id: who.mrn, type: "MRN" },
            { id: " ", type: "SSN" },
          ],
        },
      };
      await xealth.notify("new", clinic, who, xealth.place(clinic, who, said), said);
      await xealth.run();
      expect([await ordersOf(b), await patients()]).toEqual([expect.stringContaining('"active":true'), 1]);
    } finally {
      xealth.restore();
    }
  });

  test("that comes behind another number of its type is that number's: the first is the MRN", async () => {
    const { xealth, clinic, who, b, ordersOf } = await givenXealth();
    try {
      const first = `First ${newUserId()}`;
      const said = {
        patientIdentity: {
          ids: [
            { id: first, type: "mrn" },
            { id: who.mrn, type: "MRN" },
          ],
        },
      };
      const programs = await xealth.programs(clinic, who, said);
      expect(programs.body).toEqual({ present: false });
      const { id } = await givenPatient(clinic, { fullName: nameOf(who), birthDate: who.birthDate, mrn: first });
      await xealth.notify("new", clinic, who, xealth.place(clinic, who, said), said);
      await xealth.run();
      expect([await ordersOf(b), await ordersOf(id)]).toEqual([null, expect.stringContaining('"active":true')]);
      await clinic.admin.delete(`${clinic.path}/patients/${id}`);
      await xealth.notify("new", clinic, who, xealth.place(clinic, who, said), said);
      await xealth.run();
      expect(await ordersOf(b)).toBe(null);
    } finally {
      xealth.restore();
    }
  });

  test("of somebody born on another day makes a record of its own", async () => {
    const { xealth, clinic, who, b, ordersOf, patients } = await givenXealth();
    try {
      const other = { ...who, birthDate: "1999-09-09" };
      await xealth.enrol(clinic, other);
      expect([await ordersOf(b), await patients()]).toEqual([null, 2]);
      // From now on somebody has the number.
      await xealth.notify("new", clinic, other, xealth.place(clinic, other));
      await xealth.run();
      expect([await ordersOf(b), await patients()]).toEqual([null, 2]);
    } finally {
      xealth.restore();
    }
  });
});
