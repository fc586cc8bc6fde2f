import { beforeEach, describe, expect, test } from "vitest";
import {
  add,
  cbg,
  DEDUPLICATOR,
  fault,
  malformedJson,
  notAuthorized,
  openSet,
  settle,
} from "../../../../test/device-data.ts";
import {
  type Caller,
  countRows,
  givenClinic,
  givenPatient,
  newUserId,
  person,
  rows,
  send,
} from "../../../../test/harness.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const path = (userId = owner.id) => `/v1/users/${userId}/data_sets`;
const open = (set: unknown, headers?: Record<string, string>) => owner.post(path(), set, headers);
/** How many sets the person has, as the database knows it. */
const setsStored = () => countRows("data_sets WHERE user_id = ?", owner.id);

const WHOLE = {
  dataSetType: "normal",
  client: { name: "org.example.uploader", version: "2.1.0", private: { delta: true } },
  deviceId: "PumpCo-900-771203",
  deviceModel: "900",
  deviceSerialNumber: "771203",
  deviceManufacturers: ["Zeta", "PumpCo"],
  deviceTags: ["insulin-pump", "cgm"],
  time: "2024-05-01T13:15:30-07:00",
  timezone: "US/Pacific",
  timezoneOffset: -420,
  conversionOffset: 0,
  clockDriftOffset: 0,
  deviceTime: "2024-05-01T13:15:30",
  computerTime: "2024-05-01T13:15:30",
  timeProcessing: "utc-bootstrapping",
  version: "org.example:2.1.0",
  payload: { any: 1 },
};

describe("OpenDataSet", () => {
  test("201 with what was said of the set and what the server adds; whose it is is known", async () => {
    const before = Date.now();
    const answer = await open(WHOLE);
    const { data, meta } = answer.body;
    expect(answer.status).toBe(201);
    expect(data).toEqual({
      ...WHOLE,
      deviceManufacturers: ["PumpCo", "Zeta"],
      deviceTags: ["cgm", "insulin-pump"],
      time: "2024-05-01T20:15:30.000Z",
      type: "upload",
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      uploadId: data.id,
      state: "open",
      deduplicator: { name: DEDUPLICATOR.none, version: "1.0.0" },
      byUser: owner.id,
      createdUserId: owner.id,
      createdTime: expect.any(String),
      modifiedTime: data.createdTime,
    });
    expect(Date.parse(data.createdTime)).toBeGreaterThanOrEqual(before);
    expect(meta.trace.request).toMatch(/^[0-9a-f]{32}$/);
    // Nothing has to be read to let the owner in.
    expect(answer.calls).toBe(0);
    expect(await rows("SELECT user_id, deduplicator, is_continuous FROM data_sets WHERE id = ?", data.id)).toEqual([
      { user_id: owner.id, deduplicator: `${DEDUPLICATOR.none} 1.0.0`, is_continuous: 0 },
    ]);
  });

  test("201 for {}: a normal set of now, whose data are told apart by nothing", async () => {
    const { status, body } = await open({});
    expect([status, body.data]).toEqual([
      201,
      expect.objectContaining({
        dataSetType: "normal",
        state: "open",
        deduplicator: { name: DEDUPLICATOR.none, version: "1.0.0" },
      }),
    ]);
    expect(Math.abs(Date.parse(body.data.time) - Date.now())).toBeLessThan(60_000);
  });

  test("201 for a service, whose set nobody has opened", async () => {
    const clinic = await givenClinic();
    const { status, body } = await clinic.service.post(path(), {});
    expect(status).toBe(201);
    expect(body.data).not.toHaveProperty("byUser");
    expect(body.data).not.toHaveProperty("createdUserId");
  });

  test("201 for a clinician whom the record permits to upload, who is recorded", async () => {
    const clinic = await givenClinic();
    const patient = await givenPatient(clinic);
    const { status, body, calls } = await clinic.prescriber.post(path(patient.id), {});
    expect([status, body.data.byUser, calls]).toEqual([201, clinic.prescriber.id, 1]);
  });

  test("201 at the older path as well", async () => {
    const answer = await owner.post(`/v1/users/${owner.id}/datasets`, { dataSetType: "continuous" });
    expect([answer.status, answer.body.data.dataSetType]).toEqual([201, "continuous"]);
    const seen = await owner.get(path());
    expect(seen.body.map(({ id }: { id: string }) => id)).toEqual([answer.body.data.id]);
  });

  test("201 ignoring what only the server sets", async () => {
    const sent = {
      type: "bolus",
      id: "0".repeat(32),
      uploadId: "0".repeat(32),
      byUser: "aaaaaaaaaa",
      createdTime: "2001-01-01T00:00:00Z",
      createdUserId: "aaaaaaaaaa",
      modifiedTime: "2001-01-01T00:00:00Z",
      modifiedUserId: "aaaaaaaaaa",
      deletedTime: "2001-01-01T00:00:00Z",
      deletedUserId: "aaaaaaaaaa",
      deduplicator: { name: DEDUPLICATOR.hash, version: "9.9.9", hash: "x" },
    };
    const { status, body } = await open(sent);
    expect(status).toBe(201);
    expect(body.data).toMatchObject({ type: "upload", byUser: owner.id, createdUserId: owner.id });
    expect(body.data.id).not.toBe(sent.id);
    expect(body.data.uploadId).toBe(body.data.id);
    expect(body.data.createdTime).not.toMatch(/^2001/);
    for (const name of ["modifiedUserId", "deletedTime", "deletedUserId"]) expect(body.data).not.toHaveProperty(name);
    expect(body.data.deduplicator.version).not.toBe("9.9.9");
  });
});

