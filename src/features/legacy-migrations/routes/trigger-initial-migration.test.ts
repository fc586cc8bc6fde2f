import { beforeEach, describe, expect, test } from "vitest";
import { changeAccount, removeAccount } from "../../../../test/accounts.ts";
import {
  type Caller,
  countRows,
  everythingStored,
  newUserId,
  rows,
  service,
  statuses,
} from "../../../../test/harness.ts";
import { COMPLETE_PROFILE, givenLegacyAccount } from "../../../../test/legacy-accounts.ts";

let backend: Caller;
let legacy: Caller;
let path: string;
let clinicId: string;
beforeEach(async () => {
  backend = await service();
  legacy = await givenLegacyAccount();
  clinicId = (await backend.post(`/v1/clinicians/${legacy.id}/migrate`)).body.id;
  path = `/v1/clinics/${clinicId}`;
});
const complete = () => legacy.put(path, COMPLETE_PROFILE);
const trigger = (caller = legacy, headers?: Record<string, string>) =>
  caller.post(`${path}/migrate`, undefined, headers);

describe("TriggerInitialMigration", () => {
  test("200 starts the migration and marks the clinic, in two round trips; the job is in the outbox", async () => {
    await complete();
    expect((await legacy.get(path)).body.canMigrate).toBe(true);
    const answer = await trigger();
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toMatchObject({ userId: legacy.id, status: "PENDING" });
    expect((await legacy.get(path)).body.canMigrate).toBe(false);
    expect(
      await rows(
        "SELECT kind, clinic_id, recipient_user_id FROM outbox WHERE kind = 'run_migration' AND recipient_user_id = ?",
        legacy.id,
      ),
    ).toEqual([{ kind: "run_migration", clinic_id: clinicId, recipient_user_id: legacy.id }]);
  });

  test("422 for an incomplete profile, and for a clinic that is migrated; nothing changes", async () => {
    const before = await everythingStored();
    const incomplete = await trigger();
    expect([incomplete.status, incomplete.body.message]).toEqual([
      422,
      "constraint violation: incomplete clinic profile",
    ]);
    expect(await everythingStored()).toBe(before);
    await complete();
    await trigger();
    const again = await trigger();
    expect([again.status, again.body.message]).toEqual([422, "constraint violation: clinic is already migrated"]);
  });

  test("422 with a second admin, 422 when the account has lost its legacy role, 404 when it is gone", async () => {
    await complete();
    await changeAccount(legacy.id, { roles: [] });
    expect((await trigger()).body.message).toBe(`constraint violation: user ${legacy.id} is not clinician`);
    await removeAccount(legacy.id);
    expect((await trigger()).status).toBe(404);
    await rows(
      `INSERT INTO clinicians (id, clinic_id, user_id, email, roles, is_service_account, search_key, created_at, updated_at)
       VALUES ('0123456789abcdef01234567', ?, ?, NULL, '["CLINIC_ADMIN"]', 0, '', 0, 0)`,
      clinicId,
      newUserId(),
    );
    expect((await trigger()).status).toBe(422);
  });

  test("409 when the account has a migration anywhere", async () => {
    await complete();
    await rows(
      "INSERT INTO migrations (user_id, clinic_id, status, created_at, updated_at) VALUES (?, 'elsewhere', 'COMPLETED', 0, 0)",
      legacy.id,
    );
    const answer = await trigger();
    expect([answer.status, answer.body.message]).toEqual([409, "migration duplicate"]);
    expect(await rows("SELECT is_migrated FROM clinics WHERE id = ?", clinicId)).toEqual([{ is_migrated: 0 }]);
  });

  test("403 for a service", async () => {
    expect((await trigger(backend)).status).toBe(403);
  });

  test("of eight racers one starts it, the rest get 422", async () => {
    await complete();
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => trigger())))).toEqual([
      200,
      ...Array(7).fill(422),
    ]);
    expect(await countRows("outbox WHERE kind = 'run_migration' AND recipient_user_id = ?", legacy.id)).toBe(1);
  });

  test("a repeat with the same Idempotency-Key gets the first answer", async () => {
    await complete();
    const first = await trigger(legacy, { "idempotency-key": "m-1" });
    expect((await trigger(legacy, { "idempotency-key": "m-1" })).text).toBe(first.text);
  });
});
