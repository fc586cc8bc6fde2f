import * as fc from "fast-check";
import { description } from "../description.ts";
import { UNKNOWN_ID } from "../harness.ts";

/** Values for requests, made from the published description alone: valid ones, almost valid ones, and hostile ones. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Deeper than this only what is required is made. */
const DEPTH_MAX = 4;
const ITEMS_MAX = 3;
const LENGTH_MAX = 60;

/** What has broken one server or another. */
export const hostile: fc.Arbitrary<string> = fc.constantFrom(
  "",
  " ",
  "\u0000",
  "\ud800",
  "'",
  '"',
  "' OR 1=1 --",
  "%",
  "_",
  "\\",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "=1+1",
  "\r\nx-injected: 1",
  "null",
  "-0",
  "-1",
  "1e309",
  "NaN",
  "__proto__",
  "constructor",
  "𝒳".repeat(300),
  "a".repeat(5000),
  "\u202e\u200d\ufeff",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59+14:00",
  "+275760-09-13T00:00:00Z",
  "2026-02-30",
  ">=1.0",
  "<-0.15",
  "[]",
  "{}",
  "9007199254740993",
  "CLINIC_ADMIN",
  "a,b,,c",
  "+fullName",
  UNKNOWN_ID,
);
const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  hostile,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1e308,
    2 ** 53,
    0.1,
    [],
    {},
    [[]],
    [null],
    { __proto__: null },
    { constructor: 1 },
  ),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
);

const day = fc
  .date({ min: new Date("1900-01-01"), max: new Date("2026-11-01"), noInvalidDate: true })
  .map((it) => it.toISOString().slice(0, 10));
const time = fc
  .date({ min: new Date("2020-01-01"), max: new Date("2026-11-01"), noInvalidDate: true })
  .map((it) => it.toISOString());

const resolved = (schema: Schema): Schema => {
  const { $ref } = schema;
  if ($ref === undefined) return schema;
  const found = $ref
    .slice(2)
    .split("/")
    .reduce<any>((node, name) => node[name], description);
  return resolved(found as Schema);
};

/** An object schema in one piece: its own properties and those of all its parts. */
function merged(schema: Schema): Schema {
  const parts = (schema.allOf ?? []).map((part) => merged(resolved(part)));
  return {
    ...schema,
    properties: Object.assign({}, ...parts.map((part) => part.properties ?? {}), schema.properties ?? {}),
    required: [...parts.flatMap((part) => part.required ?? []), ...(schema.required ?? [])],
  };
}

function texts({ format, pattern, minLength = 0, maxLength = LENGTH_MAX }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") return time;
  if (format === "date") return day;
  if (format === "email") return fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `${name}@fuzz.test`);
  if (format === "uri") return fc.constant("https://fuzz.test/somewhere");
  if (format === "uuid") return fc.uuid();
  if (pattern !== undefined) return matching(pattern);
  const max = Math.max(minLength, Math.min(maxLength, LENGTH_MAX));
  return fc.string({ unit: "grapheme-ascii", minLength: Math.max(minLength, 1), maxLength: Math.max(max, 1) });
}

