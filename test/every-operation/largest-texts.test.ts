import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Operation } from "../../src/platform/request/operation.ts";
import { description } from "../description.ts";
import { type Caller, type GivenClinic, givenClinic, newUserId, UNKNOWN_ID } from "../harness.ts";
import { EXPECTED } from "./expected-access.ts";
import { operationsByName, pathOfKnown } from "./principals.ts";

/** Characters that normal forms take apart, or whose case changes their length: the most work a text of a size can be. */
const SCRIPTS: readonly (readonly [string, string])[] = [
  ["Latin", "\u1ed6"],
  ["Greek", "\u1f82"],
  ["Cyrillic", "\u0419"],
  ["Arabic", "\ufdfa"],
  ["Devanagari", "\u0958"],
  ["Han", "\u{2f800}"],
];

type Schema = Record<string, any>;
const components = description.components as { schemas: Record<string, Schema> };
const referred = (schema: Schema): Schema =>
  schema.$ref === undefined
    ? schema
    : { ...components.schemas[(schema.$ref as string).split("/").at(-1)!], ...schema, $ref: undefined };

const OF_PATTERN: readonly (readonly [RegExp, string])[] = [
  [/a-f0-9\]\{24\}/, UNKNOWN_ID],
  [/0-9a-f\]\{10\}/, "0f1e2d3c4b"],
  [/a-f0-9\]\{0,24\}/, UNKNOWN_ID],
  [/1d\|7d/, "14d"],
  [/cgm\|bgm/, "cgm"],
  [/\\\+\)\(\?:/, "+fullName"],
  [/>=\|>/, ">=1"],
];

/** The largest text a schema lets in. */
function largestText(it: Schema, character: string): string {
  if (it.format === "date-time") return "2026-03-01T00:00:00Z";
  if (it.format === "date") return "1987-02-03";
  if (it.format === "email") return `${character.repeat(it.maxLength - "@example.org".length)}@example.org`;
  if (it.format === "uri") return "https://example.org/".padEnd(it.maxLength, "x");
  if (it.format === "hostname") return "example.org";
  const ofPattern = OF_PATTERN.find(([pattern]) => it.pattern !== undefined && pattern.test(it.pattern));
  return ofPattern ? ofPattern[1] : character.repeat(it.maxLength);
}

/** Lists are as long as this where they may be: the texts are what is looked at here. */
const ENTRIES_MAX = 5;

/** The kinds that a schema tells apart, and those that these do. */
function variantsOf(schema: Schema): Schema[] {
  const { anyOf, oneOf } = referred(schema);
  return ((anyOf ?? oneOf) as Schema[] | undefined)?.flatMap(variantsOf) ?? [schema];
}

/** A value with everything a schema describes, and the largest text wherever a text may stand. */
function largest(schema: Schema, character: string, part = 1): unknown {
  const it = referred(schema);
  const type = [it.type].flat()[0];
  if (it.const !== undefined) return it.const;
  if (it.enum) return it.enum[0];
  if (it.anyOf ?? it.oneOf) return largest((it.anyOf ?? it.oneOf)[0], character, part);
  if (type === "string") return largestText({ ...it, maxLength: Math.ceil(it.maxLength / part) }, character);
  if (type === "number" || type === "integer") return 1;
  if (type === "boolean") return true;
  if (type === "array") {
    const count = it.uniqueItems ? 1 : Math.min(it.maxItems, ENTRIES_MAX);
    const variants = variantsOf(it.items);
    // Of entries of several kinds there is one of each.
    const kinds =
      variants.length > 1 && it.maxItems >= variants.length ? variants : Array<Schema>(count).fill(it.items);
    return kinds.map((kind) => largest(kind, character, part));
  }
  if (it.additionalProperties) return { "1d": largest(it.additionalProperties, character, part) };
  return Object.fromEntries(
    Object.entries((it.properties ?? {}) as Record<string, Schema>).map(([key, inner]) => [
      key,
      largest(inner, character, part),
    ]),
  );
}

const described = Object.values(description.paths ?? {}).flatMap((item) =>
  Object.values(item as Record<string, Schema>),
);
const descriptionOf = (name: string): Schema => described.find((it) => it.operationId === name)!;

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});

