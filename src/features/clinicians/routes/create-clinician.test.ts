import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  rows,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const create = (body: unknown, headers?: Record<string, string>) =>
  clinic.service.post(`${clinic.path}/clinicians`, body, headers);
const newcomer = (fields: Record<string, unknown> = {}) => {
  const id = newUserId();
  return { id, email: `${id}@new.test`, name: "New Comer", roles: ["CLINIC_MEMBER"], ...fields };
};

describe("CreateClinician", () => {
  test("200 adds a member with a lower-case address, one audit row, in one round trip", async () => {
    const body = newcomer({ email: "New.Comer@Example.TEST", roles: ["CLINIC_ADMIN", "PRESCRIBER"] });
    const answer = await create(body);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: body.id,
      email: "new.comer@example.test",
      name: "New Comer",
      roles: ["CLINIC_ADMIN", "PRESCRIBER"],
      createdTime: expect.any(String),
      updatedTime: answer.body.createdTime,
    });
    expect(answer.calls).toBe(1);
    expect(await countRows("audit_log WHERE request_id = ?", answer.headers.get("x-request-id"))).toBe(1);
    expect((await clinic.service.get(`${clinic.path}/clinicians/${body.id}`)).body).toEqual(answer.body);
  });

  test("200 adds an invitation, which no user id finds", async () => {
    const answer = await create({ inviteId: "key-1", email: "invited@new.test", roles: ["CLINIC_MEMBER"] });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ inviteId: "key-1", email: "invited@new.test" });
    expect(answer.body).not.toHaveProperty("id");
  });

  test("200 touches the clinic", async () => {
    const [before] = await rows<{ version: number }>("SELECT version FROM clinics WHERE id = ?", clinic.clinicId);
    await create(newcomer());
    const [after] = await rows<{ version: number }>("SELECT version FROM clinics WHERE id = ?", clinic.clinicId);
    expect(after!.version).toBe(before!.version + 1);
  });

  test("200 in a clinic that has no admin left: only whoever is an admin can be the last one", async () => {
    await rows("UPDATE clinicians SET roles = '[\"CLINIC_MEMBER\"]' WHERE clinic_id = ? RETURNING id", clinic.clinicId);
    expect((await create(newcomer())).status).toBe(200);
  });

  test.each([
    [{ roles: [] }, "/roles"],
    [{ roles: ["OWNER"] }, "/roles/0"],
    [{ roles: ["PRESCRIBER", "PRESCRIBER"] }, "/roles"],
    [{ roles: undefined }, "/roles"],
    [{ email: undefined }, "/email"],
    [{ email: "" }, "/email"],
    [{ email: "nobody" }, "/email"],
    [{ name: "" }, "/name"],
    [{ id: "ABCDEF0123" }, "/id"],
  ])("400 with %j names %s and stores nothing", async (fields, pointer) => {
    const before = await everythingStored();
    const answer = await create(newcomer(fields));
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(`Error at "${pointer}"`);
    expect(await everythingStored()).toBe(before);
  });

  test.each([[{ id: undefined }], [{ inviteId: "key" }]])(
    "400 with %j: a record is a member's or an invitation",
    async (fields) => {
      expect((await create(newcomer(fields))).status).toBe(400);
    },
  );

  test("404 for a clinic that is not there", async () => {
    const answer = await clinic.service.post(`/v1/clinics/${UNKNOWN_ID}/clinicians`, newcomer());
    expect(answer.status).toBe(404);
    expect(answer.body.message).toBe("clinic not found");
  });

  test("422 in a clinic that is not migrated, before a duplicate is noticed, and nothing is stored", async () => {
    await unmigrate(clinic.clinicId);
    const before = await everythingStored();
    const answer = await create(newcomer({ id: clinic.member.id }));
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe("constraint violation: clinic is not migrated");
    expect(await everythingStored()).toBe(before);
  });

  test("409 for a user, an invitation or an address the clinic has, and nothing is stored", async () => {
    const member = newcomer();
    await create(member);
    await create({ inviteId: "key-2", email: "second@new.test", roles: ["CLINIC_MEMBER"] });
    const before = await everythingStored();
    for (const body of [
      newcomer({ id: member.id }),
      newcomer({ email: member.email.toUpperCase() }),
      newcomer({ email: "second@new.test" }),
      { inviteId: "key-2", email: "third@new.test", roles: ["CLINIC_MEMBER"] },
    ]) {
      const answer = await create(body);
      expect(answer.status).toBe(409);
      expect(answer.body.message).toBe("duplicate: clinician is already a member of the clinic");
    }
    expect(await everythingStored()).toBe(before);
  });

  test("200 for the same user in another clinic", async () => {
    const other = await givenClinic();
    const body = newcomer();
    expect((await create(body)).status).toBe(200);
    expect((await other.service.post(`${other.path}/clinicians`, body)).status).toBe(200);
  });

  test("of eight who add one user at once one succeeds, the rest get 409", async () => {
    const id = newUserId();
    const racers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => create(newcomer({ id, email: `${i}@r.test` }))),
    );
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(await countRows("clinicians WHERE clinic_id = ? AND user_id = ?", clinic.clinicId, id)).toBe(1);
  });

  test("of eight users with one address one is added, the rest get 409", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => create(newcomer({ email: "One@R.test" }))));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(await countRows("clinicians WHERE clinic_id = ? AND email = 'one@r.test'", clinic.clinicId)).toBe(1);
  });

  test("200 again with the Idempotency-Key, also for eight at once, and one record", async () => {
    const body = newcomer();
    const key = { "idempotency-key": newUserId() };
    const racers = await Promise.all(Array.from({ length: 8 }, () => create(body, key)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map((racer) => racer.text)).size).toBe(1);
    expect(racers.filter((racer) => racer.headers.get("idempotent-replayed") === "true")).toHaveLength(7);
    expect(await countRows("clinicians WHERE user_id = ?", body.id)).toBe(1);
  });
});
