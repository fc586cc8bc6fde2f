import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, newUserId } from "../../../../test/harness.ts";
import { givenMigration } from "../../../../test/legacy-accounts.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
  await givenMigration(clinic.clinicId, clinic.admin.id);
});

describe("GetMigration", () => {
  test("200 for any member, in one round trip", async () => {
    const answer = await clinic.member.get(`${clinic.path}/migrations/${clinic.admin.id}`);
    expect([answer.status, answer.calls, answer.body.status]).toEqual([200, 1, "PENDING"]);
  });

  test("404 for a user without one, and through another clinic", async () => {
    const none = await clinic.member.get(`${clinic.path}/migrations/${newUserId()}`);
    expect([none.status, none.body.message]).toEqual([404, "migration not found"]);
    const other = await givenClinic();
    expect((await other.member.get(`${other.path}/migrations/${clinic.admin.id}`)).status).toBe(404);
  });

  test("400 for an id that is none, 403 for an outsider", async () => {
    expect((await clinic.service.get(`${clinic.path}/migrations/x`)).status).toBe(400);
    expect((await clinic.outsider.get(`${clinic.path}/migrations/x`)).status).toBe(403);
  });
});
