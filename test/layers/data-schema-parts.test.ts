import { expect, test } from "vitest";
import { operations } from "../../src/entry/operations.ts";
import * as described from "../../src/features/device-data/model/data-schema.ts";

// Tests run with the schemas of device data; a deployed Worker has others in their place, which say nothing.
const [deployed = {}] = Object.values(
  import.meta.glob<Record<string, unknown>>(["../../build/data-schema.js"], { eager: true }),
);

test("the bundle has a stand-in for each schema of device data", () => {
  expect(Object.keys(deployed).toSorted()).toEqual(Object.keys(described).toSorted());
});

test("no request is judged by a schema that the bundle has a stand-in for", () => {
  const stoodIn = new Set<unknown>(Object.values(described));
  const judged = operations.filter(({ route }) => {
    const body = route.request?.body?.content["application/json"] as { schema?: unknown } | undefined;
    return stoodIn.has(body?.schema);
  });
  expect(judged.map(({ route }) => route.operationId).toSorted()).toEqual([
    "AddData",
    "OpenDataSet",
    "RemoveData",
    "UpdateDataSet",
  ]);
  for (const { ownInput, route } of judged)
    expect([route.operationId, ownInput]).toEqual([route.operationId, expect.any(Object)]);
});
