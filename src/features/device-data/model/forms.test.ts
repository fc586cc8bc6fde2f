import { describe, expect, test } from "vitest";
import { guidOf, toClient, toStored } from "./forms.ts";
import { readBatch } from "./ingest.ts";

const ID = "5f0c11223344556677889900aabbccdd";

/** The prime of the published example. */
const SENT = {
  type: "deviceEvent",
  subType: "prime",
  primeTarget: "tubing",
  volume: 14.2,
  time: "2024-05-01T13:15:30-07:00",
  deviceTime: "2024-05-01T13:15:30",
  timezoneOffset: -420,
  conversionOffset: 0,
  clockDriftOffset: 0,
  deviceId: "PumpCo-900-771203",
  uploadId: "ignored",
};
const SET = "c0ffee00c0ffee00c0ffee00c0ffee00";
const HASH = "EjKeBJspzw3F2ejyJzUVjwma7+NiQ0ihAmTRMwKfydA=";
const STAMP = {
  userId: "1a2b3c4d5e",
  uploadId: SET,
  isActive: false,
  now: Date.parse("2024-05-01T20:20:00.123Z"),
  hash: HASH,
};

function stored(datum: object = SENT, stamp: object = {}) {
  const result = readBatch([datum], { newId: () => ID });
  if ("errors" in result) throw new Error(JSON.stringify(result.errors));
  return toStored(result.data[0]!, { ...STAMP, ...stamp });
}

const { uploadId: _, time: __, ...KEPT } = SENT;
const TIME = "2024-05-01T20:15:30.000Z";

describe("the three forms of a prime", () => {
  test("are stored with what the server adds", () => {
    expect(stored()).toEqual({
      ...KEPT,
      time: TIME,
      id: ID,
      uploadId: SET,
      _active: false,
      _userId: "1a2b3c4d5e",
      _version: 0,
      _deduplicator: { hash: HASH },
      createdTime: "2024-05-01T20:20:00.123Z",
      modifiedTime: "2024-05-01T20:20:00.123Z",
    });
  });

  test("are read without it, but for ids", () => {
    expect(toClient(stored())).toEqual({ ...KEPT, time: TIME, id: ID, guid: guidOf(ID), uploadId: SET });
  });
});

test("a guid that was sent is stored and read; others are only read", () => {
  const guid = "01234567-89ab-4def-8123-456789abcdef";
  expect(stored({ ...SENT, guid }).guid).toBe(guid);
  expect(toClient(stored({ ...SENT, guid })).guid).toBe(guid);
  expect(stored()).not.toHaveProperty("guid");
});

test("nothing internal is read, whatever is stored", () => {
  const internal = {
    _state: "open",
    _dataState: "open",
    _groupId: "g",
    revision: 3,
    provenance: { clientID: "c" },
    createdUserId: "u",
    modifiedUserId: "u",
    archivedTime: TIME,
    archivedDatasetId: SET,
    deletedTime: TIME,
    deletedUserId: "u",
  };
  expect(toClient({ ...stored(), ...internal })).toEqual(toClient(stored()));
});

test("provenance and hash are stored when there are some", () => {
  const provenance = { clientID: "c", byUserID: "u", sourceIP: "203.0.113.7" };
  expect(stored(SENT, { provenance })).toMatchObject({ provenance });
  expect(stored(SENT, { hash: undefined })).not.toHaveProperty("_deduplicator");
});

describe("a guid", () => {
  test("is the id in the form of a UUID", () => {
    expect(guidOf("00112233445566778899aabbccddeeff")).toBe("00112233-4455-4677-8899-aabbccddeeff");
    expect(guidOf("ffffffffffffffffffffffffffffffff")).toBe("ffffffff-ffff-4fff-bfff-ffffffffffff");
  });

  test("of an id that is not hex is made of all its characters", () => {
    const ids = ["z".repeat(32), `${"z".repeat(31)}y`, `y${"z".repeat(31)}`, "g".repeat(32)];
    const guids = ids.map(guidOf);
    expect(new Set(guids).size).toBe(ids.length);
    expect(ids.map(guidOf)).toEqual(guids);
    for (const guid of guids)
      expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
