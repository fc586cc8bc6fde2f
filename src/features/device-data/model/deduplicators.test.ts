import { describe, expect, test } from "vitest";
import { DEDUPLICATORS, deduplicatorFor, deduplicatorNamed, hasPrimeTarget } from "./deduplicators.ts";

const NAMES = {
  none: "org.tidepool.deduplicator.none",
  hash: "org.tidepool.deduplicator.device.deactivate.hash",
  truncate: "org.tidepool.deduplicator.device.truncate.dataset",
  origin: "org.tidepool.deduplicator.dataset.delete.origin",
  older: "org.tidepool.deduplicator.dataset.delete.origin.older",
  drop: "org.tidepool.deduplicator.dataset.drop.hash",
};

const chosen = (dataSet: object) => {
  const found = deduplicatorFor({ dataSetType: "normal", ...dataSet });
  return "code" in found ? found : found.name;
};

describe("by name", () => {
  test.each([
    [NAMES.none, "1.0.0", ["org.tidepool.continuous"]],
    [NAMES.hash, "1.2.0", ["org.tidepool.hash-deactivate-old"]],
    [NAMES.truncate, "1.1.0", ["org.tidepool.truncate"]],
    [NAMES.origin, "1.0.0", ["org.tidepool.continuous.origin"]],
    [NAMES.older, "1.0.0", []],
    [NAMES.drop, "1.1.0", []],
  ])("%s %s, also by its old names", (name, version, oldNames) => {
    for (const one of [name, ...oldNames]) expect(deduplicatorNamed(one)).toMatchObject({ name, version, oldNames });
    expect(chosen({ deduplicatorName: name, dataSetType: "continuous" })).toBe(name);
  });

  test("another is an error that names them", () => {
    expect(chosen({ deduplicatorName: "org.example.other" })).toEqual({
      code: "value-not-allowed",
      title: "value is not one of the allowed values",
      detail: `value "org.example.other" is not one of [${Object.values(NAMES)
        .map((name) => `"${name}"`)
        .join(", ")}]`,
      source: { pointer: "/deduplicator/name" },
    });
  });
});

describe("without a name", () => {
  const device = (maker: string, model: string) => ({
    deviceId: "d",
    deviceManufacturers: ["Other", maker],
    deviceModel: model,
  });

  test.each([
    ["Abbott", "FreeStyle Libre"],
    ["LifeScan", "OneTouch Ultra 2"],
    ["LifeScan", "Verio Flex"],
    ["Medtronic", "523"],
    ["Medtronic", "1782"],
    ["Medtronic", "1714K"],
    ["Trividia Health", "TRUE METRIX GO"],
  ])("%s %s has its identities compared", (maker, model) => {
    expect(chosen(device(maker, model))).toBe(NAMES.hash);
    expect(chosen({ ...device(maker, model), deviceId: undefined })).toBe(NAMES.none);
    expect(chosen({ ...device(maker, model), dataSetType: "continuous" })).toBe(NAMES.none);
  });

  test("Animas replaces its other sets", () => {
    expect(chosen(device("Animas", "Ping"))).toBe(NAMES.truncate);
    expect(chosen({ ...device("Animas", "Ping"), deviceId: undefined })).toBe(NAMES.none);
    expect(chosen({ ...device("Animas", "Ping"), dataSetType: "continuous" })).toBe(NAMES.none);
  });

  test.each([
    ["Medtronic", "FreeStyle Libre"],
    ["medtronic", "523"],
    ["constructor", "name"],
    ["Abbott", ""],
  ])("%s %s has none", (maker, model) => {
    expect(chosen(device(maker, model))).toBe(NAMES.none);
  });

  test("nothing at all has none", () => {
    expect(chosen({})).toBe(NAMES.none);
  });
});

test("primes are told by their target in new sets, and not in those of older versions", () => {
  const versions = ["1.0.0", "1.1.0", "1.2.0"];
  expect(versions.map((version) => hasPrimeTarget(deduplicatorNamed(NAMES.hash)!, version))).toEqual([
    false,
    false,
    true,
  ]);
  expect(versions.map((version) => hasPrimeTarget(deduplicatorNamed(NAMES.drop)!, version))).toEqual([
    false,
    true,
    true,
  ]);
  for (const one of DEDUPLICATORS) expect(hasPrimeTarget(one, one.version)).toBe(one.identity !== undefined);
});
