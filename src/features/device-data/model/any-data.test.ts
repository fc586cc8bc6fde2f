import { OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Datum, DatumIngestion } from "./data-schema.ts";
import { toClient, toStored } from "./forms.ts";
import { readBatch } from "./ingest.ts";
import { datum, oneOf } from "../../../../test/any-datum.ts";

type Json = any;

const make = { newId: () => "0".repeat(32) };
// As a request has them: no negative zero, no prototype.
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));

/** The places of values in a datum. */
function places(value: Json, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.keys(value).flatMap((name) => places(value[name], [...path, name])),
  ];
}

/** Where content is free, so that nothing can be of a wrong type in it. */
const FREE =
  /^(payload|reason|annotations\/\d+|origin\/payload|location\/gps\/origin\/payload|.*suppressed\/annotations\/\d+)\//;

/** A judge of one schema, by which nothing undeclared is allowed. */
function judgeOf(name: string) {
  const definitions = [Datum, DatumIngestion].map((schema) => ({ type: "schema" as const, schema }));
  const { components } = new OpenApiGeneratorV31(definitions).generateComponents();
  const strict = JSON.parse(JSON.stringify(components), (_, node) =>
    node?.type === "object" && node.properties ? { additionalProperties: false, ...node } : node,
  );
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: "data", components: strict });
  return ajv.compile({ $ref: `data#/components/schemas/${name}` });
}

describe("any data", () => {
  test("that are valid are as described, when sent and when read", () => {
    const [isSent, isRead] = [judgeOf("datumIngestion.v1"), judgeOf("datum.v1")];
    fc.assert(
      fc.property(datum, (sent) => {
        if (!isSent(asJson(sent))) expect.fail(JSON.stringify([sent, isSent.errors]));
        const result = readBatch([asJson(sent)], make);
        if ("errors" in result) return expect.fail(JSON.stringify(result.errors));
        const stamp = { userId: "1a2b3c4d5e", uploadId: "0".repeat(32), isActive: true, now: 0 };
        const read = asJson(toClient(toStored(result.data[0]!, stamp)));
        if (!isRead(read)) expect.fail(JSON.stringify([read, isRead.errors]));
      }),
      { numRuns: 200 },
    );
  });

  test("that are valid are accepted, and come out as they went in", () => {
    fc.assert(
      fc.property(fc.array(datum, { minLength: 1, maxLength: 4 }), (batch) => {
        const sent = asJson(batch);
        const result = readBatch(structuredClone(sent), make);
        if ("errors" in result) return expect.fail(JSON.stringify(result.errors));
        const read = result.data.map(({ time, fields }) => asJson({ ...fields, time: new Date(time).toISOString() }));
        expect(read).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });

  test("with one value of a wrong type are refused there", () => {
    const wrong: Json[] = [7.5, "7.5", true, [], {}, ["a"], { a: 1 }];
    fc.assert(
      fc.property(datum, fc.nat(), fc.constantFrom(...wrong), (valid, n, value) => {
        const sent = asJson(valid);
        const all = places(sent).filter((path) => !FREE.test(path.join("/")));
        const path = all[n % all.length]!;
        const last = path.at(-1)!;
        const parent = path.slice(0, -1).reduce((at: Json, step) => at[step], sent);
        const kindOf = (it: Json) => (Array.isArray(it) ? "array" : typeof it);
        fc.pre(kindOf(parent[last]) !== kindOf(value));
        parent[last] = value;
        const result = readBatch([sent], make);
        const pointers =
          "errors" in result ? result.errors.map(({ source }) => source && "pointer" in source && source.pointer) : [];
        expect(pointers).toEqual([`/0/${path.join("/")}`]);
        expect("errors" in result && result.errors[0]!.code).toMatch(/^type-not-/);
      }),
      { numRuns: 1000 },
    );
  });

  test("with arbitrary values anywhere never throw", () => {
    fc.assert(
      fc.property(datum, fc.nat(), fc.jsonValue(), (valid, n, value) => {
        const sent = asJson(valid);
        const all = places(sent);
        const path = all[n % all.length]!;
        path.slice(0, -1).reduce((at: Json, step) => at[step], sent)[path.at(-1)!] = value;
        readBatch([sent], make);
      }),
      { numRuns: 500 },
    );
  });

  test("of any JSON never throw", () => {
    const key = oneOf("type", "subType", "deliveryType", "time", "id", "origin", "bolus", "units", "__proto__");
    const value = oneOf("cbg", "bolus", "wizard", "deviceEvent", "status", "normal", "alarm", "mg/dL");
    const object = fc.dictionary(key, fc.oneof(value, fc.jsonValue(), fc.dictionary(key, value)));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.oneof(object, fc.jsonValue()))), (body) => {
        readBatch(asJson(body), make);
      }),
      { numRuns: 500 },
    );
  });
});
