import { describe, expect, test } from "vitest";
import type { DatumError } from "./data-errors.ts";
import type { IngestedDatum } from "./forms.ts";
import { missingForHash, newDatumId, readBatch } from "./ingest.ts";

const TIME = "2024-05-01T20:15:30Z";
const MS = Date.parse(TIME);
const PRIME = { type: "deviceEvent", subType: "prime", primeTarget: "cannula", volume: 0.5, time: TIME };
const CBG = { type: "cbg", units: "mg/dL", value: 100, time: TIME };
const BOLUS = { type: "bolus", subType: "normal", normal: 1, time: TIME };
const STATUS = { type: "deviceEvent", subType: "status", status: "resumed", reason: { resumed: "manual" }, time: TIME };
const PRIME_META = { type: "deviceEvent", subType: "prime" };

/** Ids that count up, so that it shows which datum got which. */
function read(body: unknown) {
  let count = 0;
  return readBatch(body, { newId: () => String(++count).padStart(32, "0") });
}
const ID = (count: number) => String(count).padStart(32, "0");

function dataOf(body: unknown): IngestedDatum[] {
  const result = read(body);
  if ("errors" in result) throw new Error(JSON.stringify(result.errors));
  return result.data;
}

function errorsOf(body: unknown): DatumError[] {
  const result = read(body);
  return "errors" in result ? result.errors : [];
}

const placed = (body: unknown) =>
  errorsOf(body).map(({ code, source }) => [code, source && "pointer" in source ? source.pointer : undefined]);

describe("primes", () => {
  const prime = (changes: object) => [{ ...PRIME, ...changes }];
  const cannula = (volume: unknown) => prime({ volume });
  const tubing = (volume: unknown) => prime({ primeTarget: "tubing", volume });

  test("of either target are read, and the uploadId that was sent is not", () => {
    expect(dataOf(cannula(0.5))[0]!.fields.volume).toBe(0.5);
    const [datum] = dataOf(prime({ primeTarget: "tubing", volume: 12, uploadId: "SampleUploadId" }));
    expect(datum!.fields).toEqual({ type: "deviceEvent", subType: "prime", primeTarget: "tubing", volume: 12 });
  });

  test.each([cannula(0), cannula(10), tubing(0), tubing(10.01), tubing(100)])(
    "within the bounds of their target: %j",
    (datum) => {
      expect(errorsOf([datum])).toEqual([]);
    },
  );

  test.each([
    [cannula(-0.01), "value -0.01 is not between 0 and 10"],
    [cannula(10.01), "value 10.01 is not between 0 and 10"],
    [tubing(-0.01), "value -0.01 is not between 0 and 100"],
    [tubing(100.01), "value 100.01 is not between 0 and 100"],
  ])("beyond them are refused: %j", (body, detail) => {
    expect(errorsOf(body)).toEqual([
      {
        code: "value-out-of-range",
        title: "value is out of range",
        detail,
        source: { pointer: "/0/volume" },
        meta: PRIME_META,
      },
    ]);
  });

  test.each([undefined, null])("without a volume are refused: %s", (volume) => {
    for (const body of [cannula(volume), tubing(volume)])
      expect(placed(body)).toEqual([["value-not-exists", "/0/volume"]]);
  });

  test("with a volume in a text: the published style of one error", () => {
    expect(errorsOf(cannula("0.5"))).toEqual([
      {
        code: "type-not-float64",
        title: "type is not float64",
        detail: "type is not float64, but string",
        source: { pointer: "/0/volume" },
        meta: PRIME_META,
      },
    ]);
  });

  test("without time and target: the published style of several errors, the common members first", () => {
    const missing = { code: "value-not-exists", title: "value does not exist", detail: "value does not exist" };
    expect(errorsOf(prime({ time: undefined, primeTarget: undefined }))).toEqual([
      { ...missing, source: { pointer: "/0/time" }, meta: PRIME_META },
      { ...missing, source: { pointer: "/0/primeTarget" }, meta: PRIME_META },
    ]);
  });

  test.each([
    [undefined, "value-not-exists", "value does not exist"],
    ["Cannula", "value-not-allowed", 'value "Cannula" is not one of ["cannula", "tubing"]'],
    ["needle", "value-not-allowed", 'value "needle" is not one of ["cannula", "tubing"]'],
  ])("of the target %s are refused, whatever the volume", (primeTarget, code, detail) => {
    expect(errorsOf(prime({ primeTarget, volume: 5000 }))).toMatchObject([
      { code, detail, source: { pointer: "/0/primeTarget" } },
    ]);
  });

  test("one wrong of 500 refuses all, at its place", () => {
    const body = Array.from({ length: 500 }, () => ({ ...PRIME }));
    body[321] = { ...PRIME, volume: 11 };
    expect(placed(body)).toEqual([["value-out-of-range", "/321/volume"]]);
  });

  test("with members of the server and unknown ones are read without them", () => {
    const server = { _active: true, createdTime: TIME, _userId: "x", deduplicator: {}, archivedTime: 1, unknown: [1] };
    expect(dataOf(prime(server))[0]!.fields).toEqual(dataOf([PRIME])[0]!.fields);
  });
});

