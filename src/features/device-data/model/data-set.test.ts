import { describe, expect, test } from "vitest";
import { type DataSetCreation, readDataSetCreation, readDataSetUpdate } from "./data-set.ts";

const NONE = "org.tidepool.deduplicator.none";

function created(body: unknown): DataSetCreation {
  const result = readDataSetCreation(body);
  if ("errors" in result) throw new Error(JSON.stringify(result.errors));
  return result.dataSet;
}

const errorsOf = (result: object) =>
  ("errors" in result ? (result.errors as any[]) : []).map(({ code, detail, source }) => [
    source?.pointer,
    code,
    detail,
  ]);
const refused = (body: unknown) => errorsOf(readDataSetCreation(body));

describe("a new data set", () => {
  test("may say nothing", () => {
    const { deduplicator, ...rest } = created({});
    expect(deduplicator.name).toBe(NONE);
    expect(rest).toEqual({ dataSetType: "normal", fields: { dataSetType: "normal" } });
  });

  test("may say everything; its lists are sorted", () => {
    const body = {
      dataSetType: "continuous",
      deduplicator: { name: "org.tidepool.deduplicator.dataset.delete.origin", version: "9.9.9", hash: 7 },
      client: { name: "org.example.uploader", version: "1.2.3", private: { os: "x" } },
      deviceId: "d",
      deviceModel: "m",
      deviceSerialNumber: "s",
      deviceManufacturers: ["B", "A"],
      deviceTags: ["insulin-pump", "activity-monitor", "cgm", "bgm"],
      time: "2024-05-01T13:15:30-07:00",
      timezone: "US/Pacific",
      timezoneOffset: -420,
      conversionOffset: 0,
      clockDriftOffset: 0,
      deviceTime: "2024-05-01T13:15:30",
      computerTime: "2024-05-01T13:15:31",
      payload: { a: 1 },
      annotations: [{ code: "a" }],
      timeProcessing: "utc-bootstrapping",
      version: "1.0.0",
    };
    const { deduplicator: _, time: __, ...kept } = body;
    expect(created(body)).toMatchObject({
      dataSetType: "continuous",
      deduplicator: { name: "org.tidepool.deduplicator.dataset.delete.origin", version: "1.0.0" },
      time: Date.parse("2024-05-01T20:15:30Z"),
      deviceId: "d",
      clientName: "org.example.uploader",
    });
    expect(created(body).fields).toEqual({
      ...kept,
      deviceManufacturers: ["A", "B"],
      deviceTags: ["activity-monitor", "bgm", "cgm", "insulin-pump"],
    });
  });

  test("may repeat what only the server sets, without effect", () => {
    const names = ["type", "id", "uploadId", "byUser", "createdTime", "createdUserId"];
    const more = ["modifiedTime", "modifiedUserId", "deletedTime", "deletedUserId"];
    const body = Object.fromEntries([...names, ...more].map((name) => [name, { any: "thing" }]));
    expect(created(body).fields).toEqual({ dataSetType: "normal" });
  });

  test.each([null, undefined, [], "x", 7])("is an object, not %j", (body) => {
    expect(refused(body)).toEqual([[undefined, "json-malformed", "json is malformed"]]);
  });

  test.each<[string, unknown, string, string]>([
    ["/other", { other: 1 }, "not-parsed", "not parsed"],
    ["/__proto__", JSON.parse('{"__proto__":{}}'), "not-parsed", "not parsed"],
    ["/client/other", { client: { other: 1 } }, "not-parsed", "not parsed"],
    ["/deduplicator/other", { deduplicator: { other: 1 } }, "not-parsed", "not parsed"],
    [
      "/dataSetType",
      { dataSetType: "Normal" },
      "value-not-allowed",
      'value "Normal" is not one of ["normal", "continuous"]',
    ],
    [
      "/deduplicator/name",
      { deduplicator: { name: "hash" } },
      "value-not-valid",
      'value "hash" is not valid as reverse domain',
    ],
    [
      "/deduplicator/name",
      { deduplicator: { name: `org.${"a.".repeat(125)}` } },
      "length-out-of-range",
      "length 254 is not less than or equal to 253",
    ],
    ["/deduplicator", { deduplicator: "x" }, "type-not-object", "type is not object, but string"],
    ["/client/name", { client: { name: "" } }, "value-empty", "value is empty"],
    ["/client/version", { client: { version: "" } }, "value-empty", "value is empty"],
    ["/client/private", { client: { private: {} } }, "value-empty", "value is empty"],
    ["/deviceId", { deviceId: "" }, "value-empty", "value is empty"],
    ["/deviceModel", { deviceModel: "" }, "value-empty", "value is empty"],
    ["/deviceSerialNumber", { deviceSerialNumber: "" }, "value-empty", "value is empty"],
    ["/deviceManufacturers", { deviceManufacturers: [] }, "value-empty", "value is empty"],
    ["/deviceManufacturers/1", { deviceManufacturers: ["a", ""] }, "value-empty", "value is empty"],
    ["/deviceManufacturers/1", { deviceManufacturers: ["a", "a"] }, "value-duplicate", "value is a duplicate"],
    ["/deviceTags", { deviceTags: [] }, "value-empty", "value is empty"],
    ["/deviceTags/1", { deviceTags: ["cgm", "cgm"] }, "value-duplicate", "value is a duplicate"],
    [
      "/deviceTags/0",
      { deviceTags: ["pen"] },
      "value-not-allowed",
      'value "pen" is not one of ["activity-monitor", "bgm", "cgm", "insulin-pump"]',
    ],
    [
      "/timezoneOffset",
      { timezoneOffset: 10_081 },
      "value-out-of-range",
      "value 10081 is not between -10080 and 10080",
    ],
    [
      "/computerTime",
      { computerTime: "now" },
      "value-not-valid",
      'value "now" is not valid as time with layout "2006-01-02T15:04:05"',
    ],
    [
      "/timeProcessing",
      { timeProcessing: "x" },
      "value-not-allowed",
      'value "x" is not one of ["none", "across-the-board-timezone", "utc-bootstrapping"]',
    ],
    ["/version", { version: "1.0" }, "length-out-of-range", "length 3 is not greater than or equal to 5"],
    ["/time", { time: 7 }, "type-not-time", "type is not time, but number"],
    ["/deviceId", { deduplicator: { name: "org.tidepool.truncate" } }, "value-not-exists", "value does not exist"],
  ])("is refused at %s: %j", (pointer, body, code, detail) => {
    expect(refused(body)).toEqual([[pointer, code, detail]]);
  });

  test("with an unknown deduplicator is refused at its name", () => {
    expect(refused({ deduplicator: { name: "org.example.other" } })).toMatchObject([
      ["/deduplicator/name", "value-not-allowed", expect.stringContaining('"org.example.other" is not one of')],
    ]);
  });

  test("of a device that repeats itself has its identities compared", () => {
    const body = { deviceId: "d", deviceManufacturers: ["Medtronic"], deviceModel: "523" };
    expect(created(body).deduplicator).toMatchObject({ identity: "device", version: "1.2.0" });
  });
});

