import { describe, expect, test } from "vitest";
import { newUserId, rows } from "../harness.ts";
import { sandboxed } from "./served.ts";

const make = (body: unknown, type = "application/json") =>
  sandboxed("/sandbox/legacy-accounts", {
    method: "POST",
    headers: { "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const account = (id: string) => rows("SELECT email, name, roles, is_custodial FROM users WHERE id = ?", id);
const sharing = (id: string) =>
  rows<{ id: string }>("SELECT from_user_id AS id FROM account_shares WHERE to_user_id = ? ORDER BY 1", id);

describe("legacy clinic accounts", () => {
  test("204 makes one that the service takes for such, with people who share their data with it", async () => {
    const userId = newUserId();
    expect((await make({ userId, email: `${userId}@s.example`, name: "Old Town" })).status).toBe(204);
    expect(await account(userId)).toEqual([
      { email: `${userId}@s.example`, name: "Old Town", roles: '["clinic"]', is_custodial: 0 },
    ]);
    const shares = await sharing(userId);
    expect(shares).toHaveLength(2);
    for (const { id } of shares) expect(await account(id)).toHaveLength(1);
  });

  test("204 again changes nothing else: the same people share", async () => {
    const userId = newUserId();
    await make({ userId });
    const before = await sharing(userId);
    expect((await make({ userId })).status).toBe(204);
    expect(await sharing(userId)).toEqual(before);
  });

  test("409 for an address that somebody else has", async () => {
    const [one, two] = [newUserId(), newUserId()];
    await make({ userId: one, email: `${one}@s.example` });
    const refused = await make({ userId: two, email: `${one}@s.example` });
    expect(refused.status).toBe(409);
    expect(await account(two)).toEqual([]);
  });

  test.each([null, "", "{", "[]", {}, { userId: "x" }, { userId: "5a5a5a5a5a", email: "nobody" }])(
    "400 for %j, and makes nothing",
    async (body) => {
      const [before] = await rows("SELECT count(*) AS n FROM users");
      expect((await make(body === null ? "null" : body)).status).toBe(400);
      expect(await rows("SELECT count(*) AS n FROM users")).toEqual([before]);
    },
  );

  test("415 for what a page elsewhere could send", async () => {
    expect((await make({ userId: newUserId() }, "text/plain")).status).toBe(415);
  });

  test("the sign-in makes one where it is asked to", async () => {
    const userId = newUserId();
    const fields = { who: "other", userId, email: `${userId}@s.example`, name: "Old Town", legacy: "on" };
    const answer = await sandboxed("/sandbox/login", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields).toString(),
    });
    expect(answer.status).toBe(200);
    expect(await account(userId)).toMatchObject([{ roles: '["clinic"]' }]);
  });
});
