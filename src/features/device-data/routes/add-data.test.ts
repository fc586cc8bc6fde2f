import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import {
  add,
  cbg,
  close,
  dataOf,
  dataPath,
  DEDUPLICATOR,
  expectRefusalsInOrder,
  fault,
  malformedJson,
  objectOf,
  openSet,
  openSetOf,
  prime,
  settle,
  smbg,
  upload,
} from "../../../../test/device-data.ts";
import { type Caller, newUserId, person, statuses } from "../../../../test/harness.ts";

let owner: Caller;
let setId: string;
beforeEach(async () => {
  owner = await person();
  setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
});
const send = (data: unknown, headers?: Record<string, string>) => owner.post(dataPath(setId), data, headers);
const seen = () => dataOf(owner, owner.id);
const byText = (a: string, b: string) => (a < b ? -1 : 1);

describe("AddData", () => {
  test("200 with an empty list, in one round trip", async () => {
    const answer = await send([prime(), cbg(Date.now())]);
    expect([answer.status, answer.body, answer.calls]).toEqual([
      200,
      { data: [], meta: { trace: { request: answer.headers.get("x-tidepool-trace-request") } } },
      1,
    ]);
    expect(await seen()).toHaveLength(2);
  });

  test("200 at the older path as well", async () => {
    expect((await owner.post(`/v1/datasets/${setId}/data`, [prime()])).status).toBe(200);
    expect(await seen()).toHaveLength(1);
  });

  test.each([["[]"], ["[null]"], ["[null,null]"]])("200 for nothing to add: %s", async (text) => {
    expect((await send(text)).status).toBe(200);
    expect(await seen()).toEqual([]);
  });

  test("200 for a thousand data", async () => {
    const data = Array.from({ length: 1000 }, (_, i) => cbg(Date.now() - i * 300_000));
    expect((await send(data)).status).toBe(200);
    expect(await seen()).toHaveLength(1000);
  });

  test("200 keeps a valid id and guid, and makes others", async () => {
    const [id, guid] = ["a".repeat(32), "0f1e2d3c-4b5a-4978-8f6e-0f1e2d3c4b5a"];
    await send([prime({ id, guid, volume: 1 }), prime({ volume: 2 })]);
    const [given, made] = (await seen()).toSorted((a, b) => a.volume - b.volume);
    expect([given!.id, given!.guid]).toEqual([id, guid]);
    expect(made!.id).toMatch(/^[0-9a-f]{32}$/);
    expect(made!.guid).not.toBe(guid);
  });

  test("200 keeps an id of letters that are no hexadecimal digits", async () => {
    const id = "0123456789abcdefghijklmnopqrstuv";
    await send([prime({ id })]);
    expect((await seen()).map((it) => it.id)).toEqual([id]);
    expect((await send([prime({ id })])).status).toBe(400);
  });

  test("200 with glucose in mmol/L, tags in order, time in UTC and empty notes left out", async () => {
    await send([
      { ...smbg(0), time: "2024-05-01T13:15:30.1234-07:00", units: "mg/dl", value: 119, tags: ["b", "a"], notes: [] },
    ]);
    const [datum] = await seen();
    expect(datum).toMatchObject({
      units: "mmol/L",
      value: 6.60539,
      tags: ["a", "b"],
      time: "2024-05-01T20:15:30.123Z",
      uploadId: setId,
    });
    expect(datum).not.toHaveProperty("notes");
  });

  test("200 stores the same data twice where nothing tells them apart", async () => {
    await send([prime()]);
    await send([prime()]);
    expect(await seen()).toHaveLength(2);
  });

  test("200 keeps what clocks said: a device time that follows from the offsets, and one that does not", async () => {
    const clocks = { timezoneOffset: -420, conversionOffset: -31_622_400_000, clockDriftOffset: 7 };
    await send([
      prime({ ...clocks, deviceTime: "2023-05-01T13:15:30" }),
      prime({ ...clocks, deviceTime: "2020-01-01T00:00:00", primeTarget: "tubing" }),
      prime({ deviceTime: "2024-05-01T13:15:30", volume: 9 }),
    ]);
    const said = new Map((await seen()).map(({ deviceTime, ...it }) => [deviceTime, it]));
    expect([...said.keys()].toSorted(byText)).toEqual([
      "2020-01-01T00:00:00",
      "2023-05-01T13:15:30",
      "2024-05-01T13:15:30",
    ]);
    for (const deviceTime of ["2020-01-01T00:00:00", "2023-05-01T13:15:30"]) {
      expect(said.get(deviceTime)).toMatchObject(clocks);
    }
    for (const name of Object.keys(clocks)) expect(said.get("2024-05-01T13:15:30")).not.toHaveProperty(name);
  });
});