async function allowed(name: string, operation: Operation): Promise<{ caller: Caller; path: string }> {
  const rights = EXPECTED[name]!.allowed;
  const caller = rights.includes("service") ? clinic.service : clinic.admin;
  const isNamed = rights.every((right) => right === "self");
  return { caller, path: await pathOfKnown(operation, clinic.clinicId, isNamed ? caller.id : newUserId()) };
}

/** Identity providers are asked over the network, which tests do not have. */
const NOT_CONFIGURED: Readonly<Record<string, number>> = { AddServiceAccount: 503 };
/** Done, malformed, or refused for what the path names and what is there already. */
const isOrdinary = (status: number, name: string) => status < 500 || status === NOT_CONFIGURED[name];

const WAYS = [
  "normalize",
  "toLowerCase",
  "toUpperCase",
  "replace",
  "replaceAll",
  "split",
  "trim",
  "codePointAt",
] as const;

/** How many code units are given to what goes through a text from its beginning to its end. */
async function unitsGoneThrough(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  for (const way of WAYS) {
    const original = String.prototype[way] as (...rest: unknown[]) => unknown;
    vi.spyOn(String.prototype, way).mockImplementation(function (this: string, ...rest: unknown[]) {
      count += way === "codePointAt" ? 1 : this.length;
      return original.apply(this, rest);
    } as never);
  }
  try {
    await work();
  } finally {
    vi.restoreAllMocks();
  }
  return count;
}

/** Twice what work in proportion to the text would be: a square would be 64. */
const GROWTH_MAX = 16;

describe("the largest text in every field", () => {
  test.each(operationsByName)("%s takes it or says 400, in six scripts", async (name, operation) => {
    // A clinic that is gone would answer everything else with 404.
    if (name === "DeleteClinic") return;
    const { caller, path } = await allowed(name, operation);
    const method = operation.route.method.toUpperCase();
    const { parameters = [], requestBody } = descriptionOf(name) as { parameters?: Schema[]; requestBody?: Schema };
    const schema = requestBody?.content["application/json"]?.schema as Schema | undefined;
    for (const [script, character] of SCRIPTS) {
      const body = schema && largest(schema, character);
      const whole = await caller.send(method, path, body);
      expect(isOrdinary(whole.status, name), `${script}: ${whole.text}`).toBe(true);
      // One at a time, so that no refusal of another field hides it.
      const fields = body !== null && typeof body === "object" && !Array.isArray(body) ? Object.entries(body) : [];
      const sample: object = EXPECTED[name]!.body ?? {};
      for (const [field, value] of fields) {
        const answer = await caller.send(method, path, { ...sample, [field]: value });
        expect(isOrdinary(answer.status, name), `${script} in ${field}: ${answer.text}`).toBe(true);
      }
    }
    const texts = parameters.filter((it) => it.in === "query" && referred(it.schema).type === "string");
    const free = texts.filter((it) => !referred(it.schema).pattern && !referred(it.schema).enum);
    for (const { name: parameter, schema: its } of free) {
      for (const [script, character] of SCRIPTS) {
        const query = new URLSearchParams(EXPECTED[name]!.query);
        const isFhir = EXPECTED[name]!.form === "outcome";
        query.set(parameter, largestText(referred(its), character));
        const answer = await caller.get(`${path}?${query.toString()}`);
        // One that stands for the token is judged before anything else.
        const expected = parameter === "restricted_token" ? [401] : isFhir ? [200, 400, 403, 404, 406] : [200, 400];
        expect(expected, `${script} in ${parameter}: ${answer.text}`).toContain(answer.status);
      }
    }
  });

  const withBody = operationsByName.filter(
    ([name, { route }]) => route.request?.body && descriptionOf(name).requestBody.content["application/json"],
  );

  test.each(withBody)("%s takes work in proportion to its texts", async (name, operation) => {
    const { caller, path } = await allowed(name, operation);
    const method = operation.route.method.toUpperCase();
    const schema = descriptionOf(name).requestBody.content["application/json"].schema as Schema;
    const work = (part: number) => {
      const body = largest(schema, "\ufdfa", part);
      return unitsGoneThrough(() => caller.send(method, path, body));
    };
    const [few, many] = [await work(8), await work(1)];
    expect(many).toBeLessThan(GROWTH_MAX * few);
  });
});
