import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { description } from "../description.ts";
import { redoxVariables, VERIFICATION_TOKEN } from "../ehr/fake-redox.ts";
import { BEARER_TOKEN, XEALTH_VARIABLES } from "../ehr/fake-xealth.ts";
import { type Answer, newUserId, send, UNKNOWN_ID } from "../harness.ts";
import { cases } from "../properties/size.ts";
import { servedIn } from "../served-in.ts";
import { anyOf, givenTenant, storedOf, type Tenant } from "./tenant.ts";
import { body, hostile, parameter, type Schema } from "./values.ts";

/**
 * Requests that are made from the published description: valid, almost valid and hostile values for every parameter and body of
 * every operation, sent by everybody there is. `npm run fuzz` sends more than 20,000, of another seed each time.
 */

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Described {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

const OPERATIONS = Object.entries(description.paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Described>)
    .filter(([, it]) => it.operationId !== undefined)
    .map(([method, it]) => [it.operationId, { method: method.toUpperCase(), path, described: it }] as const),
);
type Operation = (typeof OPERATIONS)[number][1];

const parametersOf = ({ described }: Operation): readonly Parameter[] =>
  (described.parameters ?? []).map((it) =>
    "$ref" in it ? (description.components as any).parameters[it.$ref.split("/").at(-1)!] : it,
  );

/** In every field of the other tenant's people. What is answered to people of this one must not have it. */
const MARK = "Zyx9Secret";
const ELSEWHERE = /Zyx9Secret/i;
const SEED = Number((env as { TEST_FUZZ_SEED?: string }).TEST_FUZZ_SEED);

/** Without an identity provider there are no service accounts, which is no fault of a request. */
const UNCONFIGURED = "service accounts are not configured";

let other: Tenant;
/** For operations that change nothing. */
let reader: Tenant;
let serve: (request: Request) => Promise<Response>;
beforeAll(async () => {
  other = await givenTenant(MARK);
  reader = await givenTenant("Reader");
  serve = servedIn({ ...(await redoxVariables()), ...XEALTH_VARIABLES });
});

const PRINCIPALS = ["admin", "member", "prescriber", "outsider", "patient", "service", "nobody"] as const;
type Principal = (typeof PRINCIPALS)[number];

function tokenOf({ clinic, patient }: Tenant, principal: Principal): string | undefined {
  if (principal === "nobody") return undefined;
  return principal === "patient" ? patient.token : clinic[principal].token;
}

/** What may stand in a place of a path: an id of the own tenant, one of the other, one of nothing, anything at all. */
function placeOf(
  { name, schema }: Parameter,
  own: Tenant,
): fc.Arbitrary<{ readonly of: "own" | "other" | "none"; readonly value: string }> {
  const inOwn = own.ids[name];
  const inOther = other.ids[name];
  const none = fc.oneof(fc.constant(UNKNOWN_ID), parameter(schema), hostile);
  if (!inOwn || !inOther)
    return fc.oneof({ weight: 4, arbitrary: parameter(schema) }, none).map((value) => ({ of: "none", value }));
  return fc.oneof(
    { weight: 6, arbitrary: anyOf(inOwn).map((value) => ({ of: "own" as const, value })) },
    { weight: 2, arbitrary: anyOf(inOther).map((value) => ({ of: "other" as const, value })) },
    { weight: 2, arbitrary: none.map((value) => ({ of: "none" as const, value })) },
  );
}

/** A segment of dots alone would be another path, however it is escaped. */
const escaped = (value: string) =>
  /^\.{1,2}$/.test(value) ? `${value}%20` : encodeURIComponent(value.toWellFormed()).replaceAll(".", "%2E") || "%20";

/** Headers that callers may set, with values that fit and such that don't. */
const headersOf = (parameters: readonly Parameter[]) => {
  const named = parameters.filter((it) => it.in === "header");
  const value = fc.oneof(
    fc.string({ unit: "grapheme-ascii", maxLength: 80 }),
    fc.constantFrom("application/json", "text/csv", "text/html", "respond-async", "*/*", "bytes=0-1", "x".repeat(300)),
  );
  const names = [...named.map(({ name }) => name), "accept", "range", "if-none-match", "origin"];
  return fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
};

function requestsOf(operation: Operation, own: Tenant) {
  const parameters = parametersOf(operation);
  const inPath = parameters.filter((it) => it.in === "path");
  const inQuery = parameters.filter((it) => it.in === "query");
  const schema = operation.described.requestBody?.content["application/json"]?.schema;
  return fc.record({
    principal: fc.constantFrom(...PRINCIPALS),
    places: fc.tuple(...inPath.map((it) => placeOf(it, own))),
    query: fc.record(Object.fromEntries(inQuery.map((it) => [it.name, parameter(it.schema)])), {
      requiredKeys: inQuery.filter((it) => it.required).map(({ name }) => name),
    }),
    headers: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, headersOf(parameters)),
    sent: operation.method === "GET" ? fc.constant(undefined) : body(schema),
    hasSecret: fc.boolean(),
  });
}

/** Any person may see a clinic: its own name, and those of its tags and sites. */
const SHOWN_TO_ANYBODY = new Set(["GetClinic", "GetClinicByShareCode"]);
const privateOf = (operationId: string, { text, status, body: answered }: Answer): string => {
  if (status !== 200 || !SHOWN_TO_ANYBODY.has(operationId)) return text;
  const { name: _name, patientTags: _tags, sites: _sites, ...rest } = answered;
  return JSON.stringify(rest);
};

const SECRETS = { "verification-token": VERIFICATION_TOKEN, authorization: `Bearer ${BEARER_TOKEN}` };

describe("requests made from the description", () => {
  test.each(OPERATIONS)(
    "%s answers as described, never with 5xx, and nothing of another tenant",
    async (name, operation) => {
      const own = operation.method === "GET" ? reader : await givenTenant(`Own${newUserId()}`);
      const before = await storedOf(other);
      const isWebhook = /\/(redox|xealth)/.test(operation.path);
      const property = fc.asyncProperty(requestsOf(operation, own), async (request) => {
        const { principal, places, query, headers, sent, hasSecret } = request;
        // A service may act for any clinic, the other one included.
        if (principal === "service" && places.some(({ of }) => of === "other")) return;
        let n = 0;
        const path = operation.path.replaceAll(/\{\w+\}/g, () => escaped(places[n++]!.value));
        const search = Object.entries(query as Record<string, string>)
          .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`)
          .join("&");
        const answer = await send(operation.method, search === "" ? path : `${path}?${search}`, {
          token: tokenOf(own, principal),
          body: sent,
          headers: { ...(headers as Record<string, string>), ...(isWebhook && hasSecret && SECRETS) },
          ...(isWebhook && { through: serve }),
        });
        if (answer.body?.message !== UNCONFIGURED) expect(answer.status, answer.text).toBeLessThan(500);
        if (principal !== "service") expect(privateOf(name, answer)).not.toMatch(ELSEWHERE);
      });
      await fc.assert(property, {
        numRuns: cases(220, 12),
        seed: SEED,
        interruptAfterTimeLimit: 240_000,
        markInterruptAsFailure: false,
      });
      expect(await storedOf(other), "the other tenant").toBe(before);
    },
    300_000,
  );
});
