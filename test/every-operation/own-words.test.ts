import { beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../src/platform/request/operation.ts";
import { type Answer, type Caller, type GivenClinic, givenClinic, newUserId } from "../harness.ts";
import { EXPECTED } from "./expected-access.ts";
import { wordsOf } from "./expected-refusals.ts";
import { operationsByName, pathOfKnown } from "./principals.ts";

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

/** What validation libraries say of a value. */
const LIBRARY =
  /invalid (?!format for parameter|documentId|cursor$)|received|unrecognized|too (big|small)|expected (string|number|object|array|boolean|int|date|one of)|undefined|zod/i;

function expectOwnWords(answer: Answer): void {
  expect(answer.status, answer.text).toBeLessThan(500);
  if (answer.status < 400) return;
  expect(wordsOf(answer.body)).toMatch(/./);
  expect(wordsOf(answer.body)).not.toMatch(LIBRARY);
}

const WRONG: readonly unknown[] = [null, 7, true, "", "\u0000", "x".repeat(5_000), [], {}, [null], { a: 1 }];

/** A body with one value of it at a time taken away or replaced by each that is wrong somewhere. */
function* mutations(value: unknown): Generator {
  yield* WRONG;
  if (Array.isArray(value)) {
    for (const [i, entry] of value.entries()) {
      for (const wrong of mutations(entry)) yield value.with(i, wrong);
    }
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const { [key]: _, ...rest } = value as Record<string, unknown>;
    yield rest;
    for (const wrong of mutations(part)) yield { ...value, [key]: wrong };
  }
}

/** A summary has hundreds of numbers that are all alike. */
const MUTATIONS_MAX = 100;
function spread<T>(all: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(all.length / MUTATIONS_MAX));
  return all.filter((_, i) => i % step === 0);
}

describe("a refusal of a body", () => {
  const withBody = operationsByName.filter(([, { route }]) => route.request?.body);

  test.each(withBody)("%s speaks our own words and names the schema, whatever is wrong", async (name, operation) => {
    const { caller, path } = await allowed(name, operation);
    const method = operation.route.method.toUpperCase();
    for (const body of spread([...mutations(EXPECTED[name]!.body ?? {})])) {
      const answer = await caller.send(method, path, JSON.stringify(body));
      expectOwnWords(answer);
      if (answer.status === 400 && /schema/.test(wordsOf(answer.body))) {
        expect(wordsOf(answer.body)).toMatch(
          /^request body has an error: doesn't match schema #\/components\/schemas\/[\w.]+: Error at "[^"]*": ./,
        );
      }
    }
  });

  test("says what is missing, of the wrong type, unknown, too much and not described", async () => {
    const { admin, service, path } = clinic;
    const of = async (answer: Promise<Answer>) => (await answer).body.message.split(": ").slice(2).join(": ");
    expect(await of(admin.post("/v1/clinics", { name: "A" }))).toBe(
      'Error at "/preferredBgUnits": value is required but missing',
    );
    expect(await of(admin.post("/v1/clinics", { name: 7, preferredBgUnits: "mg/dL" }))).toBe(
      'Error at "/name": a string is expected',
    );
    expect(await of(admin.post("/v1/clinics", { name: null, preferredBgUnits: "mg/dL" }))).toBe(
      'Error at "/name": value is not nullable',
    );
    expect(await of(admin.post("/v1/clinics", { name: "A", preferredBgUnits: "kg" }))).toBe(
      'Error at "/preferredBgUnits": one of "mg/dL", "mmol/L" is expected',
    );
    expect(await of(service.put(`${path}/settings/patient_count`, { hardLimit: { plan: -1 } }))).toBe(
      'Error at "/hardLimit/plan": a number of at least 0 is expected',
    );
    const suppressed = { suppressedNotifications: { rosa: true } };
    expect(await of(admin.post(`${path}/suppressed_notifications`, suppressed))).toBe(
      'Error at "/suppressedNotifications": a property that is not described is not allowed',
    );
    const roles = { email: "bo@lakeside.example", roles: [] };
    expect(await of(admin.post(`${path}/invites/clinicians`, roles))).toBe(
      'Error at "/roles": at least 1 entry is expected',
    );
  });
});

describe("a refusal of a parameter", () => {
  const withQuery = operationsByName.filter(([, { route }]) => route.request?.query);

  test.each(withQuery)("%s speaks our own words, whatever is wrong", async (name, operation) => {
    const { caller, path } = await allowed(name, operation);
    const names = Object.keys((operation.route.request!.query as unknown as { shape: object }).shape);
    const given = new URLSearchParams(EXPECTED[name]!.query);
    for (const parameter of names.slice(0, 24)) {
      for (const wrong of [undefined, "", "no such", "x".repeat(5_000), "-1", ","]) {
        const query = new URLSearchParams(given);
        if (wrong === undefined) query.delete(parameter);
        else query.set(parameter, wrong);
        expectOwnWords(await caller.get(`${path}?${query.toString()}`));
      }
    }
  });

  test("says what is missing", async () => {
    const answer = await clinic.member.get(`${clinic.path}/tide_report?period=14d&lastDataCutoff=2026-03-01T00:00:00Z`);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      'parameter "tags" in query has an error: value is required but missing',
    ]);
  });
});
