import { beforeEach, describe, expect, test } from "vitest";
import { type Caller, givenClinic, givenPatient, newUserId, person, rows } from "../harness.ts";
import { merge } from "../patient-merges.ts";
import { BASE, byMetric, givenRosa, HOST, recordId, type Rosa } from "./given.ts";
import { expectToBeFhir } from "./structure.ts";

/** A record that was merged into another, as the FHIR view shows it. */

let rosa: Rosa;
let oldUser: string;
let old: string;

beforeEach(async () => {
  rosa = await givenRosa();
  const { clinic, userId } = rosa;
  ({ id: oldUser } = await givenPatient(clinic, { fullName: "rosa diaz", mrn: "OLD-1", email: undefined }));
  old = recordId(clinic.clinicId, oldUser);
  const merged = await merge(clinic, userId, oldUser, { accept: ["not-alike"] });
  expect(merged.status).toBe(200);
});

const get = (path: string) => rosa.clinic.member.get(`${BASE}/${path}`);

describe("a record that was merged into another", () => {
  test("is not active, and says which one replaces it", async () => {
    const answer = await get(`Patient/${old}`);
    expect(answer.status).toBe(200);
    expectToBeFhir(answer.body);
    const { meta, ...rest } = answer.body;
    expect(rest).toEqual({
      resourceType: "Patient",
      id: old,
      identifier: [{ use: "secondary", system: `${HOST}/users`, value: oldUser }],
      active: false,
      managingOrganization: {
        identifier: { system: `${HOST}/clinics`, value: rosa.clinic.clinicId },
        display: "Harbor Endocrine",
      },
      link: [{ other: { reference: `Patient/${rosa.id}` }, type: "replaced-by" }],
    });
    const known = await rosa.clinic.member.get(`${BASE}/Patient/${old}`, { "if-none-match": `W/"${meta.versionId}"` });
    expect(known.status).toBe(304);
  });

  test("has the survivor's summary and is found as the survivor", async () => {
    const summary = await get(`Patient/${old}/$cgm-summary`);
    expect([summary.status, byMetric(summary.body).Patient.id]).toEqual([200, rosa.id]);
    expect(byMetric(summary.body).c14avg.subject).toEqual({ reference: `Patient/${rosa.id}` });
    for (const query of [
      `Observation?patient=${old}`,
      `Patient?_id=${old}`,
      `Patient?identifier=${encodeURIComponent(`${HOST}/clinics/${rosa.clinic.clinicId}/mrn|old-1`)}`,
      "Patient?identifier=OLD-1",
    ]) {
      const { status, body } = await get(query);
      expect([query, status, body.entry?.length > 0]).toEqual([query, 200, true]);
      for (const { resource } of body.entry)
        expect(resource.subject?.reference ?? `Patient/${resource.id}`).toBe(`Patient/${rosa.id}`);
    }
    const none = await get(`DocumentReference?patient=${old}`);
    expect([none.status, none.body.total]).toEqual([200, 0]);
    expect((await get(`Observation/${old}.c14avg`)).status).toBe(410);
  });

  test("is found as the survivor by its user's id, as its identifier has it", async () => {
    const ids = async (caller: Caller, query: string) => {
      const { status, body } = await caller.get(`${BASE}/Patient?${query}`);
      expect([query, status]).toEqual([query, 200]);
      return (body.entry ?? []).map(({ resource }: any) => resource.id);
    };
    const { member } = rosa.clinic;
    const system = `${HOST}/users|`;
    for (const value of [oldUser, system + oldUser, `A-17,${oldUser}`, `${system}${rosa.userId},${system}${oldUser}`])
      expect(await ids(member, `identifier=${encodeURIComponent(value)}`)).toEqual([rosa.id]);
    expect(await ids(member, `identifier=${oldUser}&name=rosa&_id=${rosa.id}`)).toEqual([rosa.id]);
    expect(await ids(member, `identifier=${oldUser}&name=nobody`)).toEqual([]);
    // Neither of the two persons is told of the other's account, nor is another clinic.
    const [owner, former] = [await person({ sub: rosa.userId }), await person({ sub: oldUser })];
    for (const caller of [owner, former, (await givenClinic()).member])
      expect(await ids(caller, `identifier=${oldUser}`)).toEqual([]);
    expect(await ids(owner, `_id=${rosa.id}&identifier=${oldUser}`)).toEqual([]);
    expect(await ids(owner, `identifier=${rosa.userId}`)).toEqual([rosa.id]);
    // A user who has a record again is that one.
    await rosa.clinic.service.post(`${rosa.clinic.path}/patients/${oldUser}`, { permissions: { view: {} } });
    expect(await ids(member, `identifier=${oldUser}`)).toEqual([old]);
  });

  test("leads on where single resources of the survivor are asked for by their ids", async () => {
    const { clinic, id, userId } = rosa;
    const report = (await clinic.member.post(`${clinic.path}/patients/${userId}/reports`, {})).body;
    for (const [query, found] of [
      [`Observation?patient=${old}&_id=${id}.c14gmi`, [`${id}.c14gmi`]],
      [`Observation?patient=${old}&_id=other`, []],
      [`DocumentReference?patient=${old}&_id=${report.id}`, [report.id]],
      [`Patient?_id=${old}&_id=${old}`, [id]],
    ] as const) {
      const { status, body } = await get(query);
      expect([query, status, (body.entry ?? []).map(({ resource }: any) => resource.id)]).toEqual([query, 200, found]);
    }
  });

  test("is found as the survivor among several ids, by nobody but who may see it", async () => {
    const { clinic, id, userId } = rosa;
    const { id: adaUser } = await givenPatient(clinic, { fullName: "Ada Lund" });
    const ada = recordId(clinic.clinicId, adaUser);
    const ids = async (caller: Caller, query: string) => {
      const { status, body } = await caller.get(`${BASE}/Patient?${query}`);
      return [status, ...(body.entry ?? []).map(({ resource }: any) => resource.id)];
    };
    expect(await ids(clinic.member, `_id=${old},${ada}`)).toEqual([200, id, ada]);
    expect(await ids(clinic.member, `_id=${old},${id}`)).toEqual([200, id]);
    expect(await ids(clinic.member, `_id=${old},${ada}&_id=${id}`)).toEqual([200, id]);
    const elsewhere = recordId((await givenClinic()).clinicId, oldUser);
    expect(await ids(clinic.member, `_id=${old},${elsewhere}`)).toEqual([200, id]);
    expect(await ids(clinic.member, `_id=${elsewhere},x`)).toEqual([200]);
    const [former, owner] = [await person({ sub: oldUser }), await person({ sub: userId })];
    expect(await ids(former, `_id=${old}`)).toEqual([200]);
    expect(await ids(former, `_id=${old},${elsewhere}`)).toEqual([200]);
    expect(await ids(owner, `_id=${old},${elsewhere}`)).toEqual([200]);
  });

  test("shows the person of the old account nothing of the other's", async () => {
    const self = await person({ sub: oldUser });
    expect((await self.get(`${BASE}/Patient/${old}`)).status).toBe(410);
    expect((await self.get(`${BASE}/Patient/${old}/$cgm-summary`)).status).toBe(410);
    const found = await self.get(`${BASE}/Observation?patient=${old}`);
    expect([found.status, found.body.total]).toEqual([200, 0]);
    expect(found.text).not.toContain(rosa.userId);
  });

  test("leads on in the clinic that its clinic was merged into", async () => {
    const other = await givenClinic();
    const merged = await other.service.post(`${other.path}/merge`, { sourceId: rosa.clinic.clinicId });
    expect(merged.status, merged.text).toBe(200);
    const [moved, survivor] = [oldUser, rosa.userId].map((id) => recordId(other.clinicId, id)) as [string, string];
    const read = (path: string) => other.member.get(`${BASE}/${path}`);
    const answer = await read(`Patient/${moved}`);
    expect([answer.status, answer.body.active, answer.body.link]).toEqual([
      200,
      false,
      [{ other: { reference: `Patient/${survivor}` }, type: "replaced-by" }],
    ]);
    const summary = await read(`Patient/${moved}/$cgm-summary`);
    expect([summary.status, byMetric(summary.body).Patient.id]).toEqual([200, survivor]);
    const unknown = recordId(other.clinicId, newUserId());
    expect((await read(`Patient/${unknown}`)).status).toBe(404);
  });

  test("is itself again after an undo, and leads nowhere once the survivor is gone", async () => {
    const { clinic, userId } = rosa;
    const [{ id: mergeId }] = (await rows<{ id: string }>(
      "SELECT id FROM patient_merges WHERE source_user_id = ?",
      oldUser,
    )) as [{ id: string }];
    expect((await clinic.admin.post(`${clinic.path}/patient_merges/${mergeId}/undo`)).status).toBe(200);
    expect((await get(`Patient/${old}`)).body.active).toBe(true);
    await merge(clinic, userId, oldUser, { accept: ["not-alike"] });
    await clinic.admin.delete(`${clinic.path}/patients/${userId}`);
    expect((await get(`Patient/${old}`)).status).toBe(410);
  });
});

test("the name of an operation may be encoded", async () => {
  const plain = await get(`Patient/${rosa.id}/$cgm-summary`);
  const encoded = await get(`Patient/${rosa.id}/%24cgm-summary`);
  expect([encoded.status, encoded.body.entry]).toEqual([200, plain.body.entry]);
});

test("the number of those found is asked for in one of three ways", async () => {
  for (const how of ["none", "estimate", "accurate"])
    expect((await get(`Observation?patient=${rosa.id}&_total=${how}`)).status).toBe(200);
  expect((await get(`Observation?patient=${rosa.id}&_total=some`)).status).toBe(400);
});
