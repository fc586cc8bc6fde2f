import { beforeEach, describe, expect, test } from "vitest";
import { findAccount } from "../../../../test/accounts.ts";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  newUserId,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { interrupted } from "../../../../test/patient-rows.ts";
import { statementObservers } from "../../../platform/db/client.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const basics = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const update = (id: string, body: unknown, caller = clinic.member, headers?: Record<string, string>) =>
  caller.put(`${clinic.path}/patients/${id}`, body, headers);
const get = async (id: string) => (await clinic.member.get(`${clinic.path}/patients/${id}`)).body;

describe("UpdatePatient", () => {
  test("200 clears what is absent of e-mail, MRN and devices and keeps the rest; two round trips", async () => {
    const tag = await givenTag(clinic);
    const site = await givenSite(clinic);
    const patient = await givenPatient(clinic, {
      ...basics,
      email: "rosa@clear.test",
      mrn: "A",
      targetDevices: ["x"],
      tags: [tag.id],
      sites: [site],
      dataSources: [{ providerName: "dexcom", state: "connected" }],
      glycemicRanges: { preset: "adaHighRisk" },
      diagnosisType: "lada",
    });
    const answer = await update(patient.id, { fullName: "Rosa Ruiz", birthDate: "1987-02-04" });
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    const kept = { ...patient };
    for (const cleared of ["email", "mrn", "targetDevices"]) delete kept[cleared];
    expect(answer.body).toEqual({
      ...kept,
      fullName: "Rosa Ruiz",
      birthDate: "1987-02-04",
      updatedTime: answer.body.updatedTime,
    });
    expect(await get(patient.id)).toEqual(answer.body);
    expect(await findAccount(patient.id)).toMatchObject({ email: null });
  });

  test("200 with a birth date that is not known: as if there were none, by which nobody is found", async () => {
    const unknown = { ...basics, birthDate: "0001-01-01" };
    const patient = await givenPatient(clinic, unknown);
    const search = async (text: string) => (await clinic.member.get(`${clinic.path}/patients?search=${text}`)).body;
    const found = async () => (await clinic.member.get("/v1/patients?birthDate=0001-01-01")).body;
    expect([patient.birthDate, (await search("01-01")).data, await found()]).toEqual(["0001-01-01", [], []]);
    await update(patient.id, basics);
    expect((await search("02-03")).data).toHaveLength(1);
    // A client sends back what it was told.
    const answer = await update(patient.id, unknown);
    expect([answer.status, answer.body.birthDate]).toEqual([200, "0001-01-01"]);
    expect([(await get(patient.id)).birthDate, (await search("01-01")).data, await found()]).toEqual([
      "0001-01-01",
      [],
      [],
    ]);
  });

  test("touches the numbers of what has changed alone, and the record once", async () => {
    const tag = await givenTag(clinic);
    const patient = await givenPatient(clinic, { ...basics, tags: [tag.id] });
    const written = async (body: object) => {
      const tables: string[] = [];
      const observe = (text: string) => {
        const [, table] = /^(?:UPDATE|INSERT INTO|DELETE FROM) "?(\w+)/.exec(text.trim()) ?? [];
        // The account follows the record, whatever has changed.
        if (table !== undefined && table !== "users" && table !== "_guard") tables.push(table);
      };
      statementObservers.add(observe);
      const answer = await update(patient.id, { ...basics, ...body });
      statementObservers.delete(observe);
      expect(answer.status, answer.text).toBe(200);
      return tables;
    };
    const alone = ["patients", "audit_log"];
    expect(await written({})).toEqual(alone);
    const counted = (table: string) => [table, "patients", table, "audit_log"];
    expect(await written({ tags: [] })).toEqual(counted("clinic_patient_tags"));
    const connected = [{ providerName: "dexcom", state: "connected" }];
    expect(await written({ dataSources: connected })).toEqual(counted("clinic_provider_counts"));
    expect(await written({ sites: [] })).toEqual(alone);
  });

  test("200 empties tags, sites and data sources given empty, keeps them given null, and clears a diagnosis given empty", async () => {
    const tag = await givenTag(clinic);
    const site = await givenSite(clinic);
    const sources = [{ providerName: "dexcom", state: "connected" }];
    const patient = await givenPatient(clinic, {
      tags: [tag.id],
      sites: [site],
      dataSources: sources,
      diagnosisType: "type1",
    });
    const kept = await update(patient.id, { ...basics, tags: null, dataSources: null, reviews: null });
    expect(kept.body).toMatchObject({ tags: [tag.id], sites: [site], dataSources: sources });
    const emptied = await update(patient.id, { ...basics, tags: [], sites: [], dataSources: [], diagnosisType: "" });
    expect(emptied.body).toMatchObject({ tags: [], sites: [], dataSources: [] });
    expect(emptied.body).not.toHaveProperty("diagnosisType");
  });

  test("200 replaces tags, sites, data sources and ranges; the clinic's site names win", async () => {
    const [first, second] = [await givenTag(clinic), await givenTag(clinic)];
    const site = await givenSite(clinic, "North");
    const patient = await givenPatient(clinic, { tags: [first.id] });
    const custom = {
      name: "tight",
      thresholds: [3, 3.9, 7.8, 13.9].map((value, i) => ({ name: `t${i}`, upperBound: { value, units: "mmol/L" } })),
    };
    const { body } = await update(patient.id, {
      ...basics,
      tags: [second.id],
      sites: [{ id: site.id, name: "wrong" }],
      dataSources: [{ providerName: "twiist", state: "pending" }],
      glycemicRanges: { type: "custom", custom },
      permissions: {},
      reviews: [{ clinicianId: "forged", time: "2026-01-01T00:00:00Z" }],
    });
    expect(body).toMatchObject({
      tags: [second.id],
      sites: [{ id: site.id, name: "North" }],
      dataSources: [{ providerName: "twiist", state: "pending" }],
      glycemicRanges: { type: "custom", custom: { name: "tight" } },
      permissions: patient.permissions,
      reviews: [],
    });
    expect(body.glycemicRanges.custom.thresholds[0].inclusive).toBe(false);
  });

  test("200 moves the custodial account's address, and who invites becomes who gave the new one", async () => {
    const patient = await givenPatient(clinic, { email: "old@address.test" });
    await update(patient.id, { ...basics, email: "New@Address.test" }, clinic.admin);
    expect(await findAccount(patient.id)).toMatchObject({ email: "new@address.test" });
    expect(await rows("SELECT invited_by FROM patients WHERE user_id = ?", patient.id)).toEqual([
      { invited_by: clinic.admin.id },
    ]);
    await update(patient.id, { ...basics, email: "new@address.test" }, clinic.member);
    expect(await rows("SELECT invited_by FROM patients WHERE user_id = ?", patient.id)).toEqual([
      { invited_by: clinic.admin.id },
    ]);
  });

  test("200 leaves the address of a claimed account alone", async () => {
    const own = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${own.id}`, { permissions: { view: {} } });
    const { body } = await update(own.id, { ...basics, email: "clinic@says.test" });
    expect(body.email).toBe(`${own.id}@people.test`);
    expect(await findAccount(own.id)).toMatchObject({ email: `${own.id}@people.test` });
  });

  test.each([
    {},
    { ...basics, fullName: null },
    { ...basics, sites: null },
    { ...basics, mrn: null },
    { ...basics, glycemicRanges: null },
    "",
    null,
  ])("400 on %j changes nothing", async (body) => {
    const patient = await givenPatient(clinic);
    const before = await everythingStored();
    expect((await update(patient.id, body)).status).toBe(400);
    expect(await everythingStored()).toBe(before);
  });

  test("400 by the clinic's MRN rules as they stand now; a patient's own MRN in another case is no clash", async () => {
    const patient = await givenPatient(clinic, { mrn: "A-1" });
    await givenPatient(clinic, { mrn: "B-2" });
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: true });
    expect((await update(patient.id, basics)).body.message).toBe("bad request: mrn is required");
    expect((await update(patient.id, { ...basics, mrn: "b-2 " })).body.message).toBe("bad request: mrn must be unique");
    expect((await update(patient.id, { ...basics, mrn: "a-1" })).status).toBe(200);
  });

  test("403 before 400, 404 for a user who is no patient", async () => {
    expect((await update("x", {}, clinic.prescriber)).status).toBe(403);
    const answer = await update(newUserId(), basics);
    expect([answer.status, answer.body.message]).toEqual([404, "patient not found"]);
  });

  test("409 for an address of another account; nothing changes", async () => {
    const patient = await givenPatient(clinic);
    const account = await givenAccount();
    const before = await everythingStored();
    const answer = await update(patient.id, { ...basics, email: `${account.id}@people.test` });
    expect([answer.status, answer.body.message]).toEqual([
      409,
      "unable to update custodial user: duplicate: email address is already taken",
    ]);
    expect(await everythingStored()).toBe(before);
  });

  test("422 for a site the clinic does not have; the account keeps its address", async () => {
    const patient = await givenPatient(clinic, { email: "keep@address.test" });
    const answer = await update(patient.id, {
      ...basics,
      email: "x@y.test",
      sites: [{ id: "0".repeat(24), name: "n" }],
    });
    expect([answer.status, answer.body.message]).toEqual([
      422,
      "constraint violation: the clinic has no site with that name",
    ]);
    expect(await findAccount(patient.id)).toMatchObject({ email: "keep@address.test" });
  });

  test("a new address of an account in custody is that of its records in other clinics; that it has none is not", async () => {
    const patient = await givenPatient(clinic, { ...basics, email: `old${newUserId()}@custody.test` });
    const other = await givenClinic();
    const path = `${other.path}/patients/${patient.id}`;
    const dataSources = [{ providerName: "dexcom", state: "pending" }];
    await other.service.post(path, { permissions: { custodian: {}, view: {} } });
    await other.member.put(path, { ...basics, email: patient.email, dataSources });
    await other.member.post(`${path}/connect/dexcom`);
    const email = `new${newUserId()}@custody.test`;
    const answer = await update(patient.id, { ...basics, email });
    expect([answer.status, answer.body.email]).toEqual([200, email]);
    expect((await other.member.get(path)).body.email).toBe(email);
    expect((await other.member.get(`${other.path}/patients?search=${email}`)).body.meta.count).toBe(1);
    const requestId = answer.headers.get("x-request-id");
    expect(
      await rows("SELECT clinic_id, patient_id FROM audit_log WHERE request_id = ? ORDER BY id", requestId),
    ).toEqual([clinic, other].map(({ clinicId }) => ({ clinic_id: clinicId, patient_id: patient.id })));
    const mailed = "outbox WHERE kind = 'connection_request' AND clinic_id = ?";
    expect(await countRows(mailed, other.clinicId)).toBe(2);
    expect((await update(patient.id, basics)).status).toBe(200);
    expect((await other.member.get(path)).body.email).toBe(email);
  });

  test("another MRN ends what an EHR has ordered under the old one; anything else does not", async () => {
    const { id } = await givenPatient(clinic, { ...basics, mrn: "E-1" });
    const order = { active: true, provider: "redox", matchedMessages: [{ id: "a" }], createdAt: 1, updatedAt: 1 };
    const orders = { summaryAndReports: order, xealthReports: { ...order, provider: "xealth" } };
    await rows("UPDATE patients SET ehr_subscriptions = ? WHERE user_id = ? RETURNING key", JSON.stringify(orders), id);
    const kept = async () => {
      const [row] = await rows<{ it: string }>("SELECT ehr_subscriptions AS it FROM patients WHERE user_id = ?", id);
      return JSON.parse(row!.it);
    };
    await update(id, { ...basics, mrn: "E-1", fullName: "Another Name" });
    expect(await kept()).toEqual(orders);
    await update(id, { ...basics, mrn: "E-2" });
    const ended = { active: false, updatedAt: expect.any(Number) };
    expect(await kept()).toEqual({
      summaryAndReports: { ...orders.summaryAndReports, ...ended },
      xealthReports: { ...orders.xealthReports, ...ended },
    });
  });

  test("of eight racers for one MRN one gets it, the rest get 400", async () => {
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => (await givenPatient(clinic, { fullName: `R${i}` })).id as string),
    );
    const racers = await Promise.all(ids.map((id) => update(id, { ...basics, mrn: "ONE" })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(400)]);
    expect(await countRows("patients WHERE clinic_id = ? AND mrn_key = 'one'", clinic.clinicId)).toBe(1);
  });

  test("an update that does not name tags never undoes a tag that is assigned at the same time", async () => {
    const tag = await givenTag(clinic);
    const patient = await givenPatient(clinic);
    const writers = Array.from({ length: 6 }, (_, i) => update(patient.id, { ...basics, fullName: `Writer ${i}` }));
    const [assigned, ...updated] = await Promise.all([
      clinic.admin.post(`${clinic.path}/patients/assign_tag/${tag.id}`, [patient.id]),
      ...writers,
    ]);
    expect([assigned.status, ...updated.map((u) => u.status)]).toEqual(Array(7).fill(200));
    expect((await get(patient.id)).tags).toEqual([tag.id]);
    expect((await clinic.admin.get(clinic.path)).body.patientTags).toEqual([{ ...tag, numPatients: 1 }]);
  });

  test("a change between its reading and its writing is kept, counted, and in the answer", async () => {
    const tag = await givenTag(clinic);
    const patient = await givenPatient(clinic);
    const request = { method: "PUT", path: `${clinic.path}/patients/${patient.id}`, body: { ...basics, mrn: "NEW" } };
    const answer = await interrupted(clinic.member, request, () =>
      clinic.admin.post(`${clinic.path}/patients/assign_tag/${tag.id}`, [patient.id]),
    );
    expect(answer.body).toMatchObject({ fullName: basics.fullName, mrn: "NEW", tags: [tag.id] });
    expect(await get(patient.id)).toEqual(answer.body);
    expect((await clinic.admin.get(clinic.path)).body.patientTags).toEqual([{ ...tag, numPatients: 1 }]);
  });

  test("a repeat with the same Idempotency-Key gets the first answer and changes nothing", async () => {
    const patient = await givenPatient(clinic);
    const key = { "idempotency-key": "u-1" };
    const first = await update(patient.id, { ...basics, fullName: "Keyed" }, clinic.member, key);
    await update(patient.id, { ...basics, fullName: "Later" });
    const again = await update(patient.id, { ...basics, fullName: "Keyed" }, clinic.member, key);
    expect(again.text).toBe(first.text);
    expect((await get(patient.id)).fullName).toBe("Later");
  });
});
