import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import { app } from "../src/entry/app.ts";
import { PROBLEM } from "../src/description/texts/problem.ts";
import { describeApi } from "../src/entry/openapi.ts";
import { TAG_NAME, TAG_NAME_PUBLISHED } from "../src/features/tags/model/rules.ts";

/** The published description, read back as a judge of every answer the tests get. */
export const description = describeApi(app);

// Published patterns that are not what is meant, judged here by expressions that are.
const patterns = new Map([[TAG_NAME_PUBLISHED, TAG_NAME.source]]);

/** The description as a judge takes it: nothing undeclared may be answered. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)])) as Record<
    string,
    unknown
  >;
  if (typeof copy.pattern === "string") copy.pattern = patterns.get(copy.pattern) ?? copy.pattern;
  if (copy.type === "object" && copy.properties && !("additionalProperties" in copy)) copy.additionalProperties = false;
  return copy;
}

/**
 * Texts that deployed clients get empty although the published schema bounds them (docs/differences.md,
 * empty-texts): the judge lets these be empty, and only these.
 */
const MAY_BE_EMPTY: readonly (readonly [schema: string, property: string])[] = [
  ["patient.v1", "fullName"],
  ["clinic.v1", "tierDescription"],
  ["clinician.v1", "email"],
];

function judged(components: unknown): object {
  const strictComponents = strict(components) as {
    schemas: Record<string, { properties: Record<string, Record<string, unknown>> }>;
  };
  for (const [schema, property] of MAY_BE_EMPTY) {
    const properties = strictComponents.schemas[schema]?.properties;
    if (properties?.[property]) properties[property] = { anyOf: [properties[property], { const: "" }] };
  }
  return strictComponents;
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
ajv.addFormat("float", true);
// A clinic's website is any text, such as www.clinic.example (docs/differences.md, website).
ajv.addFormat("uri", /^[^]+$/);
// As loose as what is accepted (core/wire.ts); a service account has no address and shows an empty one.
ajv.addFormat("email", /^$|^[^\s@]+@[^\s@]+$/);
ajv.addSchema({ $id: "api", components: judged(description.components) });

interface Path {
  pattern: RegExp;
  template: string;
}
const paths: Path[] = Object.keys(description.paths ?? {}).map((template) => ({
  template,
  pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));
const weight = (template: string) =>
  template
    .split("/")
    .map((s) => (s.startsWith("{") ? "1" : "0"))
    .join("");
paths.sort((a, b) => (weight(a.template) < weight(b.template) ? -1 : 1));

const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** Fails when an answer has a status the operation does not declare, or a body that is not as declared. */
export function expectToMatchDescription(
  method: string,
  path: string,
  answer: { status: number; headers: Headers; body: unknown; text: string },
): void {
  const pathname = path.split("?", 1)[0]!;
  const found = paths.find(({ pattern }) => pattern.test(pathname));
  const operation = found && (description.paths as any)[found.template][method.toLowerCase()];
  if (!operation) return;
  const response = operation.responses[answer.status];
  expect(response, `${operation.operationId} does not document status ${answer.status}: ${answer.text}`).toBeDefined();
  const mediaType = answer.headers.get("content-type")?.split(";", 1)[0] ?? "";
  if (answer.status === 200 && mediaType === "application/json") {
    // What is documented as conditional has a tag, and nothing else has.
    expect(answer.headers.has("etag"), `${operation.operationId} has a tag`).toBe("304" in operation.responses);
  }
  if (mediaType === "application/problem+json") {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const faults = faultsOf(mediaType, { ...PROBLEM, additionalProperties: {} }, answer.body);
    if (faults !== undefined) expect.fail(`${faults}\n${answer.text.slice(0, 500)}`);
    return;
  }
  if (response.content?.[mediaType]?.schema.format === "binary") return;
  const text = response.content?.["text/plain"]?.schema;
  if (text) {
    expect(answer.text, `${operation.operationId} ${answer.status} is one text`).toBe(text.const ?? text.enum[0]);
    return;
  }
  const isFhir = mediaType === "application/fhir+json";
  if (answer.text !== "" && mediaType !== "application/json" && !isFhir) {
    const other = response.content?.[mediaType]?.schema;
    expect(other, `${operation.operationId} ${answer.status} does not document ${mediaType}`).toMatchObject({
      type: "string",
    });
    return;
  }
  const schema = response.content?.[isFhir ? mediaType : "application/json"]?.schema;
  if (!schema) {
    expect(answer.text, `${operation.operationId} ${answer.status} documents no body`).toBe("");
    return;
  }
  const key = `${operation.operationId} ${answer.status}`;
  const faults = faultsOf(key, schema, answer.body);
  if (faults !== undefined) expect.fail(`${faults}\n${answer.text.slice(0, 500)}`);
}

/**
 * What is wrong with a value, measured by a schema of the description; undefined when it is as described. The key names the
 * schema, which is compiled once.
 */
export function faultsOf(key: string, schema: object, value: unknown): string | undefined {
  let validate = validators.get(key);
  if (!validate) {
    const text = JSON.stringify(strict(schema)).replaceAll('"#/components/', '"api#/components/');
    validate = ajv.compile(JSON.parse(text));
    validators.set(key, validate);
  }
  return validate(value) ? undefined : `${key} is not as described: ${ajv.errorsText(validate.errors)}`;
}