describe("its deduplicator is", () => {
  const libre = { deviceId: "Libre-1", deviceManufacturers: ["Abbott"], deviceModel: "FreeStyle Libre" };
  const pump = { deviceId: "MMT-1", deviceManufacturers: ["Medtronic"], deviceModel: "1780" };
  const animas = { deviceId: "Ping-1", deviceManufacturers: ["Animas"] };
  test.each([
    ["chosen by a device that repeats what it uploaded", libre, DEDUPLICATOR.hash],
    ["the same for a pump of the list", pump, DEDUPLICATOR.hash],
    ["chosen by a maker whose every upload is whole", animas, DEDUPLICATOR.truncate],
    ["none for another model", { ...pump, deviceModel: "9999" }, DEDUPLICATOR.none],
    ["none without a device", { ...libre, deviceId: undefined }, DEDUPLICATOR.none],
    ["none for a continuous set", { ...libre, dataSetType: "continuous" }, DEDUPLICATOR.none],
    ["the one that is named", { deduplicator: { name: DEDUPLICATOR.drop } }, DEDUPLICATOR.drop],
    ["the one of an old name", { deduplicator: { name: "org.tidepool.continuous" } }, DEDUPLICATOR.none],
    ["of the old name of hashes", { deduplicator: { name: "org.tidepool.hash-deactivate-old" } }, DEDUPLICATOR.hash],
    ["of the old name of origins", { deduplicator: { name: "org.tidepool.continuous.origin" } }, DEDUPLICATOR.origin],
    [
      "of the old name of truncation",
      { ...animas, deduplicator: { name: "org.tidepool.truncate" } },
      DEDUPLICATOR.truncate,
    ],
    [
      "the one named, whatever the device",
      { ...libre, deduplicator: { name: DEDUPLICATOR.older } },
      DEDUPLICATOR.older,
    ],
  ])("%s", async (_, set, name) => {
    const { status, body } = await open(set);
    expect([status, body.data?.deduplicator?.name]).toEqual([201, name]);
  });
});

