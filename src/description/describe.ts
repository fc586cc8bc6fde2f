import { EXAMPLES } from "./examples.ts";
import { COMPONENTS } from "./texts/components.ts";
import { PROBLEM, PROBLEM_CONTENT, PROBLEM_NAME } from "./texts/problem.ts";
import { REQUEST_HEADERS, RESPONSE_HEADERS } from "./texts/headers.ts";
import { PARAMETERS } from "./texts/parameters.ts";
import { PROPERTIES } from "./texts/properties.ts";
import { TAGS } from "./texts/tags.ts";
import type { Text, Texts } from "./texts/text.ts";

/** The parts of an OpenAPI document that are read and written here. */
export interface Document {
  tags?: unknown;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>> & { schemas: Record<string, Schema> };
}
export interface Operation {
  operationId: string;
  tags: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, Response>;
}
export interface Parameter {
  name: string;
  in: string;
  schema: Schema;
  description?: string;
  example?: unknown;
}
export interface Response {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, MediaType>;
}
interface MediaType {
  schema: Schema;
  example?: unknown;
}
export interface Schema {
  $ref?: string;
  description?: string;
  examples?: unknown[];
  example?: unknown;
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}

const TIME_ZONES = "clinicTimezone.v1";

/** Where nested schemas stand that do not add to the path of a property. */
const THROUGH = ["items", "additionalProperties", "anyOf", "oneOf", "allOf", "prefixItems"] as const;

/** Calls back with each property, by the names that lead to it from its component. */
export function eachProperty(
  schema: Schema,
  visit: (property: Schema, path: readonly string[]) => void,
  path: readonly string[] = [],
): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    visit(property, [...path, name]);
    eachProperty(property, visit, [...path, name]);
  }
  for (const keyword of THROUGH) {
    for (const nested of [schema[keyword] ?? []].flat() as Schema[]) {
      if (typeof nested === "object") eachProperty(nested, visit, path);
    }
  }
}

/** The keys under which a property may be described, the most specific first. */
export const keysOfProperty = (owner: string, path: readonly string[]): readonly string[] => [
  `${owner}#${path.join(".")}`,
  `*#${path.join(".")}`,
];
/** The keys under which a parameter may be described, the most specific first. */
export const keysOfParameter = (operationId: string, name: string): readonly string[] => [
  `${operationId}.${name}`,
  name,
];

function textOf(texts: Texts, keys: readonly string[]): Text | undefined {
  const found = keys.map((key) => texts[key]).find((text) => text !== undefined);
  return typeof found === "string" ? { description: found } : found;
}

/** Every operation of a document with its method. */
export const operationsOf = ({ paths }: Document): readonly (readonly [method: string, operation: Operation])[] =>
  Object.values(paths).flatMap((path) => Object.entries(path));

/**
 * The published description: the document that the routes make, with what only its readers need. Texts, examples and
 * headers are not in the routes because the bundle of the Worker has a limit.
 */
export function described<D extends object>(document: D): D {
  const it = structuredClone(document) as unknown as Document;
  it.tags = TAGS;
  for (const [method, operation] of operationsOf(it)) describeOperation(method, operation);
  for (const [name, schema] of Object.entries(it.components.schemas)) {
    Object.assign(schema, COMPONENTS[name]);
    eachProperty(schema, (property, path) => describeProperty(property, keysOfProperty(name, path)));
  }
  nameValues(it.components.schemas[TIME_ZONES]!);
  it.components.schemas[PROBLEM_NAME] = structuredClone(PROBLEM) as unknown as Schema;
  it.components.parameters = { ...it.components.parameters, ...REQUEST_HEADERS };
  it.components.headers = { ...it.components.headers, ...RESPONSE_HEADERS };
  it.components.responses = shareResponses(it);
  return it as unknown as D;
}

