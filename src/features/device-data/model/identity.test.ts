import { describe, expect, test } from "vitest";
import type { IngestedDatum } from "./forms.ts";
import { decimalText, identityHash, identityHashes, identityText } from "./identity.ts";
import { readBatch } from "./ingest.ts";

const OWNER = "1a2b3c4d5e";
const OLD = { ownerId: OWNER, hasPrimeTarget: false };
const NEW = { ownerId: OWNER, hasPrimeTarget: true };

function datum(sent: object): IngestedDatum {
  const result = readBatch([{ time: "2024-05-01T20:15:30Z", deviceId: "d", ...sent }], { newId: () => "0".repeat(32) });
  if ("errors" in result) throw new Error(JSON.stringify(result.errors));
  return result.data[0]!;
}
const prime = (changes: object = {}) =>
  datum({
    type: "deviceEvent",
    subType: "prime",
    primeTarget: "tubing",
    volume: 14.2,
    deviceId: "PumpCo-900-771203",
    ...changes,
  });

describe("published vectors", () => {
  test("of a prime, by the older version", async () => {
    const text = identityText(prime({ time: "2024-05-01T13:15:30-07:00" }), OLD);
    expect(text).toBe("1a2b3c4d5e|PumpCo-900-771203|2024-05-01T20:15:30Z|deviceEvent|prime");
    expect(await identityHash(text)).toBe("EjKeBJspzw3F2ejyJzUVjwma7+NiQ0ihAmTRMwKfydA=");
  });

  test("of a reading", async () => {
    const cbg = datum({
      type: "cbg",
      units: "mg/dL",
      value: 119,
      deviceId: "CgmCo-5-003",
      time: "2024-05-01T20:15:30.5Z",
    });
    for (const scope of [OLD, NEW]) {
      expect(identityText(cbg, scope)).toBe("1a2b3c4d5e|CgmCo-5-003|2024-05-01T20:15:30.5Z|cbg|mmol/L|6.60539");
    }
    expect(await identityHashes([cbg], NEW)).toEqual(["xek3LDgNArBpRUURH0U3W1QGNPCEIw1A8iDzeBNop7Q="]);
  });
});

test("primes of two targets are two by the newer version, and one by the older", () => {
  const [tubing, cannula] = [prime(), prime({ primeTarget: "cannula", volume: 0.5 })];
  expect(identityText(tubing, OLD)).toBe(identityText(cannula, OLD));
  expect(identityText(tubing, NEW)).toMatch(/\|deviceEvent\|prime\|tubing$/);
  expect(identityText(cannula, NEW)).toMatch(/\|deviceEvent\|prime\|cannula$/);
});

test("the volume is not part of it, nor the zone of the time", () => {
  expect(identityText(prime({ volume: 1 }), NEW)).toBe(identityText(prime(), NEW));
  expect(identityText(prime({ time: "2024-05-02T05:45:30+09:30" }), NEW)).toBe(identityText(prime(), NEW));
});

test("a reading in mg/dL has the identity of the same in mmol/L", () => {
  const [one, other] = [
    datum({ type: "smbg", units: "mg/dL", value: 119 }),
    datum({ type: "smbg", units: "mmol/L", value: 6.60539 }),
  ];
  expect(identityText(one, NEW)).toBe(identityText(other, NEW));
});

test.each([
  [{ type: "bolus", subType: "normal", normal: 1 }, "bolus|normal"],
  [{ type: "basal", deliveryType: "suspend", duration: 1 }, "basal|suspend"],
  [{ type: "deviceEvent", subType: "status", status: "resumed", reason: { a: 1 } }, "deviceEvent|status"],
  [{ type: "smbg", subType: "manual", units: "mmol/L", value: 5 }, "smbg|mmol/L|5"],
  [{ type: "food" }, "food"],
  [{ type: "wizard", units: "mmol/L" }, "wizard"],
  [{ type: "pumpSettings" }, "pumpSettings"],
])("of %j", (sent, ending) => {
  expect(identityText(datum(sent), NEW)).toBe(`${OWNER}|d|2024-05-01T20:15:30Z|${ending}`);
  expect(identityText(datum(sent), { ...NEW, dataSetId: "set" })).toBe(`${OWNER}|set|2024-05-01T20:15:30Z|${ending}`);
});

test.each([
  [0, "0"],
  [55, "55"],
  [5.55075, "5.55075"],
  [1e-7, "0.0000001"],
  [1.25e-9, "0.00000000125"],
])("%d is written without exponent", (value, text) => {
  expect(decimalText(value)).toBe(text);
});
