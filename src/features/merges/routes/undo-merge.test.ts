import { beforeEach, describe, expect, test, vi } from "vitest";
import { add, cbg, HOUR_MS, openSet, settle } from "../../../../test/device-data.ts";
import {
  givenAccount,
  countRows,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  service,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { keptAndCounted } from "../../../../test/elsewhere.ts";
import { statsWith } from "../../../../test/summaries.ts";
import { carryOut, lockPair, beginUndo } from "../../../../test/merge-rows.ts";
import { merge } from "../../../../test/patient-merges.ts";
import { unchanging } from "../../../../test/patient-rows.ts";

const CONTINUOUS = { dataSetType: "continuous" };

let source: GivenClinic;
let target: GivenClinic;
beforeEach(async () => {
  [source, target] = [await givenClinic({ name: "North" }), await givenClinic({ name: "South" })];
});

/** Merges the clinics to the very end; the merge's path. */
async function merged(): Promise<{ id: string; path: string }> {
  const id = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
  expect(await carryOut(id)).toBe("done");
  return { id, path: `${target.path}/merges/${id}` };
}
const undo = (path: string, headers: Record<string, string> = {}) =>
  target.service.post(`${path}/undo`, undefined, headers);

const timeless = (it: any) => ({ ...it, updatedTime: undefined });
const look = async (clinic: GivenClinic) => ({
  clinic: timeless((await clinic.service.get(clinic.path)).body),
  patients: (await clinic.service.get(`${clinic.path}/patients?limit=100`)).body.data.map(timeless),
  members: (await clinic.service.get(`${clinic.path}/clinicians?limit=100`)).body.map(timeless),
  count: (await clinic.service.get(`${clinic.path}/patient_count`)).body,
});

describe("UndoMerge", () => {
  test("200 makes both clinics what they were, the demo patient and the offers of accounts included", async () => {
    const [tag, site] = [await givenTag(source, "A"), await givenSite(source, "Main")];
    await givenSite(target, "Main");
    const moved = await givenPatient(source, { tags: [tag.id], sites: [site], email: `u.${source.clinicId}@own.test` });
    const counterpart = await givenPatient(source, { tags: [tag.id], sites: [site] });
    await target.service.post(`${target.path}/patients/${counterpart.id}`, { permissions: { view: {} } });
    const before = [await look(source), await look(target)];
    const { path } = await merged();
    const answer = await undo(path);
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({
        phase: "undone",
        notRestored: { count: 0, records: [] },
        undoRequestedBy: "test-service",
      }),
    ]);
    expect([await look(source), await look(target)]).toEqual(before);
    expect(await countRows("account_claims WHERE user_id = ? AND clinic_id = ?", moved.id, source.clinicId)).toBe(1);
    expect(await countRows("merge_participants")).toBe(0);
    expect((await source.admin.post(`${source.path}/sites`, { name: "Free again" })).status).toBe(200);
  });

  test("200 gives back no permission that the patient has taken back since, and all others", async () => {
    const patient = await givenAccount();
    const record = (clinic: GivenClinic) => `${clinic.path}/patients/${patient.id}`;
    await source.service.post(record(source), { fullName: "Rosa", permissions: { view: {}, upload: {}, note: {} } });
    await target.service.post(record(target), { fullName: "Rosa", permissions: { view: {}, upload: {} } });
    const { path } = await merged();
    expect((await patient.put(`${record(target)}/permissions`, { upload: {} })).status).toBe(200);
    expect((await undo(path)).body.notRestored.records).toEqual([
      { kind: "patient", id: patient.id, reason: "changed" },
    ]);
    const permissions = async (clinic: GivenClinic) => (await clinic.admin.get(record(clinic))).body.permissions;
    expect([await permissions(source), await permissions(target)]).toEqual([{ upload: {}, note: {} }, { upload: {} }]);
  });

  test("200 shows the summary of now, and none of data that were destroyed", async () => {
    const caller = await service();
    const [uploading, erased] = [await givenAccount(), await givenAccount()];
    for (const { id } of [uploading, erased]) {
      for (const clinic of [source, target]) {
        await clinic.service.post(`${clinic.path}/patients/${id}`, { fullName: "Rosa", permissions: { view: {} } });
      }
      await add(caller, await openSet(caller, id, CONTINUOUS), [cbg(Date.now() - HOUR_MS, 6)]);
      await settle(id);
    }
    const records = async ({ id }: { id: string }, clinic = source) => {
      const { body } = await clinic.service.get(`${clinic.path}/patients/${id}`);
      return body.summary?.cgmStats?.periods["1d"].totalRecords;
    };
    expect([await records(uploading), await records(erased)]).toEqual([1, 1]);
    const { path } = await merged();
    await add(caller, await openSet(caller, uploading.id, CONTINUOUS), [cbg(Date.now() - HOUR_MS / 2, 9)]);
    await settle(uploading.id);
    expect((await caller.delete(`/v1/users/${erased.id}/data`)).status).toBe(200);
    expect((await undo(path)).status).toBe(200);
    await vi.waitFor(async () => expect(await records(uploading)).toBe(2), { timeout: 10_000 });
    expect([await records(uploading, target), await records(erased), await records(erased, target)]).toEqual([
      2,
      undefined,
      undefined,
    ]);
  });

  test("200 knows of a patient of both what all clinics were told since: address, data sources, summary", async () => {
    const patient = await givenAccount();
    const still = await givenAccount();
    const record = (clinic: GivenClinic, { id } = patient) => `${clinic.path}/patients/${id}`;
    const dexcom = [{ providerName: "dexcom", state: "connected" }];
    for (const clinic of [source, target]) {
      for (const it of [patient, still]) {
        await clinic.service.post(record(clinic, it), { fullName: "Rosa", mrn: "A-1", permissions: { view: {} } });
      }
    }
    for (const { id } of [patient, still]) {
      await source.service.put(`/v1/patients/${id}/data_sources`, dexcom);
      await source.service.post(`/v1/patients/${id}/summary`, { cgmStats: await statsWith("cgm", { max: 10 }) });
    }
    const before = [await source.admin.get(record(source, still)), await target.admin.get(record(target, still))];
    const { path } = await merged();
    const email = `new.${patient.id}@people.test`;
    expect((await source.service.post(`/v1/users/${patient.id}/clinics`, { email })).status).toBe(200);
    const twiist = [{ providerName: "twiist", state: "connected" }];
    expect((await source.service.put(`/v1/patients/${patient.id}/data_sources`, twiist)).status).toBe(200);
    const stats = {
      cgmStats: await statsWith("cgm", { max: 20 }, { dates: { lastUpdatedDate: "2026-03-02T08:00:00.000Z" } }),
      bgmStats: await statsWith("bgm", { max: 21 }),
    };
    expect((await source.service.post(`/v1/patients/${patient.id}/summary`, stats)).status).toBe(200);
    expect((await undo(path)).status).toBe(200);
    const { body: there } = await target.admin.get(record(target));
    const { body: back } = await source.admin.get(record(source));
    expect(there).toMatchObject({ email, dataSources: twiist, summary: stats });
    expect(back).toMatchObject({ email, dataSources: twiist, summary: stats, mrn: "A-1" });
    const found = (await source.admin.get(`${source.path}/patients?search=${encodeURIComponent(email)}`)).body.data;
    expect(found.map(({ id }: { id: string }) => id)).toEqual([patient.id]);
    const { kept, counted } = await keptAndCounted(source);
    expect(kept).toEqual(counted);
    expect(kept).toMatchObject({ total: 3, plan: 1 });
    const after = [await source.admin.get(record(source, still)), await target.admin.get(record(target, still))];
    expect(after.map(({ body }) => timeless(body))).toEqual(before.map(({ body }) => timeless(body)));
  });

  test("200 knows the address that a member has now, also of one who works in both", async () => {
    const both = source.admin;
    const joins = { id: both.id, email: `other.${both.id}@people.test`, roles: ["CLINIC_MEMBER"] };
    expect((await target.service.post(`${target.path}/clinicians`, joins)).status).toBe(200);
    const moved = source.member;
    const still = (await source.admin.get(`${source.path}/clinicians/${source.prescriber.id}`)).body;
    const { path } = await merged();
    for (const { id } of [both, moved]) {
      const answer = await source.service.post(`/v1/users/${id}/clinics`, { email: `new.${id}@people.test` });
      expect(answer.status, answer.text).toBe(200);
    }
    expect((await undo(path)).body.notRestored).toEqual({ count: 0, records: [] });
    for (const { id } of [both, moved]) {
      const { body } = await source.service.get(`${source.path}/clinicians/${id}`);
      expect(body.email).toBe(`new.${id}@people.test`);
      const found = await source.service.get(`${source.path}/clinicians?search=new.${id}`);
      expect(found.body).toEqual([body]);
      const byName = await source.service.get(`${source.path}/clinicians?search=${encodeURIComponent(body.name)}`);
      expect(byName.body).toEqual([body]);
    }
    expect((await source.service.get(`${source.path}/clinicians/${still.id}`)).body).toEqual(still);
  });

  test("200 also where an address of one member is another's by now", async () => {
    const { admin, member, prescriber } = source;
    const { path } = await merged();
    const told = async (id: string, email: string) =>
      expect((await source.service.post(`/v1/users/${id}/clinics`, { email })).status).toBe(200);
    await told(member.id, `new.${member.id}@people.test`);
    await told(prescriber.id, `${member.id}@people.test`);
    // Somebody whose address was lost to another's in the target has the one of before the merge.
    await rows("UPDATE clinicians SET email = NULL WHERE user_id = ? RETURNING 1", admin.id);
    await rows("UPDATE merge_clinicians SET as_merged = json_set(as_merged, '$[4]', NULL) WHERE user_id = ?", admin.id);
    await told(member.id, `${admin.id}@people.test`);
    expect((await undo(path)).status).toBe(200);
    const emails = (await source.service.get(`${source.path}/clinicians`)).body.map((it: any) => [it.id, it.email]);
    expect(Object.fromEntries(emails)).toEqual({
      [admin.id]: "",
      [member.id]: `${admin.id}@people.test`,
      [prescriber.id]: `${member.id}@people.test`,
    });
  });

  test("200 keeps what was changed since, and names it", async () => {
    const tag = await givenTag(source, "A");
    const [edited, removed] = [await givenPatient(source, { tags: [tag.id] }), await givenPatient(source)];
    const { path } = await merged();
    const { body: now } = await target.admin.get(`${target.path}/patients/${edited.id}`);
    await target.admin.put(`${target.path}/patients/${edited.id}`, { ...now, fullName: "Edited Since" });
    await target.admin.delete(`${target.path}/patients/${removed.id}`);
    await target.admin.put(`${target.path}/clinicians/${source.member.id}`, {
      email: `${source.member.id}@people.test`,
      roles: ["CLINIC_ADMIN"],
    });
    const answer = await undo(path);
    expect(answer.status).toBe(200);
    expect(answer.body.notRestored).toEqual({
      count: 3,
      records: [
        { kind: "clinician", id: source.member.id, reason: "changed" },
        ...[
          { kind: "patient", id: edited.id, reason: "changed" },
          { kind: "patient", id: removed.id, reason: "gone" },
        ].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      ],
    });
    const back = (await source.admin.get(`${source.path}/patients/${edited.id}`)).body;
    expect([back.fullName, back.tags]).toEqual(["Edited Since", [tag.id]]);
    expect((await source.admin.get(`${source.path}/patients/${removed.id}`)).status).toBe(404);
    // Both have them: the source as they were, the target as they are.
    expect((await source.admin.get(`${source.path}/clinicians/${source.member.id}`)).body.roles).toEqual([
      "CLINIC_MEMBER",
    ]);
    expect((await target.admin.get(`${target.path}/clinicians/${source.member.id}`)).body.roles).toEqual([
      "CLINIC_ADMIN",
    ]);
  });

  test("200 leaves the target an admin", async () => {
    const { path } = await merged();
    await source.admin.delete(`${target.path}/clinicians/${target.admin.id}`);
    const { body } = await undo(path);
    expect(body.notRestored.records).toEqual([{ kind: "clinician", id: source.admin.id, reason: "inUse" }]);
    expect((await source.admin.get(`${target.path}/clinicians/${source.admin.id}`)).status).toBe(200);
    expect((await source.admin.get(`${source.path}/clinicians/${source.admin.id}`)).status).toBe(200);
  });

  test("is done once: a repeat finds it done, eight at once do it together", async () => {
    await givenPatient(source);
    const { id, path } = await merged();
    const answers = await Promise.all(Array.from({ length: 8 }, () => undo(path)));
    expect(statuses(answers)).toEqual(Array(8).fill(200));
    expect(await countRows("patients WHERE clinic_id = ?", source.clinicId)).toBe(2);
    expect(
      await countRows(
        "audit_log WHERE operation = 'UndoMerge' AND clinic_id = ? AND patient_id IS NULL",
        source.clinicId,
      ),
    ).toBe(1);
    expect((await undo(path)).body).toMatchObject({ id, phase: "undone" });
  });

  test("409 while it is not done, after 30 days, and while either clinic is being merged", async () => {
    const id = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
    const path = `${target.path}/merges/${id}`;
    expect((await unchanging(() => undo(path))).body).toEqual({
      code: 409,
      message: "conflict: the merge can't be undone while it is planning",
    });
    await carryOut(id);
    await rows("UPDATE merges SET merged_at = merged_at - 30 * 86400000 - 1 WHERE id = ? RETURNING id", id);
    expect((await unchanging(() => undo(path))).body).toEqual({
      code: 409,
      message: "conflict: the merge was done more than 30 days ago",
    });
    await rows("UPDATE merges SET merged_at = merged_at + 86400000 WHERE id = ? RETURNING id", id);
    const third = await givenClinic();
    const other = await lockPair({ sourceId: third.clinicId, targetId: target.clinicId });
    expect((await unchanging(() => undo(path))).body).toEqual({ code: 409, message: "clinic merge in progress" });
    await carryOut(other);
  });

  test("409 while a merge of two patients stands that has a record in it which came along, or was joined", async () => {
    const born = { fullName: "Ada", birthDate: "1980-01-01" };
    const [moved, joined] = [
      await givenPatient(source, { ...born, mrn: "1" }),
      await givenPatient(source, { ...born, mrn: "2" }),
    ];
    const own = await givenPatient(target, { ...born, mrn: "OWN-1" });
    const beforehand = [
      await givenPatient(target, { ...born, mrn: "3" }),
      await givenPatient(target, { ...born, mrn: "4" }),
    ];
    await target.service.post(`${target.path}/patients/${joined.id}`, { permissions: { view: {} }, ...born });
    expect((await merge(target, beforehand[0].id, beforehand[1].id)).status).toBe(200);
    const id = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
    await carryOut(id);
    const path = `${target.path}/merges/${id}`;
    const accept = ["not-alike", "records-elsewhere"];
    for (const [into, from] of [
      [moved, own],
      [joined, own],
    ]) {
      const { body } = await merge(target, into.id, from.id, { accept });
      expect((await unchanging(() => undo(path))).body).toEqual({
        code: 409,
        message: "conflict: patients of both clinics have been merged since: undo these merges first",
      });
      expect((await target.admin.post(`${target.path}/patient_merges/${body.id}/undo`)).status).toBe(200);
    }
    expect((await undo(path)).status).toBeLessThan(300);
    expect((await target.admin.get(`${target.path}/patients/${own.id}`)).body.mrn).toBe("OWN-1");
  });

  test("409 when an operator has removed the clinic from the archive: neither clinic is closed for it", async () => {
    await givenTag(source, "A");
    const { path } = await merged();
    await rows("DELETE FROM deleted_clinics WHERE id = ? RETURNING id", source.clinicId);
    expect((await unchanging(() => undo(path))).body).toEqual({
      code: 409,
      message: "conflict: nothing is kept of the clinic that was merged",
    });
  });

  test("409 while a later merge stands that has joined somebody to a record which came along", async () => {
    const third = await givenClinic({ name: "East" });
    const patient = await givenPatient(source);
    await third.service.post(`${third.path}/patients/${patient.id}`, { permissions: { view: {} } });
    const first = await merged();
    const later = await lockPair({ sourceId: third.clinicId, targetId: target.clinicId });
    await carryOut(later);
    const has = async (clinic: GivenClinic) =>
      (await clinic.service.get(`${clinic.path}/patients/${patient.id}`)).status === 200;
    expect((await unchanging(() => undo(first.path))).body).toEqual({
      code: 409,
      message: "conflict: a later merge has joined records of this one: undo it first",
    });
    expect((await undo(`${target.path}/merges/${later}`)).status).toBe(200);
    expect([await has(source), await has(target), await has(third)]).toEqual([false, true, true]);
    expect((await undo(first.path)).status).toBe(200);
    expect([await has(source), await has(target), await has(third)]).toEqual([true, false, true]);
  });

  test("409 while a later merge stands that has found a member who came along", async () => {
    const third = await givenClinic({ name: "East" });
    const member = { roles: ["CLINIC_MEMBER"], id: (await givenAccount()).id, email: `m.${source.clinicId}@own.test` };
    for (const clinic of [source, third]) await clinic.service.post(`${clinic.path}/clinicians`, member);
    const first = await merged();
    const later = await lockPair({ sourceId: third.clinicId, targetId: target.clinicId });
    await carryOut(later);
    expect((await unchanging(() => undo(first.path))).status).toBe(409);
    expect((await undo(`${target.path}/merges/${later}`)).status).toBe(200);
    expect((await undo(first.path)).status).toBe(200);
    const has = (clinic: GivenClinic) =>
      countRows("clinicians WHERE clinic_id = ? AND user_id = ?", clinic.clinicId, member.id);
    expect([await has(source), await has(target), await has(third)]).toEqual([1, 0, 1]);
  });

  test("200 while a later merge stands that has joined nobody of this one", async () => {
    const third = await givenClinic({ name: "East" });
    const [patient, other] = [await givenPatient(source), await givenPatient(third)];
    await target.service.post(`${target.path}/patients/${other.id}`, { permissions: { view: {} } });
    const first = await merged();
    await carryOut(await lockPair({ sourceId: third.clinicId, targetId: target.clinicId }));
    expect((await undo(first.path)).status).toBe(200);
    expect((await source.service.get(`${source.path}/patients/${patient.id}`)).status).toBe(200);
  });

  test("404 for a merge that is not there, of another clinic, or whose target is gone", async () => {
    const { id } = await merged();
    expect((await unchanging(() => undo(`${target.path}/merges/${UNKNOWN_ID}`))).status).toBe(404);
    const third = await givenClinic();
    expect((await unchanging(() => undo(`${third.path}/merges/${id}`))).status).toBe(404);
    await carryOut(await lockPair({ sourceId: target.clinicId, targetId: third.clinicId }));
    expect((await unchanging(() => undo(`${target.path}/merges/${id}`))).body).toEqual({
      code: 404,
      message: "clinic not found",
    });
  });

  test("409 for other writes to either clinic meanwhile; reads go on", async () => {
    const { id } = await merged();
    await beginUndo(id);
    const answer = await target.admin.post(`${target.path}/sites`, { name: "Too early" });
    expect([answer.status, answer.body]).toEqual([409, { code: 409, message: "clinic merge in progress" }]);
    expect((await target.admin.get(target.path)).status).toBe(200);
    expect(await carryOut(id)).toBe("undone");
  });

  test("202 with its status when it is not waited for", async () => {
    const { path } = await merged();
    const answer = await undo(path, { prefer: "respond-async" });
    expect([answer.status, answer.headers.get("location")]).toEqual([202, path]);
    await expect.poll(async () => (await (await service()).get(path)).body.phase, { timeout: 20_000 }).toBe("undone");
  });
});