test("who sent data, by which client and from where, is kept beside them, and not what a caller says of it", async () => {
  owner = await person({ azp: "uploader-client" });
  setId = await openSet(owner, owner.id);
  await send([prime()], { "cf-connecting-ip": "192.0.2.7", "x-forwarded-for": "203.0.113.9" });
  const kept = await runInDurableObject(objectOf(owner.id), (_, { storage }) =>
    storage.sql
      .exec("SELECT text FROM provenances JOIN additions ON additions.provenance = provenances.key")
      .toArray()
      .map(({ text }) => JSON.parse(text as string) as unknown),
  );
  expect(kept).toEqual([{ clientID: "uploader-client", byUserID: owner.id, sourceIP: "192.0.2.7" }]);
});

describe("embedded data", () => {
  const status = {
    type: "deviceEvent",
    subType: "status",
    status: "suspended",
    reason: { suspended: "automatic" },
    time: prime().time,
  };
  const bolus = { type: "bolus", subType: "normal", normal: 2.5, time: prime().time };

  test("a bolus of a calculator is a datum of its own, to which the calculator refers", async () => {
    await send([{ type: "wizard", units: "mg/dL", bgInput: 180, carbInput: 40, time: prime().time, bolus }]);
    const data = await seen();
    const [wizard, inner] = ["wizard", "bolus"].map((type) => data.find((it) => it.type === type)!);
    expect(data).toHaveLength(2);
    expect(wizard).toMatchObject({ bolus: inner!.id, units: "mmol/L", bgInput: 9.99135 });
    expect(inner).toMatchObject({ subType: "normal", normal: 2.5, uploadId: setId });
  });

  test("an automated bolus is one as well", async () => {
    await send([{ type: "wizard", units: "mmol/L", time: prime().time, bolus: { ...bolus, subType: "automated" } }]);
    const data = await seen();
    expect(data.find(({ type }) => type === "wizard")!.bolus).toBe(data.find(({ type }) => type === "bolus")!.id);
  });

  test.each([
    ["alarm", { alarmType: "low_insulin" }],
    ["reservoirChange", {}],
  ])("so is the status of %s", async (subType, values) => {
    await send([{ type: "deviceEvent", subType, time: prime().time, ...values, status }]);
    const data = await seen();
    const [outer, inner] = [subType, "status"].map((name) => data.find((it) => it.subType === name)!);
    expect(outer!.status).toBe(inner!.id);
    expect(inner).toMatchObject({ status: "suspended", reason: { suspended: "automatic" } });
  });

  test("400 for an id in its place, and for errors inside, which name the outer datum", async () => {
    const wizard = { type: "wizard", units: "mmol/L", time: prime().time };
    const asId = await send([{ ...wizard, bolus: "a".repeat(32) }]);
    expect(asId.body).toEqual(
      fault(
        "type-not-object",
        "type is not object",
        "type is not object, but string",
        { pointer: "/0/bolus" },
        { type: "wizard" },
      ),
    );
    const alarm = { type: "deviceEvent", subType: "alarm", alarmType: "other", time: prime().time };
    const inside = await send([alarm, { ...alarm, status: { ...status, duration: -1 } }]);
    expect(inside.body).toEqual(
      fault(
        "value-out-of-range",
        "value is out of range",
        "value -1 is not greater than or equal to 0",
        { pointer: "/1/status/duration" },
        { type: "deviceEvent", subType: "alarm" },
      ),
    );
    expect(await seen()).toEqual([]);
  });
});

