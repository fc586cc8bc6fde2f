import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, newUserId, rows, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});

describe("GetClinician", () => {
  test("200 shows any member to any member in one round trip, with at most 20 rows read", async () => {
    const answer = await clinic.member.get(`${clinic.path}/clinicians/${clinic.prescriber.id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: clinic.prescriber.id,
      email: `${clinic.prescriber.id}@people.test`,
      name: `Clinician ${clinic.prescriber.id}`,
      roles: ["PRESCRIBER"],
      createdTime: expect.any(String),
      updatedTime: expect.any(String),
    });
    expect(answer.calls).toBe(1);
    expect(answer.rowsRead).toBeLessThanOrEqual(20);
  });

  test("200 reads at most 20 rows in a clinic of a thousand clinicians", async () => {
    const big = await givenClinic();
    await rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       INSERT INTO clinicians (id, clinic_id, user_id, email, roles, is_service_account, search_key, created_at, updated_at)
       SELECT printf('%024x', i), ?, printf('%010x', i), printf('%d@many.test', i), '["CLINIC_MEMBER"]', 0, '', i, i FROM n
       RETURNING id`,
      big.clinicId,
    );
    const answer = await big.admin.get(`${big.path}/clinicians/${big.member.id}`);
    expect(answer.status).toBe(200);
    expect(answer.rowsRead).toBeLessThanOrEqual(20);
  });

  test("404 for a user who is no member, and for a clinic that is not there", async () => {
    for (const path of [
      `${clinic.path}/clinicians/${newUserId()}`,
      `/v1/clinics/${UNKNOWN_ID}/clinicians/${newUserId()}`,
    ]) {
      const answer = await clinic.service.get(path);
      expect(answer.status).toBe(404);
      expect(answer.body.message).toBe("clinician not found");
    }
  });

  test("400 when an invitation's id stands where a user id belongs", async () => {
    expect((await clinic.service.get(`${clinic.path}/clinicians/key-1`)).status).toBe(400);
  });

  test("403 for the person themself when they are no member", async () => {
    expect((await clinic.outsider.get(`${clinic.path}/clinicians/${clinic.outsider.id}`)).status).toBe(403);
  });
});
