import { beforeEach, describe, expect, test } from "vitest";
import {
  add,
  cbg,
  dataOf,
  expectRefusalsInOrder,
  malformedJson,
  openSet,
  openSetOf,
  prime,
  remove,
  settle,
  withOrigin,
} from "../../../../test/device-data.ts";
import { type Caller, newUserId, person, statuses } from "../../../../test/harness.ts";
import { identityHash } from "../model/identity.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const continuous = { dataSetType: "continuous" };
const volumes = async () => (await dataOf(owner, owner.id)).map(({ volume }) => volume).toSorted((a, b) => a - b);
const idOf = (digit: string) => digit.repeat(32);
const selected = (selector: object, values: object = {}) => [{ ...selector, ...values }];

describe("RemoveData", () => {
  test("200 removes the data with the ids, in one round trip; times are not looked at, and what is not there is no error", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    await add(
      owner,
      setId,
      ["1", "2", "3"].map((digit) => prime({ id: idOf(digit), volume: Number(digit) })),
    );
    const answer = await remove(owner, setId, [
      { id: idOf("1"), time: "1999-01-01T00:00:00Z" },
      { id: idOf("3") },
      { id: idOf("9") },
    ]);
    expect([answer.status, answer.body, answer.calls]).toEqual([
      200,
      { data: [], meta: { trace: { request: answer.headers.get("x-tidepool-trace-request") } } },
      1,
    ]);
    expect(await volumes()).toEqual([2]);
  });

  test("200 removes all data with an id of origin", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    await add(owner, setId, [
      withOrigin("a", { volume: 1 }),
      withOrigin("a", { volume: 2 }),
      withOrigin("b", { volume: 3 }),
    ]);
    expect((await remove(owner, setId, selected({ origin: { id: "a", time: "2024-05-01T20:15:30Z" } }))).status).toBe(
      200,
    );
    expect(await volumes()).toEqual([3]);
  });

  test("200 removes the data with a hash of their identity", async () => {
    const setId = await openSetOf(owner, "drop", continuous);
    await add(owner, setId, [prime({ volume: 1 }), prime({ volume: 2, primeTarget: "tubing" })]);
    const text = `${owner.id}|${setId}|2024-05-01T20:15:30Z|deviceEvent|prime|cannula`;
    const hash = await identityHash(text);
    expect((await remove(owner, setId, [{ deduplicator: { hash } }])).status).toBe(200);
    expect(await volumes()).toEqual([2]);
  });

  test("200 leaves data of other sets, and of other people, alone", async () => {
    const [one, two] = [await openSet(owner, owner.id, continuous), await openSet(owner, owner.id, continuous)];
    await add(owner, one, [withOrigin("a", { volume: 1, id: idOf("1") })]);
    await add(owner, two, [withOrigin("a", { volume: 2, id: idOf("2") })]);
    await remove(owner, one, selected({ origin: { id: "a" } }));
    expect(await volumes()).toEqual([2]);
    await remove(owner, one, selected({ id: idOf("2") }));
    expect(await volumes()).toEqual([2]);
  });

  test.each(["origin", "older"] as const)("200 hides them where origins tell data apart: %s", async (deduplicator) => {
    const setId = await openSetOf(owner, deduplicator, continuous);
    await add(owner, setId, [withOrigin("a", { volume: 1, id: idOf("1") })]);
    await remove(owner, setId, selected({ origin: { id: "a" } }));
    expect(await volumes()).toEqual([]);
    // It is still there: its id is taken.
    expect((await owner.post(`/v1/data_sets/${setId}/data`, [prime({ id: idOf("1") })])).status).toBe(400);
  });

  test("200 removes data of an open normal set, which nobody sees yet", async () => {
    const setId = await openSet(owner, owner.id);
    await add(owner, setId, [prime({ id: idOf("1"), volume: 1 }), prime({ volume: 2 })]);
    await remove(owner, setId, selected({ id: idOf("1") }));
    await owner.put(`/v1/data_sets/${setId}`, {});
    expect(await volumes()).toEqual([2]);
  });

  test("200 makes summaries outdated", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    const now = Date.now();
    await add(owner, setId, [cbg(now - 60_000, 5, { id: idOf("1") }), cbg(now - 900_000, 7)]);
    await settle(owner.id);
    const summary = async () => (await owner.get(`/v1/summaries/cgm/${owner.id}`)).body;
    expect((await summary()).periods["1d"].total.records).toBe(2);
    await remove(owner, setId, selected({ id: idOf("1") }));
    expect((await summary()).dates).toMatchObject({ outdatedReason: ["DATA_DELETED"] });
    await settle(owner.id);
    expect((await summary()).periods["1d"].total.records).toBe(1);
    expect((await summary()).dates).toMatchObject({ lastUpdatedReason: ["DATA_DELETED"], outdatedReason: [] });
  });
});

