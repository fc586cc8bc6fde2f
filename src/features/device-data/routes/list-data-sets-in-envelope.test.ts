import { beforeEach, describe, expect, test } from "vitest";
import { fault, notAuthorized, openSet, upload } from "../../../../test/device-data.ts";
import { type Caller, person } from "../../../../test/harness.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const list = (query = "", caller = owner) => caller.get(`/v1/users/${owner.id}/datasets${query}`);

describe("ListDataSetsInEnvelope", () => {
  test("200 with the same sets as the newer list, in an envelope", async () => {
    await upload(owner, []);
    await openSet(owner, owner.id, { dataSetType: "continuous" });
    await openSet(owner, owner.id);
    const { body: sets } = await owner.get(`/v1/users/${owner.id}/data_sets`);
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: sets,
      meta: { trace: { request: answer.headers.get("x-tidepool-trace-request") } },
    });
    expect(sets).toHaveLength(2);
  });

  test("200 with deleted ones, and in pages", async () => {
    const [one, two] = [await upload(owner, []), await upload(owner, [])];
    await owner.delete(`/v1/data_sets/${one}`);
    const idsOf = async (query: string) => (await list(query)).body.data.map(({ id }: { id: string }) => id);
    expect(await idsOf("")).toEqual([two]);
    expect(await idsOf("?deleted=true")).toEqual([two, one]);
    expect(await idsOf("?deleted=true&size=1&page=1")).toEqual([one]);
  });

  test.each(["client.name=org.a", "deviceId=A", "unknown=1"])("400 for ?%s, which it does not know", async (query) => {
    const answer = await list(`?${query}`);
    const source = { parameter: query.split("=")[0] };
    expect([answer.status, answer.body]).toEqual([400, fault("not-parsed", "not parsed", "not parsed", source)]);
  });

  test("403 before 400, in an envelope", async () => {
    const answer = await list("?unknown=1", await person());
    expect([answer.status, answer.body]).toEqual([403, notAuthorized]);
  });
});