describe("an update of a continuous data set", () => {
  test("may say nothing or everything", () => {
    expect(readDataSetUpdate({})).toEqual({ update: {} });
    const body = {
      deviceId: "d",
      deviceModel: "mm",
      deviceSerialNumber: "ss",
      state: "closed",
      time: "2024-05-01T20:15:30Z",
      timezone: "UTC",
      timezoneOffset: -720,
    };
    expect(readDataSetUpdate(body)).toEqual({ update: { ...body, time: Date.parse(body.time) } });
  });

  test.each<[string, unknown, string, string]>([
    ["/version", { version: "1.0.0" }, "not-parsed", "not parsed"],
    ["/deviceModel", { deviceModel: "m" }, "length-out-of-range", "length 1 is not greater than or equal to 2"],
    [
      "/deviceSerialNumber",
      { deviceSerialNumber: "s" },
      "length-out-of-range",
      "length 1 is not greater than or equal to 2",
    ],
    ["/deviceId", { deviceId: "" }, "value-empty", "value is empty"],
    ["/state", { state: "Closed" }, "value-not-allowed", 'value "Closed" is not one of ["open", "closed"]'],
    ["/timezoneOffset", { timezoneOffset: -721 }, "value-out-of-range", "value -721 is not between -720 and 840"],
    ["/timezoneOffset", { timezoneOffset: 841 }, "value-out-of-range", "value 841 is not between -720 and 840"],
  ])("is refused at %s: %j", (pointer, body, code, detail) => {
    expect(errorsOf(readDataSetUpdate(body))).toEqual([[pointer, code, detail]]);
  });

  test.each([null, [], "x"])("is an object, not %j", (body) => {
    expect(errorsOf(readDataSetUpdate(body))).toEqual([[undefined, "json-malformed", "json is malformed"]]);
  });
});
