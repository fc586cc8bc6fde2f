import { beforeEach, describe, expect, test } from "vitest";
import { countRows, type GivenClinic, givenClinic, rows, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, clinicVersion, fill, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const create = (body: unknown, caller = clinic.admin) => caller.post(`${clinic.path}/patient_tags`, body);
const tagsStored = () => countRows("clinic_patient_tags WHERE clinic_id = ?", clinic.clinicId);
const nearlyFull = () => fill(clinic.clinicId, "clinic_patient_tags", 49);

describe("CreatePatientTag", () => {
  test("200 stores the tag without counts, an audit row and the clinic's change, in one round trip", async () => {
    const { version } = await clinicVersion(clinic.clinicId);
    const answer = await create({ name: "Type 1" }, clinic.member);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), name: "Type 1" });
    expect(
      await rows("SELECT id, name, num_patients FROM clinic_patient_tags WHERE clinic_id = ?", clinic.clinicId),
    ).toEqual([{ ...answer.body, num_patients: 0 }]);
    expect(await audited(clinic.clinicId, "CreatePatientTag")).toEqual([
      { patient_id: null, actor_id: clinic.member.id },
    ]);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
    expect(answer.calls).toBe(1);
  });

  test("200 ignores an id and a number of the caller's, and trims the name", async () => {
    const answer = await create({ id: UNKNOWN_ID, name: "Pumps ", numPatients: 7 });
    expect(answer.body).toEqual({ id: expect.not.stringContaining(UNKNOWN_ID), name: "Pumps" });
  });

  test.each(["𝒳".repeat(20), "_+><-", "a\tb", "Ärzte 12", "日本"])("200 takes the name %j", async (name) => {
    expect((await create({ name })).body.name).toBe(name);
  });

  test.each([
    {},
    { name: "" },
    { name: " Pumps" },
    { name: "x".repeat(21) },
    { name: `${"x".repeat(20)} ` },
    { name: "𝒳".repeat(21) },
    { name: "a.b" },
    { name: "a\u00a0b" },
    { name: "e\u0301" },
    { name: null },
    { id: "X", name: "Pumps" },
    null,
    [],
    undefined,
  ])("400 on %j stores nothing", async (body) => {
    const answer = await unchanging(() => create(body));
    expect(answer.status).toBe(400);
    expect(answer.body.message).toMatch(/^request body has an error/);
  });

  test("403 comes before 400: an outsider and a prescriber learn nothing about the body", async () => {
    expect((await create({}, clinic.outsider)).status).toBe(403);
    expect((await create({}, clinic.prescriber)).status).toBe(403);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await unchanging(() => clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/patient_tags`, { name: "T" }));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });

  test.each(["TYPE1", "t y p e 1", "Type  1 "])("409 when %j differs only in case and spaces", async (name) => {
    await create({ name: "Type 1" });
    const answer = await unchanging(() => create({ name }));
    expect([answer.status, answer.body.message]).toEqual([409, "duplicate patient tag"]);
  });

  test("200 when a tab tells the names apart, or another clinic has the name", async () => {
    await create({ name: "ab" });
    expect((await create({ name: "a\tb" })).status).toBe(200);
    const other = await givenClinic();
    expect((await other.admin.post(`${other.path}/patient_tags`, { name: "ab" })).status).toBe(200);
  });

  test("422 comes before 409: a full clinic refuses a taken name as full", async () => {
    await nearlyFull();
    expect((await create({ name: "Last" })).status).toBe(200);
    const answer = await unchanging(() => create({ name: "LAST" }));
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe(
      "constraint violation: the clinic already has the maximum number of 50 patient tags",
    );
  });

  test("of eight racers one gets the last free place, the rest get 422", async () => {
    await nearlyFull();
    const racers = await Promise.all(Array.from({ length: 8 }, (_, i) => create({ name: `Racer ${i}` })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(422)]);
    expect(await tagsStored()).toBe(50);
  });

  test("of eight racers with one name one succeeds, the rest get 409", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => create({ name: "East" })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(await tagsStored()).toBe(1);
    expect(await audited(clinic.clinicId, "CreatePatientTag")).toHaveLength(1);
  });
});
