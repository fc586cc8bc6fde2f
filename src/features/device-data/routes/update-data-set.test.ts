import { beforeEach, describe, expect, test } from "vitest";
import {
  add,
  closedSet,
  dataOf,
  expectRefusalsInOrder,
  fault,
  malformedJson,
  NO_SET,
  openSet,
  prime,
  settle,
  unknownSet,
} from "../../../../test/device-data.ts";
import { type Caller, newUserId, person, rows, service, statuses } from "../../../../test/harness.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const change = (setId: string, body: unknown, caller = owner) => caller.put(`/v1/data_sets/${setId}`, body);
const continuous = () => openSet(owner, owner.id, { dataSetType: "continuous", deviceModel: "900", deviceId: "A" });

describe("UpdateDataSet of a normal set", () => {
  test.each([
    [{ dataState: "closed" }],
    [{}],
    [{ state: "open" }],
    [undefined],
    ["no JSON at all"],
    ["[]"],
    [{ deviceModel: "other", unknown: 1 }],
  ])("200 closes it, whatever the body says: %j", async (body) => {
    const setId = await openSet(owner, owner.id, { deviceModel: "900" });
    await add(owner, setId, [prime()]);
    const answer = await change(setId, body);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      data: { id: setId, uploadId: setId, state: "closed", deviceModel: "900", dataSetType: "normal" },
      meta: { trace: { request: answer.headers.get("x-tidepool-trace-request") } },
    });
    expect(await dataOf(owner, owner.id)).toHaveLength(1);
  });

  test("200 at the older path as well, in one round trip", async () => {
    const setId = await openSet(owner, owner.id);
    const answer = await owner.put(`/v1/datasets/${setId}`, { dataState: "closed" });
    expect([answer.status, answer.body.data.state, answer.calls]).toEqual([200, "closed", 1]);
  });

  test("200 moves its modified time, and not what it was created with", async () => {
    const setId = await openSet(owner, owner.id);
    const { body: before } = await owner.get(`/v1/data_sets/${setId}`);
    const { body } = await change(setId, {});
    expect(body.data.createdTime).toBe(before.createdTime);
    expect(body.data.modifiedTime >= before.modifiedTime).toBe(true);
    expect((await owner.get(`/v1/data_sets/${setId}`)).body).toEqual(body.data);
  });

  test("of eight at once one closes it, the others are told that it is closed", async () => {
    const setId = await openSet(owner, owner.id);
    const answers = await Promise.all(Array.from({ length: 8 }, () => change(setId, {})));
    expect(statuses(answers)).toEqual([200, ...Array(7).fill(409)]);
    for (const { status, body } of answers) if (status === 409) expect(body).toEqual(closedSet(setId));
    await settle(owner.id);
    const done = "SELECT outcome FROM audit_log WHERE operation = 'UpdateDataSet' AND patient_id = ?";
    expect(await rows(done, owner.id)).toEqual([{ outcome: "changed" }]);
  });

  test("of eight at once with one Idempotency-Key all get the same answer", async () => {
    const setId = await openSet(owner, owner.id);
    const headers = { "idempotency-key": newUserId() };
    const closing = () => owner.put(`/v1/data_sets/${setId}`, {}, headers);
    const answers = await Promise.all(Array.from({ length: 8 }, closing));
    expect(statuses(answers)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.data))).size).toBe(1);
    expect((await change(setId, {})).status).toBe(409);
  });
});