describe("a refusal", () => {
  test("404, 403, 409, then what is wrong with the data", async () => {
    for (const body of ["{", "", "{}", [{ type: "nothing" }], Array(1001).fill(null)]) {
      await expectRefusalsInOrder((caller, set) => caller.post(dataPath(set), body));
    }
  });

  test.each(["", "  ", "{", "[1,]", "undefined"])("400 for what is no JSON: %j", async (text) => {
    const answer = await send(text);
    expect([answer.status, answer.body]).toEqual([400, malformedJson]);
  });

  test.each(["{}", "7", "null", '"text"'])("400 for what is no list: %s", async (text) => {
    const answer = await send(text);
    expect([answer.status, answer.body]).toEqual([400, malformedJson]);
  });

  test("400 for JSON of too many levels", async () => {
    const answer = await send("[".repeat(100_000));
    expect([answer.status, answer.body]).toEqual([400, malformedJson]);
  });

  test("413 for 1,001 data, though they be right", async () => {
    const answer = await send(Array.from({ length: 1001 }, (_, i) => prime({ volume: i % 10 })));
    expect([answer.status, answer.body.errors[0]]).toMatchObject([413, { code: "resource-too-large", status: "413" }]);
    expect(await seen()).toEqual([]);
  });

  test("413 above 4 MiB, 200 at it", async () => {
    const [first, more] = [JSON.stringify([prime()]), 4 * 1024 * 1024];
    expect((await send(first + " ".repeat(more - first.length))).status).toBe(200);
    const answer = await send(first + " ".repeat(more + 1 - first.length));
    expect([answer.status, answer.body.errors[0].code]).toEqual([413, "resource-too-large"]);
    expect(await seen()).toHaveLength(1);
  });

  test("400 for an entry that is no object, and for types there are not, before what is wrong with members", async () => {
    const answer = await send([
      7,
      { type: "upload", time: "x" },
      { time: "x" },
      prime({ volume: 99 }),
      prime({ subType: "x" }),
    ]);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ code, source, meta }: any) => [code, source.pointer, meta])).toEqual([
      ["type-not-object", "/0", undefined],
      ["value-not-allowed", "/1/type", undefined],
      ["value-not-exists", "/2/type", undefined],
      ["value-not-allowed", "/4/subType", { type: "deviceEvent" }],
    ]);
  });

  test("400 for every datum that is wrong, in order, and nothing is stored", async () => {
    const answer = await send([prime(), prime({ volume: 99 }), { ...cbg(0), units: "kg" }, smbg(0, 99)]);
    expect(answer.body.errors.map(({ code, source }: any) => [code, source.pointer])).toEqual([
      ["value-out-of-range", "/1/volume"],
      ["value-not-allowed", "/2/units"],
      ["value-out-of-range", "/3/value"],
    ]);
    expect(await seen()).toEqual([]);
  });

  test("400 for an id that another datum of the person has, or one of the same request", async () => {
    const id = "b".repeat(32);
    await send([prime({ id })]);
    const duplicate = (pointer: string, meta: object) =>
      fault("value-duplicate", "value is a duplicate", "value is a duplicate", { pointer }, meta);
    const taken = await send([prime(), prime({ id })]);
    expect(taken.status).toBe(400);
    expect(taken.body).toMatchObject(duplicate("/1/id", { type: "deviceEvent" }));
    const twice = await send([prime({ id: "c".repeat(32) }), prime({ id: "c".repeat(32) })]);
    expect([twice.status, twice.body]).toMatchObject([400, duplicate("/1/id", { type: "deviceEvent" })]);
    expect(await seen()).toHaveLength(1);
  });

  test("200 for an id that a datum of another person has", async () => {
    const other = await person();
    const id = "d".repeat(32);
    await upload(other, [prime({ id })]);
    expect((await send([prime({ id })])).status).toBe(200);
  });

  test("400 without a device where identities are made of it", async () => {
    setId = await openSetOf(owner, "hash");
    const answer = await send([prime(), prime({ deviceId: undefined })]);
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { code: "value-not-exists", source: { pointer: "/1/deviceId" } },
    ]);
    await close(owner, setId);
    expect(await seen()).toEqual([]);
  });
});