describe("a refusal", () => {
  test("404, 403, 409, then what is wrong with the selectors", async () => {
    for (const body of ["{", "{}", [], [{}]]) {
      await expectRefusalsInOrder((caller, setId) => remove(caller, setId, body));
    }
  });

  test.each(["", "{", "[1,]", "{}", "7", "null"])("400 for what is no list: %j", async (text) => {
    const answer = await remove(owner, await openSet(owner, owner.id), text);
    expect([answer.status, answer.body]).toEqual([400, malformedJson]);
  });

  test.each([
    ["no selector", [], ["value-empty", ""]],
    ["an empty one", [{}], ["values-not-exist-for-one", "/0"]],
    ["one that is no object", [7], ["type-not-object", "/0"]],
    ["an unknown member", [{ id: idOf("1"), type: "cbg" }], ["not-parsed", "/0/type"]],
    ["an id that is none", [{ id: "X" }], ["value-not-valid", "/0/id"]],
    ["an origin without an id", [{ origin: {} }], ["value-not-exists", "/0/origin/id"]],
    ["a hash without a hash", [{ deduplicator: {} }], ["value-not-exists", "/0/deduplicator/hash"]],
    [
      "an id of origin that is too long",
      [{ origin: { id: "x".repeat(101) } }],
      ["length-out-of-range", "/0/origin/id"],
    ],
    [
      "a hash that is too long",
      [{ deduplicator: { hash: "x".repeat(1001) } }],
      ["length-out-of-range", "/0/deduplicator/hash"],
    ],
    ["two kinds in one", [{ id: idOf("1"), origin: { id: "a" } }], ["value-exists", "/0/origin"]],
    ["two kinds in a request", [{ id: idOf("1") }, { origin: { id: "a" } }], ["value-not-exists", "/1/id"]],
  ])("400 for %s, and nothing is removed", async (_, body, [code, pointer]) => {
    const setId = await openSet(owner, owner.id, continuous);
    await add(owner, setId, [withOrigin("a", { id: idOf("1"), volume: 1 })]);
    const answer = await remove(owner, setId, body);
    expect(answer.status).toBe(400);
    const told = answer.body.errors?.[0] ?? answer.body;
    expect([told.code, told.source?.pointer]).toEqual([code, pointer]);
    expect(await volumes()).toEqual([1]);
  });

  test("400 for more selectors than data in a request", async () => {
    const setId = await openSet(owner, owner.id);
    const answer = await remove(
      owner,
      setId,
      Array.from({ length: 1001 }, () => ({ id: idOf("1") })),
    );
    expect([answer.status, answer.body.code]).toEqual([400, "length-out-of-range"]);
  });
});

describe("a repeat", () => {
  test("finds nothing to remove; with an Idempotency-Key it spares what came after", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    const headers = { "idempotency-key": newUserId() };
    const removing = () => owner.send("DELETE", `/v1/data_sets/${setId}/data`, [{ origin: { id: "a" } }], headers);
    await add(owner, setId, [withOrigin("a", { volume: 1 })]);
    expect((await removing()).status).toBe(200);
    await add(owner, setId, [withOrigin("a", { volume: 2 })]);
    expect((await removing()).status).toBe(200);
    expect(await volumes()).toEqual([2]);
    expect((await remove(owner, setId, selected({ origin: { id: "a" } }))).status).toBe(200);
    expect(await volumes()).toEqual([]);
  });

  test("of eight at once all are done", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    await add(owner, setId, [withOrigin("a")]);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => remove(owner, setId, selected({ origin: { id: "a" } }))),
    );
    expect(statuses(answers)).toEqual(Array(8).fill(200));
    expect(await volumes()).toEqual([]);
  });
});
