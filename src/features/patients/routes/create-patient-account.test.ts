import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const rosa = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const create = (body: unknown, caller = clinic.member, headers?: Record<string, string>) =>
  caller.post(`${clinic.path}/patients`, body, headers);
const mrnSettings = (required: boolean, unique: boolean) =>
  clinic.service.put(`${clinic.path}/settings/mrn`, { required, unique });
const patientsStored = () => countRows("patients WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId);

describe("CreatePatientAccount", () => {
  test("200 stores the patient with a custodial account and an audit row, in two round trips", async () => {
    const tag = await givenTag(clinic);
    const site = await givenSite(clinic, "North campus");
    const answer = await create({
      ...rosa,
      email: "Rosa@Example.org",
      mrn: "A-17",
      tags: [tag.id],
      sites: [{ id: site.id, name: "anything" }],
      targetDevices: ["dexcom"],
      dataSources: [{ providerName: "dexcom", state: "connected", modifiedTime: "2026-01-05T12:00:00+02:00" }],
      glycemicRanges: {},
      diagnosisType: "type1",
    });
    expect(answer.status).toBe(200);
    expect(answer.calls).toBeLessThanOrEqual(2);
    expect(answer.body).toMatchObject({
      fullName: "Rosa Diaz",
      birthDate: "1987-02-03",
      email: "rosa@example.org",
      mrn: "A-17",
      tags: [tag.id],
      sites: [{ id: site.id, name: "North campus" }],
      permissions: { custodian: {}, view: {}, upload: {}, note: {} },
      dataSources: [{ providerName: "dexcom", state: "connected", modifiedTime: "2026-01-05T10:00:00.000Z" }],
      reviews: [],
      connectionRequests: { abbott: [], dexcom: [], twiist: [] },
      glycemicRanges: { type: "preset", preset: "adaStandard" },
      diagnosisType: "type1",
    });
    const { id } = answer.body;
    expect((await clinic.member.get(`${clinic.path}/patients/${id}`)).body).toEqual(answer.body);
    expect(await rows("SELECT email, is_custodial FROM users WHERE id = ?", id)).toEqual([
      { email: "rosa@example.org", is_custodial: 1 },
    ]);
    expect(await rows("SELECT invited_by FROM patients WHERE user_id = ?", id)).toEqual([
      { invited_by: clinic.member.id },
    ]);
    expect(
      await countRows(
        "audit_log WHERE patient_id = ? AND operation = 'CreatePatientAccount' AND outcome = 'changed'",
        id,
      ),
    ).toBe(1);
  });

  test("200 for a service, whose patients nobody invited", async () => {
    const { body } = await create(rosa, clinic.service);
    expect(await rows("SELECT invited_by FROM patients WHERE user_id = ?", body.id)).toEqual([{ invited_by: null }]);
  });

  test("200 ignores id, permissions, reviews and summary of the body", async () => {
    const { body } = await create({
      ...rosa,
      id: "aaaaaaaaaa",
      permissions: { view: {} },
      reviews: [{ clinicianId: "x", time: "2026-01-01T00:00:00Z" }],
      summary: {},
      attestationSubmitted: true,
    });
    expect(body.id).not.toBe("aaaaaaaaaa");
    expect(body.reviews).toEqual([]);
    expect(Object.keys(body.permissions)).toHaveLength(4);
  });

  test("200 drops tags the clinic does not have, and counts a repeated site once", async () => {
    const site = await givenSite(clinic);
    const other = await givenTag(await givenClinic());
    const { body } = await create({ ...rosa, tags: [UNKNOWN_ID, other.id], sites: [site, site] });
    expect(body.tags).toEqual([]);
    expect(body.sites).toEqual([site]);
  });

  test("200 treats an empty e-mail as none", async () => {
    const { status, body } = await create({ ...rosa, email: "" });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("email");
  });

  test.each([
    [{}, "fullName"],
    [{ fullName: "", birthDate: "1987-02-03" }, "fullName"],
    [{ fullName: "Rosa" }, "birthDate"],
    [{ ...rosa, birthDate: "2001-02-29" }, "birthDate"],
    [{ ...rosa, birthDate: "02/03/1987" }, "birthDate"],
    [{ ...rosa, email: "nobody" }, "email"],
    [{ ...rosa, email: null }, "email"],
    [{ ...rosa, mrn: "" }, "mrn"],
    [{ ...rosa, tags: ["x"] }, "tags/0"],
    [{ ...rosa, tags: [UNKNOWN_ID, UNKNOWN_ID] }, "tags"],
    [{ ...rosa, sites: [{ name: "East" }] }, "sites/0/id"],
    [{ ...rosa, dataSources: [{ providerName: "dexcom", state: "lost" }] }, "dataSources/0/state"],
    [
      { ...rosa, dataSources: [{ providerName: "dexcom", state: "pending", modifiedTime: "2026-01-05T10:00:00" }] },
      "dataSources/0/modifiedTime",
    ],
    [
      { ...rosa, dataSources: [{ providerName: "a", state: "pending", modifiedTime: "9999-12-31T23:59:59-00:01" }] },
      "dataSources/0/modifiedTime",
    ],
    [
      { ...rosa, dataSources: [{ providerName: "a", state: "pending", modifiedTime: "0000-01-01T00:00:00+00:01" }] },
      "dataSources/0/modifiedTime",
    ],
    [{ ...rosa, glycemicRanges: { type: "custom" } }, "glycemicRanges/custom"],
    [
      { ...rosa, glycemicRanges: { type: "custom", custom: { name: "n", thresholds: [] } } },
      "glycemicRanges/custom/thresholds",
    ],
    [{ ...rosa, diagnosisType: "type9" }, "diagnosisType"],
  ])("400 on %j names %s and stores nothing", async (body, field) => {
    const before = await everythingStored();
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(`"/${field}"`);
    expect(await everythingStored()).toBe(before);
  });

  test("400 where the clinic requires an MRN and it is absent or blank", async () => {
    await mrnSettings(true, false);
    for (const body of [rosa, { ...rosa, mrn: "  " }]) {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(answer.body.message).toBe("bad request: mrn is required");
    }
    expect(await patientsStored()).toBe(0);
  });

  test("400 where MRNs are unique and another patient has it in another case or with accents, marked or not", async () => {
    await givenPatient(clinic, { mrn: " Áb-7" });
    await mrnSettings(false, true);
    const answer = await create({ ...rosa, mrn: "aB-7" });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe("bad request: mrn must be unique");
    expect(await patientsStored()).toBe(1);
  });

  test("200 where MRNs need not be unique, and in another clinic", async () => {
    await givenPatient(clinic, { mrn: "A-17" });
    expect((await create({ ...rosa, mrn: "A-17" })).status).toBe(200);
  });

  test("of eight racers with one MRN one gets in where MRNs are unique, the rest get 400", async () => {
    await mrnSettings(true, true);
    const racers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => create({ ...rosa, fullName: `R${i}`, mrn: "A-17" })),
    );
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(400)]);
    expect(await patientsStored()).toBe(1);
    expect(await countRows("users WHERE is_custodial = 1 AND id IN (SELECT user_id FROM patients)")).toBe(
      await countRows("patients p JOIN users u ON u.id = p.user_id WHERE u.is_custodial = 1"),
    );
  });

  test("402 over the hard limit, for whom it holds; the demo patient and twiist patients don't count", async () => {
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 1 } });
    expect((await create({ ...rosa, dataSources: [{ providerName: "twiist", state: "pending" }] })).status).toBe(200);
    expect((await create({ ...rosa, fullName: "First" })).status).toBe(200);
    const answer = await create({ ...rosa, fullName: "Second" });
    expect(answer.status).toBe(402);
    expect(answer.body.message).toBe("payment required: patient count exceeds limit");
    await clinic.service.post(`${clinic.path}/tier`, { tier: "tier0300" });
    expect((await create({ ...rosa, fullName: "Third" })).status).toBe(200);
  });

  test.each([
    ["before its start", { startDate: "2999-01-01T00:00:00Z" }, 200],
    ["after its end", { endDate: "2001-01-01T00:00:00Z" }, 200],
    ["within its dates", { startDate: "2001-01-01T00:00:00Z", endDate: "2999-01-01T00:00:00Z" }, 402],
  ])("the hard limit %s", async (_, dates, status) => {
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 0, ...dates } });
    expect((await create(rosa)).status).toBe(status);
  });

  test("200 over the limit in a country that has none", async () => {
    const abroad = await givenClinic({ country: "CA" });
    await abroad.service.put(`${abroad.path}/settings/patient_count`, { hardLimit: { plan: 0 } });
    expect((await abroad.member.post(`${abroad.path}/patients`, rosa)).status).toBe(200);
  });

  test("of eight racers one takes the last place of the plan, the rest get 402", async () => {
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 2 } });
    await givenPatient(clinic);
    const racers = await Promise.all(Array.from({ length: 8 }, (_, i) => create({ ...rosa, fullName: `R${i}` })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(402)]);
    expect(await patientsStored()).toBe(2);
  });

  test("one round trip decides and writes it, without tags and sites and with accounts in our own table", async () => {
    const created = await create(rosa);
    const again = await create(rosa);
    const refused = await create({ ...rosa, fullName: "Another" }, clinic.outsider);
    expect([created.status, again.body.id, refused.status]).toEqual([200, created.body.id, 403]);
    // Asked after the batch has refused: what was answered before, and whether the caller may still see it.
    expect([created.calls, again.calls, refused.calls]).toEqual([1, 2, 2]);
  });

  test("403 for a body that is wrong too: an outsider learns nothing", async () => {
    expect((await create({}, clinic.outsider)).status).toBe(403);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/patients`, rosa);
    expect(answer.status).toBe(404);
    expect(answer.body.message).toBe("clinic not found");
  });

  test("409 when any account has the address, in any case; nothing is stored", async () => {
    const account = await givenAccount();
    const before = await everythingStored();
    const answer = await create({ ...rosa, email: `${account.id}@PEOPLE.test` });
    expect(answer.status).toBe(409);
    expect(answer.body.message).toBe("duplicate: email address is already taken");
    expect(await everythingStored()).toBe(before);
  });

  test("422 for a site of another clinic; no account is left behind", async () => {
    const site = await givenSite(await givenClinic());
    const accounts = await countRows("users WHERE is_custodial = 1");
    const answer = await create({ ...rosa, email: "left@behind.test", sites: [site] });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe("constraint violation: the clinic has no site with that name");
    expect(await countRows("users WHERE is_custodial = 1")).toBe(accounts);
  });

  test("a blind repeat within 30 seconds gets the first answer again and makes no second account", async () => {
    const first = await create(rosa);
    const second = await create(rosa);
    expect(second.text).toBe(first.text);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(await patientsStored()).toBe(1);
    expect((await create({ ...rosa, fullName: "Rosa Diaz Ruiz" })).body.id).not.toBe(first.body.id);
    expect((await create(rosa, clinic.admin)).body.id).not.toBe(first.body.id);
  });

  test("eight blind repeats at once make one patient", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => create(rosa)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map((r) => r.body.id)).size).toBe(1);
    expect(await patientsStored()).toBe(1);
  });

  test("a repeat with the same Idempotency-Key gets the first answer; another body under it gets 422", async () => {
    const key = { "idempotency-key": "k-1" };
    const body = { ...rosa, mrn: "A-17", email: "key@repeat.test" };
    const first = await create(body, clinic.member, key);
    const again = await create(body, clinic.member, key);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([200, first.text, "true"]);
    expect((await create({ ...body, mrn: "B" }, clinic.member, key)).status).toBe(422);
    expect(await patientsStored()).toBe(1);
  });
});
