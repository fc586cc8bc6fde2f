import { OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";
import { describe, expect, test } from "vitest";
import * as schemas from "./data-schema.ts";

type Schema = Record<string, any>;

const definitions = Object.values(schemas)
  .filter((schema) => typeof schema === "object")
  .map((schema) => ({ type: "schema" as const, schema }));
const described = new OpenApiGeneratorV31(definitions).generateComponents().components!.schemas as Record<
  string,
  Schema
>;

/** The members of a schema, its references followed. */
function membersOf(schema: Schema): Schema[] {
  const it = schema.$ref === undefined ? schema : described[schema.$ref.split("/").at(-1)]!;
  const parts = [
    ...Object.values(it.properties ?? {}),
    it.items,
    it.additionalProperties,
    ...(it.oneOf ?? it.anyOf ?? []),
  ];
  return [it, ...parts.filter((part) => typeof part === "object").flatMap((part) => membersOf(part as Schema))];
}

const bodies = ["datumIngestion.v1", "dataIngestion.v1", "dataSetCreation.v1", "dataSetUpdate.v1", "dataSelectors.v1"];

test.each(bodies)("%s bounds every text, list and map", (name) => {
  for (const schema of membersOf(described[name]!)) {
    if (schema.type === "string" && !schema.enum) expect(schema, JSON.stringify(schema)).toHaveProperty("maxLength");
    if (schema.type === "array") expect(schema).toHaveProperty("maxItems");
    if (schema.additionalProperties) expect(schema).toHaveProperty("maxProperties");
    expect(schema.type ?? schema.oneOf ?? schema.anyOf, JSON.stringify(schema)).toBeDefined();
  }
});

test("no pattern needs Unicode properties", () => {
  expect(JSON.stringify(described)).not.toContain(String.raw`\\p`);
});

describe("data", () => {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

  test.each([
    ["datumIngestion.v1", "Ingestion.v1"],
    ["datum.v1", ".v1"],
  ])("%s is told apart by type, then by what decides", (name, ending) => {
    const types = ["basal", "cbg", "smbg", "bolus", "wizard", "deviceEvent", "food", "pumpSettings"];
    expect(described[name]!.oneOf).toEqual(types.map((type) => ref(type + ending)));
    expect(described[name]!.discriminator.propertyName).toBe("type");
    expect(described[`basal${ending}`]!.discriminator).toEqual({
      propertyName: "deliveryType",
      mapping: Object.fromEntries(
        ["automated", "scheduled", "suspend", "temp"].map((one) => [
          one,
          ref(`basal${one[0]!.toUpperCase()}${one.slice(1)}${ending}`).$ref,
        ]),
      ),
    });
    expect(Object.keys(described[`deviceEvent${ending}`]!.discriminator.mapping)).toEqual([
      "alarm",
      "calibration",
      "prime",
      "pumpSettingsOverride",
      "reservoirChange",
      "status",
      "timeChange",
    ]);
    expect(described[`bolus${ending}`]!.discriminator.mapping["dual/square"]).toBe(
      ref(`bolusDualSquare${ending}`).$ref,
    );
  });

  test.each(["Ingestion.v1", ".v1"])("a prime is told apart by its target: %s", (ending) => {
    expect(described[`deviceEventPrime${ending}`]!.discriminator).toEqual({
      propertyName: "primeTarget",
      mapping: {
        cannula: ref(`deviceEventPrimeCannula${ending}`).$ref,
        tubing: ref(`deviceEventPrimeTubing${ending}`).$ref,
      },
    });
    for (const [target, maximum] of [
      ["Cannula", 10],
      ["Tubing", 100],
    ] as const) {
      const { properties, required } = described[`deviceEventPrime${target}${ending}`]!;
      expect(properties.volume).toEqual({ type: "number", minimum: 0, maximum });
      expect(properties.primeTarget.enum).toEqual([target.toLowerCase()]);
      expect(required).toEqual(expect.arrayContaining(["type", "subType", "time", "primeTarget", "volume"]));
    }
  });

  test("are read in mmol/L, with ids of the server, and without what is conditional being required", () => {
    const { properties, required } = described["cbg.v1"]!;
    expect(properties).toMatchObject({ units: { enum: ["mmol/L"] }, value: { minimum: 0, maximum: 55.50748 } });
    expect(required).toEqual(["type", "id", "guid", "uploadId", "time", "units", "value"]);
    expect(described["cbgIngestion.v1"]!.required).toEqual(["type", "time", "units", "value"]);
    expect(described["cbgIngestion.v1"]!.properties).not.toHaveProperty("uploadId");
  });

  test("that are embedded are whole when sent, and ids when read", () => {
    expect(described["wizardIngestion.v1"]!.properties.bolus).toEqual(ref("bolusIngestion.v1"));
    expect(described["deviceEventAlarmIngestion.v1"]!.properties.status).toEqual(ref("deviceEventStatusIngestion.v1"));
    expect(described["wizard.v1"]!.properties.bolus).toMatchObject({ type: "string", pattern: "^[0-9a-z]{32}$" });
  });
});

test("a data set is answered with what the server sets", () => {
  const { required } = described["dataSet.v1"]!;
  expect(required).toEqual([
    "id",
    "uploadId",
    "type",
    "dataSetType",
    "state",
    "deduplicator",
    "createdTime",
    "modifiedTime",
  ]);
  expect(described["dataSetCreation.v1"]!.required).toBeUndefined();
});