function describeOperation(method: string, operation: Operation): void {
  const { operationId, parameters = [], requestBody, responses } = operation;
  const example = EXAMPLES[operationId];
  for (const parameter of parameters) {
    const { name } = parameter;
    const text = textOf(PARAMETERS, keysOfParameter(operationId, name));
    if (text) parameter.description = text.description;
    if (text?.values) parameter.schema.enum = text.values;
    const value = example?.request?.[parameter.in as "path" | "query"]?.[name] ?? text?.example;
    if (value !== undefined) parameter.example = value;
  }
  const read = [
    "RequestId",
    "Bookmark",
    ...(method === "get" ? [] : ["IdempotencyKey"]),
    ...("304" in responses ? ["IfNoneMatch"] : []),
    ...("412" in responses ? ["IfMatch", ...(method === "get" ? [] : ["IfNoneMatchToChange"])] : []),
  ];
  const shared = read.map((name) => ({ $ref: `#/components/parameters/${name}` }));
  operation.parameters = [...parameters, ...(shared as unknown as Parameter[])];
  for (const body of jsonOf(requestBody?.content)) {
    eachProperty(body.schema, (property, path) => describeProperty(property, keysOfProperty(operationId, path)));
    if (example?.request?.body !== undefined) body.example = example.request.body;
  }
  for (const [status, response] of Object.entries(responses)) {
    const names = {
      ...headersOf(method, Number(status)),
      ...("304" in responses && Number(status) < 400 && TAG),
      ...ownHeadersOf(operationId, Number(status), response),
    };
    const headers = Object.entries(names).map(([header, name]) => [header, { $ref: `#/components/headers/${name}` }]);
    response.headers = { ...response.headers, ...Object.fromEntries(headers) };
    if (Number(status) >= 400 && !("application/fhir+json" in (response.content ?? {})))
      response.content = { ...response.content, ...PROBLEM_CONTENT };
    for (const body of jsonOf(response.content)) {
      eachProperty(body.schema, (property, path) => describeProperty(property, keysOfProperty(operationId, path)));
      const { status: exampleStatus, body: exampleBody } = example?.response ?? {};
      if (exampleStatus === Number(status) && exampleBody !== undefined && !hasReference(exampleBody)) {
        body.example = exampleBody;
      }
    }
  }
}

/** The form of an order is a schema with references of its own, which tools would look for in the description. */
const hasReference = (example: unknown): boolean => JSON.stringify(example).includes('"$ref"');

const jsonOf = (content: Record<string, MediaType> | undefined): readonly MediaType[] =>
  Object.entries(content ?? {}).flatMap(([type, media]) =>
    /^application\/(?:fhir\+)?json$/.test(type) ? [media] : [],
  );

const TAG = { etag: "ETag" } as const;

/** Which headers an answer has, and their components. */
const headersOf = (method: string, status: number): Readonly<Record<string, keyof typeof RESPONSE_HEADERS>> => ({
  "x-request-id": "RequestId",
  "ratelimit-policy": "RateLimitPolicy",
  ratelimit: "RateLimit",
  ...(status < 300 && { "x-d1-bookmark": "Bookmark" }),
  ...(status < 300 && method !== "get" && { "idempotent-replayed": "IdempotentReplayed" }),
  ...((status === 429 || status === 503) && { "retry-after": "RetryAfter" }),
});

/** Operations whose 202 says where the status of what was begun is. */
const BEGIN = new Set(["MergeClinic", "UndoMerge"]);

/** Which headers single answers have besides. */
const ownHeadersOf = (operationId: string, status: number, { content }: Response): ReturnType<typeof headersOf> => ({
  ...(status === 202 && BEGIN.has(operationId) && { location: "Location" }),
  ...((status === 206 || status === 416) && { "content-range": "ContentRange" }),
  ...(content?.["application/json"]?.schema.$ref?.endsWith("/missingPatient.v1") && { link: "Successor" }),
});

function describeProperty(property: Schema, keys: readonly string[]): void {
  const values = property.enum as readonly unknown[] | undefined;
  if (values && new Set(values.map(caseless)).size < values.length) nameValues(property);
  const text = textOf(PROPERTIES, keys);
  if (!text) return;
  property.description = text.description;
  if (text.example !== undefined && property.example === undefined) property.examples ??= [text.example];
}

const caseless = (value: unknown): string => String(value).toLowerCase();

/**
 * Names the values of an enumeration: generators make the same name of `GMT+0`, `GMT-0` and `GMT0` otherwise, and lose one of
 * `mg/dL` and `mg/dl`.
 */
function nameValues(schema: Schema): void {
  const values = schema.enum as readonly string[];
  const names = values.map((value) => {
    const name = value
      .replace("+", "Plus")
      .replace(/-(?=\d)/, "Minus")
      .replaceAll(/\W/g, "_");
    const isSpelledTwice = values.some((other) => other !== value && caseless(other) === value);
    return isSpelledTwice ? `${name}_lowercase` : name;
  });
  if (new Set(names.map(caseless)).size !== names.length) throw new Error("two values have the same name");
  schema["x-enum-varnames"] = names;
}

/** Makes each response that several operations have a component, and gives those. Without that they are half of the document. */
function shareResponses(document: Document): Record<string, Response> {
  const places = operationsOf(document).flatMap(([, { responses }]) =>
    Object.entries(responses).map(([status, response]) => ({ responses, status, response })),
  );
  const shared: Record<string, Response> = {};
  const numbers: Record<string, number> = {};
  for (const same of Map.groupBy(places, ({ status, response }) => status + JSON.stringify(response)).values()) {
    const { status, response } = same[0]!;
    if (same.length < 2 || Number(status) < 300) continue;
    const number = (numbers[status] = (numbers[status] ?? 0) + 1);
    const name = `refused${status}${number === 1 ? "" : `-${number}`}`;
    shared[name] = response;
    for (const place of same) place.responses[place.status] = { $ref: `#/components/responses/${name}` } as never;
  }
  return shared;
}