describe("a batch", () => {
  test.each([{}, null, undefined, "x", 7, true])("that is no array is malformed: %j", (body) => {
    expect(errorsOf(body)).toEqual([
      { code: "json-malformed", title: "json is malformed", detail: "json is malformed" },
    ]);
  });

  test("may be empty, and null in it is skipped", () => {
    expect(dataOf([])).toEqual([]);
    expect(dataOf([null, CBG, null]).map(({ pointer }) => pointer)).toEqual(["/1"]);
    expect(placed([null, { ...CBG, value: -1 }])).toEqual([["value-out-of-range", "/1/value"]]);
  });

  test.each([
    ["x", "string"],
    [7, "number"],
    [true, "boolean"],
    [[], "array"],
  ])("has objects only: %j", (value, found) => {
    const detail = `type is not object, but ${found}`;
    expect(errorsOf([CBG, value])).toEqual([
      { code: "type-not-object", title: "type is not object", detail, source: { pointer: "/1" } },
    ]);
  });

  test("has data of the types that are built", () => {
    const built = '["basal", "cbg", "smbg", "bolus", "wizard", "deviceEvent", "food", "pumpSettings"]';
    for (const type of ["upload", "water", "insulin", "Cbg", ""]) {
      expect(errorsOf([{ ...CBG, type, value: "x" }])).toEqual([
        {
          code: "value-not-allowed",
          title: "value is not one of the allowed values",
          detail: `value "${type}" is not one of ${built}`,
          source: { pointer: "/0/type" },
        },
      ]);
    }
    expect(placed([{ ...CBG, type: undefined }, { type: null }, { type: 7 }])).toEqual([
      ["value-not-exists", "/0/type"],
      ["value-not-exists", "/1/type"],
      ["type-not-string", "/2/type"],
    ]);
  });

  test.each([
    [
      "deviceEvent",
      "subType",
      '["alarm", "calibration", "prime", "pumpSettingsOverride", "reservoirChange", "status", "timeChange"]',
    ],
    ["bolus", "subType", '["normal", "square", "dual/square", "automated"]'],
    ["basal", "deliveryType", '["automated", "scheduled", "suspend", "temp"]'],
  ])("has a %s with a known %s", (type, by, allowed) => {
    for (const name of ["sensorEvent", "settingsChange", "transmitterEvent", "constructor"]) {
      expect(errorsOf([{ type, [by]: name }])).toEqual([
        {
          code: "value-not-allowed",
          title: "value is not one of the allowed values",
          detail: `value "${name}" is not one of ${allowed}`,
          source: { pointer: `/0/${by}` },
          meta: { type },
        },
      ]);
    }
    expect(placed([{ type }, { type, [by]: 7 }])).toEqual([
      ["value-not-exists", `/0/${by}`],
      ["type-not-string", `/1/${by}`],
    ]);
  });

  test("reports errors of types and deciding members alone, and other errors only without them", () => {
    const outOfRange = { ...CBG, value: -1 };
    expect(placed([outOfRange, { ...CBG, value: "1" }, { ...CBG, time: "yesterday" }, { type: "water" }])).toEqual([
      ["type-not-float64", "/1/value"],
      ["value-not-parsable", "/2/time"],
      ["value-not-allowed", "/3/type"],
    ]);
    expect(placed([outOfRange, CBG, { ...CBG, tags: [] }])).toEqual([
      ["value-out-of-range", "/0/value"],
      ["value-empty", "/2/tags"],
    ]);
  });

  test("has its errors reported in the order of declaration, whatever the order of what was sent", () => {
    const backwards = { backfilled: 1, value: "x", deviceId: 7, time: 7, type: "cbg" };
    const places = ["/0/time", "/0/deviceId", "/0/value", "/0/backfilled"];
    expect(placed([backwards]).map(([, pointer]) => pointer)).toEqual(places);
  });

  test("reports at most a thousand errors", () => {
    const many = (datum: object) => Array.from({ length: 1000 }, () => datum);
    expect(errorsOf(many({ ...CBG, value: -1, tags: [] }))).toHaveLength(1000);
    expect(errorsOf(many({ ...CBG, value: "1", tags: 7 }))).toHaveLength(1000);
    expect(errorsOf([...many({ ...CBG, value: -1, tags: [] }), { type: "water" }])).toHaveLength(1);
  });

  test("repeats only the beginning of a long text", () => {
    const [error] = errorsOf([{ ...CBG, trend: "x".repeat(100_000) }]);
    expect(error!.detail).toMatch(/^value "x{200}…" is not one of/);
  });
});

