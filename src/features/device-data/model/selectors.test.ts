import { describe, expect, test } from "vitest";
import { readSelectors } from "./selectors.ts";

const ID = "0".repeat(32);
const TIME = "2024-05-01T20:15:30Z";

const errorsOf = (body: unknown) => {
  const result = readSelectors(body);
  return "errors" in result ? result.errors.map(({ code, source }) => [(source as any)?.pointer, code]) : [];
};

describe("selectors", () => {
  test.each([
    [[{ id: ID }, { id: "z".repeat(32), time: TIME }], { kind: "id", values: [ID, "z".repeat(32)] }],
    [[{ deduplicator: { hash: "h" } }], { kind: "hash", values: ["h"] }],
    [
      [{ origin: { id: "o", time: TIME } }, { origin: { id: "p" }, time: TIME }],
      { kind: "originId", values: ["o", "p"] },
    ],
  ])("%j are read", (body, selectors) => {
    expect(readSelectors(body)).toEqual({ selectors });
  });

  test.each<[unknown, [string | undefined, string][]]>([
    [{}, [[undefined, "json-malformed"]]],
    [null, [[undefined, "json-malformed"]]],
    [[], [["", "value-empty"]]],
    [Array.from({ length: 1001 }, () => ({ id: ID })), [["", "length-out-of-range"]]],
    [[{}], [["/0", "values-not-exist-for-one"]]],
    [[{ time: TIME }], [["/0", "values-not-exist-for-one"]]],
    [[7], [["/0", "type-not-object"]]],
    [[null], [["/0", "type-not-object"]]],
    [[{ id: "x" }], [["/0/id", "value-not-valid"]]],
    [[{ id: 7 }], [["/0/id", "type-not-string"]]],
    [[{ deduplicator: {} }], [["/0/deduplicator/hash", "value-not-exists"]]],
    [[{ deduplicator: { hash: "" } }], [["/0/deduplicator/hash", "value-empty"]]],
    [[{ deduplicator: { hash: "h".repeat(1001) } }], [["/0/deduplicator/hash", "length-out-of-range"]]],
    [[{ origin: { id: "o".repeat(101) } }], [["/0/origin/id", "length-out-of-range"]]],
    [[{ origin: { time: TIME } }], [["/0/origin/id", "value-not-exists"]]],
    [[{ id: ID, time: "now" }], [["/0/time", "value-not-valid"]]],
    [[{ id: ID, deduplicator: { hash: "h" } }], [["/0/deduplicator", "value-exists"]]],
    [[{ id: ID, origin: { id: "o" } }], [["/0/origin", "value-exists"]]],
    [[{ id: ID }, { origin: { id: "o" } }], [["/1/id", "value-not-exists"]]],
    [[{ origin: { id: "o" } }, { deduplicator: { hash: "h" } }], [["/1/origin", "value-not-exists"]]],
    [[{ id: ID, deviceId: "d" }], [["/0/deviceId", "not-parsed"]]],
  ])("%j are refused", (body, errors) => {
    expect(errorsOf(body)).toEqual(errors);
  });

  test("are at most a thousand", () => {
    expect(errorsOf(Array.from({ length: 1000 }, () => ({ id: ID })))).toEqual([]);
  });
});
