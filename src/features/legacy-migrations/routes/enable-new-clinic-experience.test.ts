import { beforeAll, describe, expect, test } from "vitest";
import { type Caller, countRows, givenAccount, newUserId, rows, service, statuses } from "../../../../test/harness.ts";
import { givenLegacyAccount } from "../../../../test/legacy-accounts.ts";

let backend: Caller;
beforeAll(async () => {
  backend = await service();
});
const enable = (userId: string, caller = backend, headers?: Record<string, string>) =>
  caller.post(`/v1/clinicians/${userId}/migrate`, undefined, headers);

describe("EnableNewClinicExperience", () => {
  test("200 makes a nameless clinic that is not migrated, with the account as admin, no demo patient and no mail", async () => {
    const legacy = await givenLegacyAccount();
    const answer = await enable(legacy.id);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toMatchObject({ name: "", canMigrate: false, preferredBgUnits: "mg/dL", tier: "tier0100" });
    const { id } = answer.body;
    expect(await rows("SELECT is_migrated, hard_limit_plan, patient_total FROM clinics WHERE id = ?", id)).toEqual([
      { is_migrated: 0, hard_limit_plan: 250, patient_total: 0 },
    ]);
    expect(await rows("SELECT user_id, roles FROM clinicians WHERE clinic_id = ?", id)).toEqual([
      { user_id: legacy.id, roles: '["CLINIC_ADMIN"]' },
    ]);
    expect(await countRows("outbox WHERE clinic_id = ?", id)).toBe(0);
  });

  test("200 gives an account its waiting clinic again, also to eight who ask at once", async () => {
    const legacy = await givenLegacyAccount();
    const racers = await Promise.all(Array.from({ length: 8 }, () => enable(legacy.id)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map((racer) => racer.body.id)).size).toBe(1);
    expect((await enable(legacy.id)).body.id).toBe(racers[0]!.body.id);
  });

  test("404 for a user nobody knows, 422 for one who is no legacy clinic, 403 for the account itself", async () => {
    const unknown = await enable(newUserId());
    expect([unknown.status, unknown.body.message]).toEqual([404, "not found"]);
    const plain = await givenAccount();
    const answer = await enable(plain.id);
    expect([answer.status, answer.body.message]).toEqual([
      422,
      `constraint violation: user ${plain.id} is not clinician`,
    ]);
    const legacy = await givenLegacyAccount();
    expect((await enable(legacy.id, legacy)).status).toBe(403);
  });
});