/** What the library can't invert (look-aheads, classes of Unicode) is tried with letters. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, "u"), { size: "small" });
  } catch {
    return fc.stringMatching(/^[A-Za-z][A-Za-z ]{0,12}$/);
  }
}

/** Values that the schema allows, as far as it can be read: some are refused for rules that it does not state. */
export function valid(given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolved(given);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return fc.oneof(...alternatives.map((it) => valid(it, depth)));
  if (schema.allOf && schema.type === undefined && schema.properties === undefined) {
    const [only] = schema.allOf;
    const whole = merged(schema);
    if (only && Object.keys(whole.properties ?? {}).length === 0) return valid(only, depth);
    return objects(whole, depth);
  }
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  if (types.length > 1) return fc.oneof(...types.map((type) => valid({ ...schema, type }, depth)));
  const { minimum = -1000, maximum = 1000, minItems = 0, maxItems = ITEMS_MAX } = schema;
  switch (types[0] ?? (schema.properties ? "object" : undefined)) {
    case "string":
      return texts(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "integer":
      return fc.integer({ min: Math.ceil(minimum), max: Math.floor(Math.max(minimum, maximum)) });
    case "number":
      return fc.double({ min: minimum, max: Math.max(minimum, maximum), noNaN: true });
    case "array":
      if (depth > DEPTH_MAX && minItems === 0) return fc.constant([]);
      return fc.array(valid(schema.items ?? {}, depth + 1), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, ITEMS_MAX)),
      });
    case "object":
      return objects(merged(schema), depth);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objects(
  { properties = {}, required = [], additionalProperties }: Schema,
  depth: number,
): fc.Arbitrary<unknown> {
  const isDeep = depth > DEPTH_MAX;
  const names = Object.keys(properties).filter((name) => !isDeep || required.includes(name));
  const whole = fc.record(Object.fromEntries(names.map((name) => [name, valid(properties[name]!, depth + 1)])), {
    requiredKeys: required.filter((name) => names.includes(name)),
  });
  if (isDeep || typeof additionalProperties !== "object") return whole;
  const more = fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,8}$/), valid(additionalProperties, depth + 1), {
    maxKeys: 2,
  });
  return fc.tuple(more, whole).map(([a, b]) => ({ ...a, ...b }));
}

/** A value with one to three of its places spoiled: replaced by anything at all, taken away, or doubled. */
export const almost = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(value, fc.array(fc.tuple(fc.nat(), fc.nat(3), hostileJson), { minLength: 1, maxLength: 3 }))
    .map(([whole, spoils]) => spoils.reduce((it, [place, way, by]) => spoiledAt(it, place, way, by), whole));

function spoiledAt(value: unknown, place: number, way: number, by: unknown): unknown {
  if (value === null || typeof value !== "object") return by;
  const keys = Object.keys(value);
  if (keys.length === 0) return by;
  const key = keys[place % keys.length]!;
  const inside = Math.floor(place / keys.length);
  const old = (value as Record<string, unknown>)[key];
  const isLeaf = old === null || typeof old !== "object" || inside % 3 === 0;
  const copy: any = Array.isArray(value) ? [...value] : { ...value };
  if (!isLeaf) copy[key] = spoiledAt(old, inside, way, by);
  else if (way === 0 && Array.isArray(copy)) copy.push(copy[Number(key)]);
  else if (way === 0) delete copy[key];
  else if (way === 1 && !Array.isArray(copy)) copy[`${key}X`] = by;
  else copy[key] = by;
  return copy;
}

/** A body for a schema, as it is sent: mostly JSON, sometimes no JSON at all. */
export const body = (schema: Schema | undefined): fc.Arbitrary<string | undefined> => {
  const json = (it: fc.Arbitrary<unknown>) => it.map((value) => JSON.stringify(value)?.toWellFormed());
  const any = json(hostileJson);
  if (!schema) return fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, any);
  return fc.oneof(
    { weight: 6, arbitrary: json(valid(schema)) },
    { weight: 5, arbitrary: json(almost(valid(schema))) },
    { weight: 1, arbitrary: any },
    {
      weight: 1,
      arbitrary: fc.constantFrom(undefined, "", "{", "[".repeat(5000), '{"a":1}x', "\ufeff{}", '{"id":"a","id":"b"}'),
    },
  );
};

/** A parameter of the query, as text. */
export const parameter = (schema: Schema): fc.Arbitrary<string> => {
  const good = valid(schema).map((it) => (Array.isArray(it) ? it.join(",") : String(it)));
  return fc.oneof(
    { weight: 4, arbitrary: good },
    { weight: 1, arbitrary: good.map((it) => `${it}${it.slice(-1)}`) },
    { weight: 1, arbitrary: hostile },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  );
};
