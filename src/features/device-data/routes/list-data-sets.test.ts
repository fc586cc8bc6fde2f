import { beforeEach, describe, expect, test } from "vitest";
import { fault, openSet, prime, upload } from "../../../../test/device-data.ts";
import { type Caller, givenClinic, givenPatient, person } from "../../../../test/harness.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const list = (query = "", caller = owner) => caller.get(`/v1/users/${owner.id}/data_sets${query}`);
const idsOf = async (query = "") => {
  const { status, body } = await list(query);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.map(({ id }: { id: string }) => id);
};

describe("ListDataSets", () => {
  test("200 with closed and continuous sets, newest first, and not with open normal ones", async () => {
    const closed = await upload(owner, [prime()]);
    const continuous = await openSet(owner, owner.id, { dataSetType: "continuous" });
    const open = await openSet(owner, owner.id);
    const newest = await upload(owner, []);
    expect(await idsOf()).toEqual([newest, continuous, closed]);
    await owner.put(`/v1/data_sets/${open}`, {});
    expect(await idsOf()).toEqual([newest, open, continuous, closed]);
  });

  test("200 as a bare list of the sets as each is got", async () => {
    const setId = await upload(owner, [prime()], { deviceId: "A-1" });
    expect((await list()).body).toEqual([(await owner.get(`/v1/data_sets/${setId}`)).body]);
  });

  test("200 without sets", async () => {
    const answer = await list();
    expect([answer.status, answer.body, answer.calls]).toEqual([200, [], 0]);
  });

  test("200 for a clinician, in one round trip", async () => {
    const clinic = await givenClinic();
    const patient = await givenPatient(clinic);
    const answer = await clinic.prescriber.get(`/v1/users/${patient.id}/data_sets`);
    expect([answer.status, answer.body, answer.calls]).toEqual([200, [], 1]);
  });

  test("deleted sets are there where they are asked for", async () => {
    const [kept, gone, neverClosed] = [
      await upload(owner, []),
      await upload(owner, []),
      await openSet(owner, owner.id),
    ];
    for (const setId of [gone, neverClosed]) await owner.delete(`/v1/data_sets/${setId}`);
    expect(await idsOf()).toEqual([kept]);
    for (const no of ["0", "f", "F", "false", "FALSE", "False"]) expect(await idsOf(`?deleted=${no}`)).toEqual([kept]);
    for (const yes of ["1", "t", "T", "true", "TRUE", "True"]) {
      expect(await idsOf(`?deleted=${yes}`)).toEqual([neverClosed, gone, kept]);
    }
  });

  test("filters by the name of the client and by the device, exactly, and by both", async () => {
    const set = (name: string, deviceId: string) => ({ client: { name, version: "1" }, deviceId });
    const one = await upload(owner, [], set("org.a", "D-1"));
    const two = await upload(owner, [], set("org.a", "D-2"));
    const three = await upload(owner, [], set("org.b", "D-1"));
    await upload(owner, []);
    expect(await idsOf("?client.name=org.a")).toEqual([two, one]);
    expect(await idsOf("?deviceId=D-1")).toEqual([three, one]);
    expect(await idsOf("?client.name=org.b&deviceId=D-1")).toEqual([three]);
    expect(await idsOf("?client.name=org")).toEqual([]);
  });

  test("pages have 100 sets, or as many as are asked for", async () => {
    const all: string[] = [];
    for (let i = 0; i < 103; i++) all.unshift(await openSet(owner, owner.id, { dataSetType: "continuous" }));
    expect(await idsOf()).toEqual(all.slice(0, 100));
    expect(await idsOf("?page=1")).toEqual(all.slice(100));
    expect(await idsOf("?page=2")).toEqual([]);
    expect(await idsOf("?page=3&size=10")).toEqual(all.slice(30, 40));
    expect(await idsOf("?size=1000")).toEqual(all);
  });
});

describe("a refusal", () => {
  const between = (value: number, min: number, max: number) => `value ${value} is not between ${min} and ${max}`;
  const outOfRange = (detail: string) => ["value-out-of-range", "value is out of range", detail] as const;
  test.each([
    ["unknown=1", "unknown", ["not-parsed", "not parsed", "not parsed"]],
    ["Deleted=true", "Deleted", ["not-parsed", "not parsed", "not parsed"]],
    ["client.name=", "client.name", ["value-empty", "value is empty", "value is empty"]],
    ["deviceId=", "deviceId", ["value-empty", "value is empty", "value is empty"]],
    ["deleted=maybe", "deleted", ["type-not-bool", "type is not bool", "type is not bool, but string"]],
    ["page=-1", "page", outOfRange(between(-1, 0, Number.MAX_SAFE_INTEGER))],
    ["page=x", "page", ["type-not-int", "type is not int", "type is not int, but string"]],
    ["size=0", "size", outOfRange(between(0, 1, 1000))],
    ["size=1001", "size", outOfRange(between(1001, 1, 1000))],
    ["size=1.5", "size", ["type-not-int", "type is not int", "type is not int, but string"]],
  ] as const)("400 for ?%s, which names the parameter", async (query, parameter, [code, title, detail]) => {
    const answer = await list(`?${query}`);
    expect([answer.status, answer.body]).toEqual([400, fault(code, title, detail, { parameter })]);
  });

  test("400 in a list for several", async () => {
    const answer = await list("?size=0&deleted=maybe&other=1");
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ source }: any) => source.parameter).toSorted()).toEqual([
      "deleted",
      "other",
      "size",
    ]);
  });

  test("403 before 400, as it is", async () => {
    const title = "authentication token is not authorized for requested action";
    const answer = await list("?unknown=1", await person());
    expect([answer.status, answer.body]).toEqual([403, fault("unauthorized", title, title)]);
  });
});