describe("UpdateDataSet of a continuous set", () => {
  test("200 for a service: what is given is changed, the rest stays, and it stays open", async () => {
    const setId = await continuous();
    const backend = await service();
    const given = {
      deviceId: "B-2",
      deviceSerialNumber: "S-7",
      time: "2024-05-01T13:15:30-07:00",
      timezone: "Europe/Berlin",
      timezoneOffset: 60,
    };
    const answer = await change(setId, given, backend);
    expect([answer.status, answer.body.data]).toEqual([
      200,
      expect.objectContaining({ ...given, time: "2024-05-01T20:15:30.000Z", deviceModel: "900", state: "open" }),
    ]);
    expect((await owner.get(`/v1/data_sets/${setId}`)).body).toEqual(answer.body.data);
    await add(owner, setId, [prime()]);
    const listed = await owner.get(`/v1/users/${owner.id}/data_sets?deviceId=B-2`);
    expect(listed.body.map(({ id }: { id: string }) => id)).toEqual([setId]);
  });

  test("200 closes it for a service and for who may upload; no more data then", async () => {
    for (const caller of [owner, await service()]) {
      const setId = await continuous();
      const answer = await change(setId, { state: "closed" }, caller);
      expect([answer.status, answer.body.data.state]).toEqual([200, "closed"]);
      expect((await owner.post(`/v1/data_sets/${setId}/data`, [prime()])).status).toBe(409);
    }
  });

  test.each([[{}], [{ state: "open" }], [{ deviceModel: "901" }], [{ state: "closed", time: "2024-05-01T20:15:30Z" }]])(
    "403 for a person who asks for more than closing it: %j",
    async (body) => {
      const setId = await continuous();
      const answer = await change(setId, body);
      expect([answer.status, answer.body.errors[0].code]).toEqual([403, "unauthorized"]);
      expect((await owner.get(`/v1/data_sets/${setId}`)).body).toMatchObject({ state: "open", deviceModel: "900" });
    },
  );

  test.each(["{", "", "[1,]", "[]", "7"])("400 for what is no object: %j", async (text) => {
    const answer = await change(await continuous(), text, await service());
    expect([answer.status, answer.body]).toEqual([400, malformedJson]);
  });

  test.each([
    ["an unknown member", { dataState: "closed" }, "not-parsed", "/dataState"],
    ["a state there is not", { state: "shut" }, "value-not-allowed", "/state"],
    ["a model of one character", { deviceModel: "9" }, "length-out-of-range", "/deviceModel"],
    ["a serial number of one character", { deviceSerialNumber: "9" }, "length-out-of-range", "/deviceSerialNumber"],
    ["an offset beyond the world", { timezoneOffset: 841 }, "value-out-of-range", "/timezoneOffset"],
    ["one on the other side", { timezoneOffset: -721 }, "value-out-of-range", "/timezoneOffset"],
    ["a zone nobody knows", { timezone: "Mars/Olympus" }, "value-not-valid", "/timezone"],
    ["a time that is none", { time: "yesterday" }, "value-not-parsable", "/time"],
  ])("400 for %s, and nothing is changed", async (_, body, code, pointer) => {
    const setId = await continuous();
    const answer = await change(setId, body, await service());
    expect([answer.status, answer.body]).toMatchObject([400, { code, source: { pointer } }]);
    expect((await owner.get(`/v1/data_sets/${setId}`)).body).toMatchObject({ state: "open", deviceModel: "900" });
  });

  test("400 in a list for two faults", async () => {
    const answer = await change(await continuous(), { state: "shut", timezoneOffset: 900 }, await service());
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        errors: [
          fault(
            "value-not-allowed",
            "value is not one of the allowed values",
            'value "shut" is not one of ["open", "closed"]',
            { pointer: "/state" },
          ),
          fault("value-out-of-range", "value is out of range", "value 900 is not between -720 and 840", {
            pointer: "/timezoneOffset",
          }),
        ],
      },
    ]);
  });
});

describe("the order of refusals", () => {
  test.each(["normal", "continuous"])("404, 403, 409, then 400: %s", async (dataSetType) => {
    await expectRefusalsInOrder((caller, setId) => change(setId, "{", caller), { dataSetType });
    await expectRefusalsInOrder((caller, setId) => change(setId, { unknown: 1 }, caller), { dataSetType });
  });

  test("403 before 409 for a person who asks for more than closing, and 404 before both", async () => {
    const [closed, deleted] = [await continuous(), await continuous()];
    await change(closed, { state: "closed" });
    await owner.delete(`/v1/data_sets/${deleted}`);
    const answers = await Promise.all([closed, deleted].map((setId) => change(setId, { deviceModel: "901" })));
    expect(answers.map(({ status }) => status)).toEqual([403, 404]);
  });

  test("404 in every form of an unknown id", async () => {
    expect((await change(NO_SET, {})).body).toEqual(unknownSet(NO_SET));
    const odd = await change("NOT-AN-ID", {});
    expect([odd.status, odd.body.errors[0].code]).toEqual([404, "data-set-id-not-found"]);
  });
});