describe("ids", () => {
  test("are kept as sent, and made where none were", () => {
    const id = "0123456789abcdefghijklmnopqrstuv";
    const guid = "01234567-89ab-4def-8123-456789abcdef";
    expect(dataOf([{ ...CBG, id, guid }, CBG])).toMatchObject([
      { id, guid, fields: expect.not.objectContaining({ id: expect.anything(), guid: expect.anything() }) },
      { id: ID(1), guid: undefined },
    ]);
  });

  test("are unique in a batch, embedded data included", () => {
    const id = "a".repeat(32);
    const duplicate = { code: "value-duplicate", detail: "value is a duplicate" };
    expect(errorsOf([{ ...CBG, id }, CBG, { ...CBG, id }])).toMatchObject([
      { ...duplicate, source: { pointer: "/2/id" } },
    ]);
    const wizard = { type: "wizard", units: "mg/dL", time: TIME, bolus: { ...BOLUS, id } };
    expect(errorsOf([{ ...CBG, id }, wizard])).toMatchObject([{ ...duplicate, source: { pointer: "/1/bolus/id" } }]);
  });

  test("that are new are 32 random hex digits", () => {
    const ids = Array.from({ length: 1000 }, newDatumId);
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("normal form", () => {
  test("says what storage looks for, and the rest as it was sent", () => {
    const origin = { id: "o1", name: "App", time: "2024-05-01T20:15:30.10Z" };
    const sent = { ...CBG, units: "mmol/L", value: 5.123456, deviceId: "d", source: "carelink", origin };
    expect(dataOf([sent])).toEqual([
      {
        id: ID(1),
        type: "cbg",
        time: MS,
        deviceId: "d",
        source: "carelink",
        originId: "o1",
        originTime: origin.time,
        fields: { type: "cbg", units: "mmol/L", value: 5.123456, deviceId: "d", source: "carelink", origin },
        pointer: "/0",
      },
    ]);
  });

  test.each([
    [BOLUS, { type: "bolus", subType: "normal", deliveryType: undefined }],
    [PRIME, { type: "deviceEvent", subType: "prime", deliveryType: undefined }],
    [
      { ...CBG, type: "smbg", subType: "manual" },
      { type: "smbg", subType: "manual", deliveryType: undefined },
    ],
    [
      { type: "basal", deliveryType: "suspend", duration: 1, time: TIME },
      { type: "basal", subType: undefined, deliveryType: "suspend" },
    ],
  ])("names what decides: %j", (sent, expected) => {
    expect(dataOf([sent])).toMatchObject([expected]);
  });

  test("has glucose in mmol/L wherever there is some", () => {
    const wizard = {
      type: "wizard",
      units: "mg/dl",
      time: TIME,
      bgInput: 180,
      insulinSensitivity: 54,
      bgTarget: { target: 100, range: 40 },
    };
    const override = {
      type: "deviceEvent",
      subType: "pumpSettingsOverride",
      overrideType: "sleep",
      time: TIME,
      units: { bg: "mg/dL" },
      bgTarget: { low: 70, high: 180 },
    };
    const pump = {
      type: "pumpSettings",
      time: TIME,
      units: { bg: "mg/dL", carb: "grams" },
      bgTargets: { a: [{ start: 0, target: 100, high: 119 }] },
      insulinSensitivity: [{ start: 0, amount: 54 }],
    };
    const rate = { ...CBG, trendRate: -100, trendRateUnits: "mg/dL/minute" };
    expect(dataOf([wizard, override, pump, rate]).map(({ fields }) => fields)).toMatchObject([
      { units: "mmol/L", bgInput: 9.99135, insulinSensitivity: 2.9974, bgTarget: { target: 5.55075, range: 2.2203 } },
      { units: { bg: "mmol/L" }, bgTarget: { low: 3.88552, high: 9.99135 } },
      {
        units: { bg: "mmol/L", carb: "grams" },
        bgTargets: { a: [{ start: 0, target: 5.55075, high: 6.60539 }] },
        insulinSensitivity: [{ start: 0, amount: 2.9974 }],
      },
      { trendRate: -5.55075, trendRateUnits: "mmol/L/minute" },
    ]);
  });

  test("has time in milliseconds, further digits cut off", () => {
    const times = ["2024-05-01T13:15:30.1239-07:00", "2024-05-01T20:15:30.12Z", "1969-12-31T23:59:59.9999Z"];
    expect(dataOf(times.map((time) => ({ ...CBG, time }))).map(({ time }) => time)).toEqual([MS + 123, MS + 120, -1]);
  });

  test("has the time of a change of the clock as text, without a zone", () => {
    const to = { time: "2024-05-01T13:15:30", timeZoneName: "US/Pacific" };
    const [datum] = dataOf([{ type: "deviceEvent", subType: "timeChange", time: TIME, to }]);
    expect(datum!.fields.to).toEqual(to);
  });

  test("has no null, no unknown member at any depth, and no negative zero", () => {
    const origin = { id: null, name: "a", other: 1, payload: { kept: null } };
    const [datum] = dataOf([{ ...CBG, value: -0, origin, deviceId: null, location: null, conversionOffset: -0 }]);
    expect(datum!.fields).toEqual({
      type: "cbg",
      units: "mmol/L",
      value: 0,
      conversionOffset: 0,
      origin: { name: "a", payload: { kept: null } },
    });
  });
});

describe("embedded data", () => {
  const wizard = (bolus: unknown) => ({ type: "wizard", units: "mg/dL", time: TIME, bolus });
  const alarm = (status: unknown) => ({
    type: "deviceEvent",
    subType: "alarm",
    alarmType: "other",
    time: TIME,
    status,
  });

  test.each([
    ["normal", { normal: 1 }],
    ["square", { extended: 1, duration: 0 }],
    ["dual/square", { normal: 1, extended: 1, duration: 0 }],
    ["automated", { normal: 1 }],
  ])("a %s bolus becomes a datum after the others, which its wizard names", (subType, own) => {
    const data = dataOf([wizard({ type: "bolus", subType, time: TIME, ...own }), CBG]);
    expect(data.map(({ type, pointer }) => [type, pointer])).toEqual([
      ["wizard", "/0"],
      ["cbg", "/1"],
      ["bolus", "/0/bolus"],
    ]);
    expect(data[0]!.fields.bolus).toBe(data[2]!.id);
    expect(data[2]!.fields).toEqual({ type: "bolus", subType, ...own });
  });

  test("a status does so for an alarm and a change of the reservoir", () => {
    const change = {
      type: "deviceEvent",
      subType: "reservoirChange",
      time: TIME,
      status: { ...STATUS, id: "b".repeat(32) },
    };
    const data = dataOf([alarm(STATUS), change]);
    expect(data.map(({ subType }) => subType)).toEqual(["alarm", "reservoirChange", "status", "status"]);
    expect(data.map(({ fields }) => fields.status)).toEqual([data[2]!.id, "b".repeat(32), "resumed", "resumed"]);
  });

  test("has the units of its own datum, and leaves those around it", () => {
    const body = { ...wizard(BOLUS), bgInput: 180, carbInput: 1, insulinSensitivity: 54 };
    expect(dataOf([body])[0]!.fields).toMatchObject({ bgInput: 9.99135, insulinSensitivity: 2.9974 });
  });

  test.each(["a".repeat(32), 7, []])("is a whole datum, not %j", (value) => {
    expect(placed([wizard(value), alarm(value)])).toEqual([
      ["type-not-object", "/0/bolus"],
      ["type-not-object", "/1/status"],
    ]);
  });

  test("is of one kind", () => {
    expect(errorsOf([wizard(CBG), alarm(PRIME), wizard({ type: "bolus" })])).toMatchObject([
      { detail: 'value "cbg" is not one of ["bolus"]', source: { pointer: "/0/bolus/type" } },
      { detail: 'value "prime" is not one of ["status"]', source: { pointer: "/1/status/subType" } },
      { code: "value-not-exists", source: { pointer: "/2/bolus/subType" } },
    ]);
  });

  test("has its errors at its place, named after the datum around it", () => {
    const meta = { type: "deviceEvent", subType: "alarm" };
    const [error] = errorsOf([CBG, CBG, CBG, CBG, alarm({ ...STATUS, duration: -1 })]);
    expect(error).toMatchObject({ code: "value-out-of-range", source: { pointer: "/4/status/duration" }, meta });
    expect(errorsOf([alarm({ type: "cbg" })])).toMatchObject([{ meta }]);
    expect(errorsOf([alarm({ ...STATUS, time: undefined }), { ...CBG, value: -1 }])).toMatchObject([
      { source: { pointer: "/0/status/time" }, meta },
      { source: { pointer: "/1/value" }, meta: { type: "cbg" } },
    ]);
  });
});

describe("identities by device", () => {
  test("need the device of each datum, embedded ones included", () => {
    const deviceId = "d";
    const wizard = { type: "wizard", units: "mg/dL", time: TIME, deviceId, bolus: BOLUS };
    const basal = { type: "basal", deliveryType: "suspend", duration: 1, time: TIME };
    expect(missingForHash(dataOf([null, { ...CBG, deviceId }, PRIME, wizard, basal]))).toEqual(
      [
        ["/2/deviceId", PRIME_META],
        ["/4/deviceId", { type: "basal", deliveryType: "suspend" }],
        ["/3/bolus/deviceId", { type: "wizard" }],
      ].map(([pointer, meta]) => ({
        code: "value-not-exists",
        title: "value does not exist",
        detail: "value does not exist",
        source: { pointer },
        meta,
      })),
    );
  });

  test("are told to miss at most a thousand", () => {
    const wizard = { type: "wizard", units: "mg/dL", time: TIME, bolus: BOLUS };
    expect(missingForHash(dataOf(Array.from({ length: 1000 }, () => wizard)))).toHaveLength(1000);
  });

  test("miss nothing when it is there", () => {
    expect(missingForHash(dataOf([{ ...CBG, deviceId: "d" }]))).toEqual([]);
  });
});