describe("a refusal", () => {
  test("401 without a token and with a bad one, as it is", async () => {
    for (const [token, detail] of [
      ["", "session token is missing"],
      ["nonsense", "session token is invalid"],
    ] as const) {
      const answer = await send("POST", path(), { token, body: {} });
      expect([answer.status, answer.body]).toEqual([
        401,
        fault("unauthenticated", "authentication token is invalid", detail),
      ]);
    }
  });

  test("403 before 400, and nothing is stored", async () => {
    const stranger = await person();
    for (const body of ["{", "", { unknown: 1 }, {}]) {
      const answer = await stranger.post(path(), body);
      expect([answer.status, answer.body]).toEqual([403, notAuthorized]);
    }
    expect(await setsStored()).toBe(0);
  });

  test.each(["{", "", "   ", "[1,]", "undefined"])("400 for what is no JSON: %j", async (text) => {
    const answer = await open(text);
    expect([answer.status, answer.body]).toEqual([400, malformedJson]);
  });

  test.each(["[]", "7", "null", '"text"', "[{}]"])("400 for what is no object: %s", async (text) => {
    const answer = await open(text);
    expect([answer.status, answer.body]).toEqual([400, malformedJson]);
    expect(await setsStored()).toBe(0);
  });

  const NOT_PARSED = ["not-parsed", "not parsed", "not parsed"] as const;
  test.each([
    ["an unknown member", { unknown: 1 }, fault(...NOT_PARSED, { pointer: "/unknown" })],
    ["one in a member", { client: { name: "a", extra: 1 } }, fault(...NOT_PARSED, { pointer: "/client/extra" })],
    [
      "a type of set there is not",
      { dataSetType: "daily" },
      fault(
        "value-not-allowed",
        "value is not one of the allowed values",
        'value "daily" is not one of ["normal", "continuous"]',
        { pointer: "/dataSetType" },
      ),
    ],
    [
      "an empty device",
      { deviceId: "" },
      fault("value-empty", "value is empty", "value is empty", { pointer: "/deviceId" }),
    ],
    [
      "a model that is no text",
      { deviceModel: 900 },
      fault("type-not-string", "type is not string", "type is not string, but number", { pointer: "/deviceModel" }),
    ],
    [
      "a maker twice",
      { deviceManufacturers: ["A", "A"] },
      fault("value-duplicate", "value is a duplicate", "value is a duplicate", { pointer: "/deviceManufacturers/1" }),
    ],
    [
      "a short version",
      { version: "1.0" },
      fault("length-out-of-range", "length is out of range", "length 3 is not greater than or equal to 5", {
        pointer: "/version",
      }),
    ],
    [
      "no makers",
      { deviceManufacturers: [] },
      fault("value-empty", "value is empty", "value is empty", { pointer: "/deviceManufacturers" }),
    ],
    [
      "truncation without a device",
      { deduplicator: { name: DEDUPLICATOR.truncate } },
      fault("value-not-exists", "value does not exist", "value does not exist", { pointer: "/deviceId" }),
    ],
  ])("400 for %s, one fault as it is", async (_, set, body) => {
    const answer = await open(set);
    expect([answer.status, answer.body]).toEqual([400, body]);
    expect(await setsStored()).toBe(0);
  });

  test("400 for a deduplicator nobody knows, which is named, and nothing is stored", async () => {
    const answer = await open({ deduplicator: { name: "org.example.other" } });
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { code: "value-not-allowed", source: { pointer: "/deduplicator/name" } },
    ]);
    expect(answer.body.detail).toContain('value "org.example.other" is not one of ["org.tidepool.deduplicator.none"');
    expect(await setsStored()).toBe(0);
  });

  test("400 for several faults, in a list", async () => {
    const answer = await open({ deviceId: "", version: "1", deviceTags: ["fgm"] });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ code, source }: any) => [code, source.pointer])).toEqual([
      ["value-empty", "/deviceId"],
      ["value-not-allowed", "/deviceTags/0"],
      ["length-out-of-range", "/version"],
    ]);
    expect(Object.keys(answer.body)).toEqual(["errors"]);
  });
});

describe("traces", () => {
  test("are told back, cut to 64 characters; that of a session only where there is one", async () => {
    const given = { "x-tidepool-trace-request": "r".repeat(80), "x-tidepool-trace-session": "s".repeat(80) };
    const answer = await open({}, given);
    expect(answer.headers.get("x-tidepool-trace-request")).toBe("r".repeat(64));
    expect(answer.headers.get("x-tidepool-trace-session")).toBe("s".repeat(64));
    expect(answer.body.meta.trace.request).toBe("r".repeat(64));
    const without = await open({});
    expect(without.headers.get("x-tidepool-trace-session")).toBeNull();
    expect(without.headers.get("x-tidepool-trace-request")).toBe(without.body.meta.trace.request);
  });

  test("are told back with refusals", async () => {
    const answer = await open("{", { "x-tidepool-trace-request": "mine", "x-tidepool-trace-session": "yours" });
    expect(answer.body.meta.trace.request).toBe("mine");
    expect(answer.headers.get("x-tidepool-trace-session")).toBe("yours");
  });
});

describe("a repeat", () => {
  test("with an Idempotency-Key gets the same answer, and there is one set", async () => {
    const headers = { "idempotency-key": newUserId() };
    const [first, again] = [await open({ deviceId: "A" }, headers), await open({ deviceId: "A" }, headers)];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body.data).toEqual(first.body.data);
    expect(await setsStored()).toBe(1);
  });

  test("422 for another body with the key", async () => {
    const headers = { "idempotency-key": newUserId() };
    await open({}, headers);
    expect((await open({ deviceId: "A" }, headers)).status).toBe(422);
    expect(await setsStored()).toBe(1);
  });

  test("of eight at once one opens a set", async () => {
    const headers = { "idempotency-key": newUserId() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => open({}, headers)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
    expect(await setsStored()).toBe(1);
  });

  test("without a key opens another set", async () => {
    await open({});
    await open({});
    expect(await setsStored()).toBe(2);
  });
});

test("what is done leaves one row in the trail", async () => {
  const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
  await add(owner, setId, [cbg(Date.now())]);
  await settle(owner.id);
  const trail = await rows(
    "SELECT operation, actor_kind, actor_id, clinic_id FROM audit_log WHERE patient_id = ? AND outcome = 'changed' ORDER BY id",
    owner.id,
  );
  const row = { actor_kind: "person", actor_id: owner.id, clinic_id: null };
  expect(trail).toEqual([
    { operation: "OpenDataSet", ...row },
    { operation: "AddData", ...row },
  ]);
});
