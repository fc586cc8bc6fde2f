import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, newUserId, statuses } from "../../../../test/harness.ts";
import { givenMigration } from "../../../../test/legacy-accounts.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
  await givenMigration(clinic.clinicId, clinic.admin.id);
});
const update = (status: unknown, userId = clinic.admin.id) =>
  clinic.service.patch(`${clinic.path}/migrations/${userId}`, { status });

describe("UpdateMigration", () => {
  test("200 one step on, or where it is", async () => {
    for (const status of ["PENDING", "RUNNING", "RUNNING", "COMPLETED", "COMPLETED"]) {
      const answer = await update(status);
      expect([answer.status, answer.body.status]).toEqual([200, status]);
    }
  });

  test("409 back, or two steps on", async () => {
    const skip = await update("COMPLETED");
    expect([skip.status, skip.body.message]).toEqual([
      409,
      "conflict: a migration that is PENDING can't become COMPLETED",
    ]);
    await update("RUNNING");
    expect((await update("PENDING")).status).toBe(409);
  });

  test("404 for a user without one, 400 for a status that is none", async () => {
    expect((await update("RUNNING", newUserId())).status).toBe(404);
    expect((await update("running")).status).toBe(400);
  });

  test("of eight racers who complete it one moves it on, the rest find it there", async () => {
    await update("RUNNING");
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => update("COMPLETED"))))).toEqual(
      Array(8).fill(200),
    );
  });
});
