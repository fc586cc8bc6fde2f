import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, rows, UNKNOWN_ID } from "../../../../test/harness.ts";
import { audited, clinicVersion, givenPatients, unchanging } from "../../../../test/patient-rows.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const replace = (body: unknown, caller = clinic.service) => caller.put(`${clinic.path}/settings/mrn`, body);

describe("UpdateMRNSettings", () => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])("200 stores required %s, unique %s and answers them, in one round trip", async (required, unique) => {
    const { version } = await clinicVersion(clinic.clinicId);
    const answer = await replace({ required, unique });
    expect([answer.status, answer.body, answer.calls]).toEqual([200, { required, unique }, 1]);
    expect((await clinic.member.get(`${clinic.path}/settings/mrn`)).body).toEqual({ required, unique });
    expect(await audited(clinic.clinicId, "UpdateMRNSettings")).toHaveLength(1);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
  });

  test("200 leaves patients that break the rules as they are", async () => {
    await givenPatients(clinic, {}, {});
    await rows("UPDATE patients SET mrn = '7', mrn_key = '7' WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId);
    const before = await rows("SELECT * FROM patients");
    expect((await replace({ required: true, unique: true })).status).toBe(200);
    expect(await rows("SELECT * FROM patients")).toEqual(before);
  });

  test.each([undefined, {}, null, { required: true }, { unique: true }, { required: 1, unique: true }])(
    "400 on %j stores nothing",
    async (body) => {
      expect((await unchanging(() => replace(body))).status).toBe(400);
    },
  );

  test("403 comes before 400: it is for services only", async () => {
    expect((await replace({}, clinic.admin)).status).toBe(403);
  });

  test("404 for a clinic that is not there", async () => {
    const body = { required: true, unique: true };
    const answer = await unchanging(() => clinic.service.put(`/v1/clinics/${UNKNOWN_ID}/settings/mrn`, body));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });
});
