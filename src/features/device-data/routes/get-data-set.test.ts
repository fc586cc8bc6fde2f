import { beforeEach, describe, expect, test } from "vitest";
import { fault, NO_SET, openSet } from "../../../../test/device-data.ts";
import { type Caller, givenClinic, person, send } from "../../../../test/harness.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const get = (setId: string, caller = owner) => caller.get(`/v1/data_sets/${setId}`);

describe("GetDataSet", () => {
  test("200 with the set as it was opened, in one round trip, be it open, closed or deleted", async () => {
    const { body } = await owner.post(`/v1/users/${owner.id}/data_sets`, {
      deviceId: "A-1",
      client: { name: "org.a" },
    });
    const { id } = body.data;
    const open = await get(id);
    expect([open.status, open.body, open.calls]).toEqual([200, body.data, 1]);
    await owner.put(`/v1/data_sets/${id}`, {});
    expect((await get(id)).body.state).toBe("closed");
    await owner.delete(`/v1/data_sets/${id}`);
    expect((await get(id)).body).toMatchObject({ id, deletedTime: expect.any(String) });
  });

  test("200 hides what is only stored", async () => {
    const { body } = await get(await openSet(owner, owner.id));
    expect(
      Object.keys(body).filter((name) => name.startsWith("_") || name === "provenance" || name === "revision"),
    ).toEqual([]);
  });

  test("404 before 403, naming the set as it was asked for", async () => {
    for (const caller of [owner, await person(), (await givenClinic()).service]) {
      const answer = await get(NO_SET, caller);
      expect([answer.status, answer.body]).toEqual([
        404,
        fault("resource-not-found", "resource not found", `resource with id "${NO_SET}" not found`),
      ]);
    }
  });

  test("404 does not tell back what is no id", async () => {
    const answer = await get(encodeURIComponent('<img src="x">'));
    expect([answer.status, answer.body.code]).toEqual([404, "resource-not-found"]);
    expect(answer.text).not.toContain("img");
  });

  test("403 for a stranger, as it is", async () => {
    const answer = await get(await openSet(owner, owner.id), await person());
    expect([answer.status, answer.body]).toEqual([
      403,
      fault(
        "unauthorized",
        "authentication token is not authorized for requested action",
        "authentication token is not authorized for requested action",
      ),
    ]);
  });

  test("401 before 404 without a token", async () => {
    const answer = await send("GET", `/v1/data_sets/${NO_SET}`);
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
  });
});