describe("a repeat", () => {
  test("with an Idempotency-Key adds once, also when the set is closed meanwhile", async () => {
    const headers = { "idempotency-key": newUserId() };
    const first = await send([prime()], headers);
    await owner.put(`/v1/data_sets/${setId}`, { state: "closed" });
    const again = await send([prime()], headers);
    expect([first.status, again.status, again.body.data]).toEqual([200, 200, []]);
    expect(await seen()).toHaveLength(1);
  });

  test("422 for other data with the key, and they are not stored", async () => {
    const headers = { "idempotency-key": newUserId() };
    await send([prime()], headers);
    const answer = await send([prime({ volume: 7 })], headers);
    expect([answer.status, answer.body.errors[0].code]).toEqual([422, "idempotency-key-used"]);
    expect(await seen()).toHaveLength(1);
  });

  test("of eight at once with a key one adds", async () => {
    const headers = { "idempotency-key": newUserId() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => send([prime()], headers)));
    expect(statuses(answers)).toEqual(Array(8).fill(200));
    expect(await seen()).toHaveLength(1);
  });

  test("of eight at once with the id of one datum one adds, the others are told of it", async () => {
    const data = [prime({ id: "e".repeat(32) })];
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(data)));
    expect(statuses(answers)).toEqual([200, ...Array(7).fill(400)]);
    for (const { status, body } of answers) if (status === 400) expect(body.code).toBe("value-duplicate");
    expect(await seen()).toHaveLength(1);
  });

  test("of eight adding at once, all are there", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => send([prime({ volume: i })])));
    expect(statuses(answers)).toEqual(Array(8).fill(200));
    expect((await seen()).map(({ volume }) => volume).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("what is outdated by it", () => {
  const outdated = async () => {
    await settle(owner.id);
    return Promise.all(
      ["cgm", "bgm", "con"].map(
        async (kind) => (await owner.get(`/v1/summaries/${kind}/${owner.id}`)).body.dates?.lastUpdatedReason,
      ),
    );
  };

  test.each([
    ["cbg", () => cbg(Date.now() - 60_000), [["DATA_ADDED"], undefined, ["DATA_ADDED"]]],
    ["smbg", () => smbg(Date.now() - 60_000), [undefined, ["DATA_ADDED"], ["DATA_ADDED"]]],
    ["a prime", () => prime({ time: new Date().toISOString() }), [undefined, undefined, undefined]],
    ["a cbg of long ago", () => cbg(Date.now() - 3 * 366 * 86_400_000), [undefined, undefined, undefined]],
    ["a cbg of the day after tomorrow", () => cbg(Date.now() + 2 * 86_400_000), [undefined, undefined, undefined]],
  ])("in a continuous set: %s", async (_, datum, reasons) => {
    await add(owner, setId, [datum()]);
    expect(await outdated()).toEqual(reasons);
  });

  test("in an open normal set: nothing, until it is closed", async () => {
    const normal = await openSet(owner, owner.id);
    await add(owner, normal, [cbg(Date.now() - 60_000)]);
    expect(await outdated()).toEqual([undefined, undefined, undefined]);
    await close(owner, normal);
    expect((await outdated())[0]).toEqual(["UPLOAD_COMPLETED"]);
  });

  test("closing a continuous set outdates nothing: readers have seen its data all along", async () => {
    await add(owner, setId, [cbg(Date.now() - 60_000)]);
    expect((await outdated())[0]).toEqual(["DATA_ADDED"]);
    const { body: before } = await owner.get(`/v1/summaries/cgm/${owner.id}`);
    await owner.put(`/v1/data_sets/${setId}`, { state: "closed" });
    await settle(owner.id);
    expect((await owner.get(`/v1/summaries/cgm/${owner.id}`)).body).toEqual(before);
  });

  test("a deduplicator that hides at closing keeps even a continuous set hidden until then", async () => {
    const name = DEDUPLICATOR.hash;
    const hidden = await openSet(owner, owner.id, { dataSetType: "continuous", deduplicator: { name } });
    await add(owner, hidden, [cbg(Date.now() - 60_000)]);
    expect([await seen(), await outdated()]).toEqual([[], [undefined, undefined, undefined]]);
    await owner.put(`/v1/data_sets/${hidden}`, { state: "closed" });
    expect(await seen()).toHaveLength(1);
    expect((await outdated())[0]).toEqual(["UPLOAD_COMPLETED"]);
  });
});
