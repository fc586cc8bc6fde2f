import { describe, expect, test } from "vitest";
import {
  described,
  type Document,
  eachProperty,
  keysOfParameter,
  keysOfProperty,
  operationsOf,
  type Schema,
} from "../src/description/describe.ts";
import { PARAMETERS } from "../src/description/texts/parameters.ts";
import { PROPERTIES } from "../src/description/texts/properties.ts";
import { SELF_EXPLAINING } from "../src/description/texts/self-explaining.ts";
import { ListParameters, orderOf } from "../src/features/patients/list/parameters.ts";
import { description, faultsOf } from "./description.ts";

/** Whether the list takes a query. */
function isTaken(query: Record<string, string>): boolean {
  try {
    orderOf(ListParameters.parse(query));
    return true;
  } catch {
    return false;
  }
}

const bare = description as unknown as Document;
const published = described(description) as unknown as Document;
const operations = operationsOf(published);

/** Every schema with the name that its properties are described under. */
function* schemas(document: Document): Generator<readonly [owner: string, Schema]> {
  yield* Object.entries(document.components.schemas);
  for (const [, { operationId, requestBody, responses }] of operationsOf(document)) {
    for (const content of [requestBody?.content, ...Object.values(responses).map((response) => response.content)]) {
      const schema = content?.["application/json"]?.schema;
      if (schema) yield [operationId, schema];
    }
  }
}

describe("the description", () => {
  test("answers by whose headers a client goes on say so", () => {
    const having = (name: string) =>
      operations.flatMap(([, { operationId, responses }]) =>
        Object.entries(responses).flatMap(([status, response]) => {
          const { $ref } = response as { $ref?: string };
          const shared = published.components.responses as Record<string, typeof response>;
          const { headers = {} } = $ref ? shared[$ref.split("/").at(-1)!]! : response;
          return name in headers ? [`${operationId} ${status}`] : [];
        }),
      );
    expect(having("location")).toEqual(["MergeClinic 202", "UndoMerge 202"]);
    expect(having("content-range")).toEqual(["GetPatientReport 206", "GetPatientReport 416"]);
    expect(having("link")).toEqual(
      expect.arrayContaining(["GetPatient 404", "UpdatePatient 404", "ConnectProvider 404"]),
    );
    expect(having("link").length).toBeGreaterThan(12);
  });

  test("every parameter has a text", () => {
    const without = operations.flatMap(([, { operationId, parameters = [] }]) =>
      parameters.filter((it) => !("$ref" in it) && !it.description).map(({ name }) => `${operationId}.${name}`),
    );
    expect(without).toEqual([]);
  });

  test("every property has a text, or a name that says it all", () => {
    const without = new Set<string>();
    for (const [owner, schema] of schemas(published)) {
      eachProperty(schema, (property, path) => {
        const isClear = SELF_EXPLAINING.has(path.at(-1)!) || "const" in property;
        if (!property.description && !isClear) without.add(`${owner}#${path.join(".")}`);
      });
    }
    expect([...without]).toEqual([]);
  });

  test("no text is about something that is not there", () => {
    const properties = new Set<string>();
    for (const [owner, schema] of schemas(bare)) {
      eachProperty(schema, (_, path) => keysOfProperty(owner, path).forEach((key) => properties.add(key)));
    }
    expect(Object.keys(PROPERTIES).filter((key) => !properties.has(key))).toEqual([]);
    const parameters = new Set(
      operationsOf(bare).flatMap(([, { operationId, parameters: all = [] }]) =>
        all.flatMap(({ name }) => keysOfParameter(operationId, name)),
      ),
    );
    expect(Object.keys(PARAMETERS).filter((key) => !parameters.has(key))).toEqual([]);
  });

  // Those of whole requests and responses are judged where they are recorded.
  test("every example of a parameter and a property is as its schema says", () => {
    const failed: (string | undefined)[] = [];
    // Alternatives of a schema may have a property of the same name: each is judged by itself.
    const judge = (schema: object, example: unknown, where: string) =>
      failed.push(faultsOf(`${where} (example ${failed.length})`, schema, example));
    const examplesOf = ({ example, examples: several = [] }: Schema) => [
      ...(example === undefined ? [] : [example]),
      ...several,
    ];
    for (const [owner, schema] of schemas(published)) {
      for (const example of examplesOf(schema)) judge(schema, example, owner);
      eachProperty(schema, (property, path) => {
        for (const example of examplesOf(property)) judge(property, example, `${owner}#${path.join(".")}`);
      });
    }
    for (const [, { operationId, parameters = [] }] of operations) {
      for (const { name, schema, example } of parameters) {
        if (example !== undefined) judge(schema, example, `${operationId}.${name}`);
      }
    }
    expect(failed.filter((fault) => fault !== undefined)).toEqual([]);
    expect(failed.length).toBeGreaterThan(900);
  });

  test("the values of sort are those that the list takes", () => {
    const list = operations.find(([, { operationId }]) => operationId === "ListPatients")![1];
    const { enum: values } = list.parameters!.find(({ name }) => name === "sort")!.schema as { enum: string[] };
    const taken = (sort: string) => ["cgm", "bgm"].some((sortType) => isTaken({ sort, sortType }));
    expect(values.filter((sort) => !taken(sort))).toEqual([]);
    expect(["+name", "fullName", "+fullname", "+timeInTarget"].some(taken)).toBe(false);
    expect(values).toContain("-timeInTargetPercentDelta");
  });

  test("values that differ in case alone have names that don't, as generators need them", () => {
    const { units } = published.components.schemas["cbgIngestion.v1"]!.properties as unknown as Record<string, object>;
    expect(units).toMatchObject({
      enum: ["mmol/L", "mmol/l", "mg/dL", "mg/dl"],
      "x-enum-varnames": ["mmol_L", "mmol_l_lowercase", "mg_dL", "mg_dl_lowercase"],
    });
    const alike = (node: unknown): unknown[] => {
      if (node === null || typeof node !== "object") return [];
      const { enum: values, "x-enum-varnames": names } = node as { enum?: unknown[]; "x-enum-varnames"?: string[] };
      const given = (names ?? (Array.isArray(values) ? values : [])).map((it) => String(it).toLowerCase());
      return [...(new Set(given).size < given.length ? [values] : []), ...Object.values(node).flatMap(alike)];
    };
    expect(alike(published.components.schemas)).toEqual([]);
  });

  test("names of time zones differ and can be names in any language", () => {
    const { enum: values, "x-enum-varnames": names } = published.components.schemas["clinicTimezone.v1"] as unknown as {
      enum: string[];
      "x-enum-varnames": string[];
    };
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(values.length);
    expect(names.filter((name) => !/^[A-Za-z]\w*$/.test(name))).toEqual([]);
    expect(names[values.indexOf("GMT+0")]).toBe("GMTPlus0");
  });
});
