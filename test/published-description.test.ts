import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { TAGS } from "../src/description/texts/tags.ts";
import { DATA_TYPES } from "../src/features/device-data/model/data-types.ts";
import { description } from "./description.ts";

type Schema = Record<string, any>;

const components = description.components as { schemas: Record<string, Schema> };
const operations = Object.values(description.paths ?? {}).flatMap((item) =>
  Object.values(item as Record<string, Schema>).filter((it) => it.operationId !== undefined),
);
const referred = (schema: Schema): Schema =>
  schema.$ref === undefined
    ? schema
    : { ...components.schemas[(schema.$ref as string).split("/").at(-1)!], ...schema, $ref: undefined };

/** The places in a schema where a request may say as much as it likes. */
function unbounded(schema: Schema, at: string): string[] {
  const it = referred(schema);
  const types = [it.type].flat();
  const isFixed = it.enum !== undefined || it.const !== undefined;
  const own = [
    ...(types.includes("string") && !isFixed && it.maxLength === undefined ? [at] : []),
    ...(types.includes("array") && it.maxItems === undefined ? [`${at}[]`] : []),
    ...(it.additionalProperties && it.maxProperties === undefined ? [`${at}{}`] : []),
    ...(it.type === undefined && !isFixed && !it.anyOf && !it.oneOf ? [`${at}: of any type`] : []),
  ];
  const parts = [
    ...Object.entries((it.properties ?? {}) as Record<string, Schema>).map(([name, part]) => [part, `${at}.${name}`]),
    ...(it.items ? [[it.items, `${at}[]`]] : []),
    ...(typeof it.additionalProperties === "object" ? [[it.additionalProperties, `${at}{}`]] : []),
    ...[...(it.anyOf ?? []), ...(it.oneOf ?? []), ...(it.allOf ?? [])].map((part: Schema) => [part, at]),
  ] as [Schema, string][];
  return [...own, ...parts.flatMap(([part, where]) => unbounded(part, where))];
}

/** Bodies whose parts are another system's to define; the size and the depth of the whole are bounded (test/core/bodies.test.ts). */
const FOREIGN = new Set([
  "ProcessEHRMessage",
  "XealthPreorder",
  "XealthNotification",
  "XealthGetPrograms",
  "XealthGetProgramUrl",
]);

describe("what a request may say", () => {
  test("is looked at whole", () => {
    const loose = { type: "object", properties: { a: { type: "array", items: { type: "string" } } }, required: ["a"] };
    expect(unbounded(loose, "body")).toEqual(["body.a[]", "body.a[]"]);
    expect(unbounded({ type: "object", additionalProperties: { type: "string", maxLength: 1 } }, "m")).toEqual(["m{}"]);
    expect(operations.length).toBeGreaterThan(70);
  });

  test.each(operations.map((it) => [it.operationId, it] as const))("%s bounds every text, list and map", (_, it) => {
    const parameters = ((it.parameters ?? []) as Schema[]).flatMap((parameter) =>
      unbounded(parameter.schema, `${parameter.in} ${parameter.name}`),
    );
    const body = it.requestBody?.content["application/json"]?.schema as Schema | undefined;
    expect([...parameters, ...(body && !FOREIGN.has(it.operationId) ? unbounded(body, "body") : [])]).toEqual([]);
  });

  test.each(operations.map((it) => [it.operationId, it] as const))(
    "%s publishes that no query text may be empty",
    (_, it) => {
      const texts = ((it.parameters ?? []) as Schema[])
        .filter((parameter) => parameter.in === "query" && referred(parameter.schema).type === "string")
        .map((parameter): Schema => ({ name: parameter.name, ...referred(parameter.schema) }))
        .filter((it) => !it.enum && it.format !== "date-time");
      expect(texts.filter((it) => (it.minLength ?? 0) < 1).map((it) => it.name)).toEqual([]);
    },
  );
});

describe("what is said of the operations", () => {
  test("each has a short summary of its own and a description", () => {
    const summaries = operations.map((it) => it.summary as string);
    expect(summaries.filter((it) => !/^[A-Z]\S*(?: [\w'-]+){2,7}$/.test(it))).toEqual([]);
    expect(summaries.filter((it, i) => summaries.indexOf(it) !== i)).toEqual([]);
    expect(operations.filter((it) => !/^[A-Z].*\.$/.test(it.description)).map((it) => it.operationId)).toEqual([]);
  });

  test("each tag that is used has a text, and no other", () => {
    const used = new Set(operations.flatMap((it) => it.tags as string[]));
    expect(TAGS.map((it) => it.name).toSorted()).toEqual([...used].toSorted());
  });
});

describe("what generators of clients make names and types of", () => {
  test("each operation has one tag: with two, its types are made twice", () => {
    expect(operations.filter((it) => it.tags.length !== 1).map((it) => it.operationId)).toEqual([]);
  });

  test("no schema is named as a generator names the request or the response of an operation", () => {
    const taken = new Set(operations.flatMap((it) => [`${it.operationId}Request`, `${it.operationId}Response`]));
    const isTaken = (name: string) => taken.has(name[0]!.toUpperCase() + name.slice(1));
    expect(Object.keys(components.schemas).filter(isTaken)).toEqual([]);
  });

  test("alternatives are told apart by a member, except those of refusals", () => {
    const without = (schema: Schema, at: string): string[] => [
      ...((schema.oneOf ?? schema.anyOf) && !schema.discriminator ? [at] : []),
      ...Object.entries(schema).flatMap(([key, part]) =>
        part && typeof part === "object" && !/^examples?$/.test(key) ? without(part as Schema, `${at}.${key}`) : [],
      ),
    ];
    const found = [...without(components.schemas, ""), ...without(description.paths as Schema, "")];
    expect(found).toEqual([".dataRefusal.v1", ".dataReadRefusal.v1", ".dataQueryRefusal.v1"]);
  });

  test("data are told apart by their type, and each type by its own member", () => {
    const { items } = description.paths!["/data/{userId}"]!.get!.responses!["200"].content["application/json"].schema;
    const { oneOf, discriminator } = referred(items);
    expect(discriminator.propertyName).toBe("type");
    expect(Object.keys(discriminator.mapping).toSorted()).toEqual([...Object.keys(DATA_TYPES), "upload"].toSorted());
    const nested = oneOf.map(referred).filter((it: Schema) => it.type !== "object");
    expect(nested.map((it: Schema) => it.discriminator.propertyName)).toEqual(["deliveryType", "subType", "subType"]);
  });
});

describe("the description as JSON Schema 2020-12", () => {
  const text = JSON.stringify(description);

  test.each(Object.keys(components.schemas))("%s compiles", (name) => {
    const ajv = new Ajv2020({ strict: false });
    addFormats(ajv);
    ajv.addFormat("float", true);
    ajv.addSchema({ $id: "api", components });
    expect(ajv.compile({ $ref: `api#/components/schemas/${name}` })).toBeTypeOf("function");
  });

  test("has references with siblings instead of an allOf, and patterns where a format held one", () => {
    expect(text).not.toContain('"allOf"');
    expect(text.match(/"format":"[^"]*[\^[][^"]*"/)).toBeNull();
  });

  test("says of a filter of the TIDE report what is sent", () => {
    const filters = components.schemas["tideFilters.v1"]!.properties;
    expect(filters.dropInTimeInTargetPercent.enum).toEqual(["<-0.15"]);
    expect("<0.7").toMatch(new RegExp(filters.timeInTargetPercent.pattern));
  });
});
